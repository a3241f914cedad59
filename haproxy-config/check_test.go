package haproxyconfig

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// rules gives the findings as SEVERITY RULE LINE:COLUMN.
func rules(all []Finding) []string {
	var s []string
	for _, f := range all {
		s = append(s, fmt.Sprintf("%s %s %d:%d", f.Severity, f.Rule, f.Line, f.Column))
	}
	return s
}

// frame puts lines into a template with nothing to complain of; the lines begin
// at line 7, in defaults.
func frame(lines string) string {
	return "global\n maxconn 5\n user u\n\ndefaults\n timeout connect 5s\n" + lines
}

var (
	haproxy15 = Version{Major: 1, Minor: 5}
	haproxy16 = Version{Major: 1, Minor: 6}
	haproxy20 = Version{Major: 2}
	haproxy22 = Version{Major: 2, Minor: 2}
	haproxy26 = Version{Major: 2, Minor: 6}
	servo104  = Version{Major: 1, Patch: 4}
	servo110  = Version{Major: 1, Minor: 1}
)

// TestTemplateRules checks templates for a servo of 1.4, so that client and server
// timeouts are none of the template's business.
func TestTemplateRules(t *testing.T) {
	servo := Version{Major: 1, Minor: 4}
	for name, test := range map[string]struct {
		text string
		want string // findings, one a line
	}{
		"nothing": {frame(""), ""},
		"empty":   {"", "warning no-defaults 0:0\nwarning no-global 0:0"},
		"byte order mark": {"\xef\xbb\xbf" + frame(""),
			"warning no-global 0:0\nerror byte-order-mark 1:1\nerror directive-outside-section 1:1\nerror directive-outside-section 2:2\nerror directive-outside-section 3:2"},
		"NUL":                         {frame(" retries 3\x00\n"), "error nul-byte 7:11"},
		"NUL in a comment":            {frame(" # \x00\n"), "error nul-byte 7:4"},
		"no final newline":            {frame(" retries 3"), "warning missing-final-newline 7:11"},
		"stray carriage return":       {frame(" retries 3\r mode http\n"), "error carriage-return 7:11"},
		"carriage return at the end":  {frame(" retries 3\r\r\n"), ""},
		"long line":                   {frame(" # " + strings.Repeat("x", 2044) + "\n"), "warning line-too-long 7:2047"},
		"as long as it goes":          {frame(" # " + strings.Repeat("x", 2043) + "\n"), ""},
		"many words":                  {frame(" x" + strings.Repeat(" x", 64) + "\n"), "error too-many-words 7:130"},
		"as many words as go":         {frame(" x" + strings.Repeat(" x", 63) + "\n"), ""},
		"open quote":                  {frame(" log-format \"x\n"), "error unbalanced-quote 7:13"},
		"half an escape":              {frame(" log-format \\x4\n"), "error bad-escape 7:13"},
		"bad variable":                {frame(" log-format \"$%\"\n"), "error bad-variable 7:15"},
		"open brace":                  {frame(" log-format \"${A\"\n"), "error bad-variable 7:15"},
		"before the first section":    {" maxconn 5\n# x\n" + frame(""), "error directive-outside-section 1:2"},
		"no defaults":                 {"global\n maxconn 5\n", "warning no-defaults 0:0"},
		"no global":                   {"defaults\n timeout connect 5s\n", "warning no-global 0:0"},
		"section in capitals":         {frame("Frontend x\n"), "error unknown-section 7:1"},
		"section with a colon":        {frame("frontend: x\n"), "error unknown-section 7:1"},
		"section misspelt":            {frame("fronted x\n"), "error unknown-section 7:1"},
		"a word of its own":           {frame(" default option x\n"), ""},
		"no name":                     {frame("backend\n"), "error missing-section-name 7:1"},
		"global with a name":          {"global x\n user u\n" + "defaults\n timeout connect 5s\n", "error unexpected-argument 1:8"},
		"no name to take over":        {frame("backend b from x\n"), "error unknown-defaults 7:16"},
		"timeout in global":           {"global\n timeout client 5s\n#defaults\n timeout connect 5s\n", "warning no-defaults 0:0\nerror misplaced-keyword 2:2\nerror misplaced-keyword 4:2"},
		"option in global":            {"global\n no option redispatch\n" + frame("")[7:], "error misplaced-keyword 2:5"},
		"ulimit-n in defaults":        {frame(" ulimit-n 5\n tune.bufsize 5\n"), "error misplaced-keyword 7:2\nerror misplaced-keyword 8:2"},
		"no timeout":                  {frame(" no timeout client 5s\n"), "error bad-negation 7:2"},
		"no section":                  {frame(" no defaults\n"), "error bad-negation 7:2"},
		"no alone":                    {frame(" no\n"), "error bad-negation 7:2"},
		"no option":                   {frame(" no option redispatch\n no log\n"), ""},
		"deprecated timeout":          {frame(" clitimeout 5s\n"), "warning deprecated-keyword 7:2\ninfo timeout-without-effect 7:2"},
		"bare redispatch":             {frame(" redispatch\n"), "warning deprecated-keyword 7:2"},
		"reqadd":                      {frame("frontend f\n reqadd X\n"), "warning deprecated-keyword 8:2"},
		"nbproc":                      {"global\n nbproc 2\n" + frame("")[7:], "warning deprecated-keyword 2:2"},
		"unknown timeout":             {frame(" timeout clint 5s\n"), "error unknown-timeout 7:10"},
		"timeout without a name":      {frame(" timeout\n"), "error unknown-timeout 7:2"},
		"timeout without a value":     {frame(" timeout queue\n"), "error bad-time 7:10"},
		"bad time":                    {frame(" timeout queue 10x\n"), "error bad-time 7:16"},
		"too long a time":             {frame(" timeout queue 25d\n"), "error bad-time 7:16"},
		"time misread":                {frame(" timeout queue 1m30s\n"), "warning misread-time 7:16"},
		"zero":                        {frame(" timeout queue 0s\n"), "warning zero-timeout 7:16"},
		"two words":                   {frame(" timeout queue 2 m\n"), "error unexpected-argument 7:18"},
		"a variable":                  {frame(" timeout queue \"$Q\"\n timeout \"$N\" 5\n"), ""},
		"no connect timeout":          {"global\n user u\ndefaults\n timeout connect 0\n", "warning missing-timeout 3:1\nwarning zero-timeout 4:18"},
		"no effect":                   {frame(" timeout client 5s\n timeout server 5s\n timeout queue 5s\n"), "info timeout-without-effect 7:2\ninfo timeout-without-effect 8:2"},
		"client timeout of a backend": {frame("backend b\n timeout client 5s\n"), ""},
		"tab before the first header": {"\t" + frame(""), "error header-not-seen 1:2"},
		"tab behind the first header": {"global\t# x\n user u\n" + "defaults\n timeout connect 5s\n", "error header-not-seen 1:1"},
		"tab before a later header":   {"global\n user u\n\tdefaults\n timeout connect 5s\n", "warning header-not-seen 3:2"},
		"glued comment":               {"global\n user u\ndefaults#x\n timeout connect 5s\n", "warning header-not-seen 3:1"},
		"CRLF":                        {"global\r\n user u\r\ndefaults\r\n timeout connect 5s\r\n", "error header-not-seen 1:1\nerror header-not-seen 3:1"},
		"peers before global":         {"peers p\n peer a 127.0.0.1:1\n" + frame(""), "error header-not-seen 1:1"},
		"peers behind global":         {frame("peers p\n peer a 127.0.0.1:1\n"), ""},
		"blanks round a header":       {"  global  \n user u\n defaults # x\n timeout connect 5s\n", ""},
		"defaults twice":              {frame("defaults\n timeout connect 6s\n"), "error duplicate-section 5:1"},
		"defaults twice, first empty": {"defaults\n# x\n" + frame(""), "warning duplicate-section 1:1"},
		"defaults under two names":    {frame("defaults # x\n timeout connect 6s\n"), "error duplicate-section 7:1"},
		"listen":                      {frame("listen l\n bind :1\n"), "warning listen-in-template 7:1"},
		"two listens":                 {frame("listen l\n bind :1\nlisten m\n bind :2\n"), "warning listen-in-template 7:1\nerror duplicate-section 9:1\nwarning listen-in-template 9:1"},
		"own frontend like a port":    {frame("frontend www-80\n bind :80\nfrontend www-\n bind :81\nfrontend 80\n bind :82\n"), "warning frontend-name 7:10"},
		"conditional":                 {frame(" .if 1\n retries 3\n .endif\n"), "warning conditional-unsupported 7:2\nwarning conditional-unsupported 9:2"},
		"conditional over sections": {frame(".if 1\nfrontend f\n.endif\n"),
			"error conditional-across-sections 7:1\nwarning conditional-unsupported 7:1\nwarning conditional-unsupported 9:1"},
		"conditional without end": {frame(" .if 1\n"), "error conditional-unbalanced 7:2\nwarning conditional-unsupported 7:2"},
		"end without conditional": {frame(" .endif\n"), "error conditional-unbalanced 7:2\nwarning conditional-unsupported 7:2"},
		"unknown conditional":     {frame(" .iff\n"), "warning conditional-unsupported 7:2\nerror unknown-directive 7:2"},
		"fault in a conditional":  {frame(" .if 1\n timeout queue 10x\n .endif\n"), "warning conditional-unsupported 7:2\nwarning bad-time 8:16\nwarning conditional-unsupported 9:2"},
	} {
		t.Run(name, func(t *testing.T) {
			got := rules(CheckWith(Parse([]byte(test.text)), CheckOptions{Servo: servo}))
			if g := strings.Join(got, "\n"); g != test.want {
				t.Errorf("%q gives\n%s\nnot\n%s", test.text, g, test.want)
			}
		})
	}
}

func TestSeverityGoesByVersion(t *testing.T) {
	for _, test := range []struct {
		text string
		o    CheckOptions
		want string
	}{
		{frame(" clitimeout 5s\n"), CheckOptions{HAProxy: Version{Major: 1, Minor: 5, Dev: 18}, Servo: servo104}, "warning missing-timeout 5:1"},
		{frame(" clitimeout 5s\n srvtimeout 5s\n"), CheckOptions{HAProxy: haproxy15, Servo: servo104}, "warning deprecated-keyword 7:2\nwarning deprecated-keyword 8:2"},
		{frame(" clitimeout 5s\n"), CheckOptions{HAProxy: haproxy26, Servo: servo110}, "error removed-keyword 7:2\ninfo timeout-without-effect 7:2"},
		{frame(""), CheckOptions{Servo: servo104}, "warning missing-timeout 5:1\nwarning missing-timeout 5:1"},
		{frame(""), CheckOptions{}, "info missing-timeout 5:1\ninfo missing-timeout 5:1"},
		{frame(" log-format \"x\n"), CheckOptions{HAProxy: haproxy15, Servo: servo110}, ""},
		{frame(" log-format \"x\n"), CheckOptions{HAProxy: haproxy16, Servo: servo110}, "error unbalanced-quote 7:13"},
		{frame(" timeout queue 25d\n"), CheckOptions{HAProxy: haproxy15, Servo: servo110}, "warning bad-time 7:16"},
		{frame(" timeout queue 25d\n"), CheckOptions{HAProxy: haproxy20, Servo: servo110}, "error bad-time 7:16"},
		{frame(" timeout queue 10x\n"), CheckOptions{HAProxy: haproxy15, Servo: servo110}, "error bad-time 7:16"},
		{frame(" timeout queue 2 m\n"), CheckOptions{HAProxy: Version{Major: 1, Minor: 5, Dev: 22}, Servo: servo110}, "warning unexpected-argument 7:18"},
		{frame(" timeout client-fin 2m\n"), CheckOptions{HAProxy: Version{Major: 1, Minor: 5, Dev: 22}, Servo: servo110}, "error unknown-timeout 7:10"},
		{frame(" # " + strings.Repeat("x", 2044) + "\n"), CheckOptions{HAProxy: haproxy15, Servo: servo110}, "error line-too-long 7:2047"},
		{frame(" # " + strings.Repeat("x", 2044) + "\n"), CheckOptions{HAProxy: haproxy16, Servo: servo110}, ""},
		{frame(" retries 3\x00\n"), CheckOptions{HAProxy: haproxy22, Servo: servo110}, "warning nul-byte 7:11"},
		{frame(" .if 1\n .endif\n"), CheckOptions{HAProxy: haproxy22, Servo: servo110}, "error conditional-unsupported 7:2\nerror conditional-unsupported 8:2"},
		{frame(" .if 1\n .endif\n"), CheckOptions{HAProxy: haproxy26, Servo: servo110}, ""},
		{"defaults", CheckOptions{HAProxy: haproxy22, Standalone: true}, "warning missing-final-newline 1:9"},
		{"defaults", CheckOptions{HAProxy: haproxy26, Standalone: true}, "error missing-final-newline 1:9"},
		{"peers a\npeers a\n", CheckOptions{HAProxy: haproxy15, Standalone: true}, "warning duplicate-section 2:1"},
		{frame("defaults x from y\n"), CheckOptions{HAProxy: haproxy22, Standalone: true}, ""},
	} {
		if got := strings.Join(rules(CheckWith(Parse([]byte(test.text)), test.o)), "\n"); got != test.want {
			t.Errorf("%+v: %q gives\n%s\nnot\n%s", test.o, test.text, got, test.want)
		}
	}
}

func TestMissingTimeoutsOfProxies(t *testing.T) {
	text := `defaults a
 timeout client 5s
 timeout connect 5s
frontend f
 bind :1
defaults b
 timeout client 0
defaults c from a
 timeout server 5s
frontend g from b
 bind :1
backend h
 server s 127.0.0.1:1
listen i from a
 bind :2
 server s 127.0.0.1:1
backend j from b
`
	got := rules(CheckWith(Parse([]byte(text)), CheckOptions{Standalone: true}))
	want := []string{"warning zero-timeout 7:17", "warning missing-timeout 10:1", "warning missing-timeout 14:1"}
	if !slices.Equal(got, want) {
		t.Errorf("findings\n%v, not\n%v", got, want)
	}
}

func TestHasErrors(t *testing.T) {
	if HasErrors(nil) || HasErrors([]Finding{{Severity: Warning}, {Severity: Info}}) || !HasErrors([]Finding{{Severity: Info}, {Severity: Error}}) {
		t.Error("an error is told wrongly")
	}
}
