package haproxyconfig

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// corpus are whole configurations; the real haproxy says what is wrong with
// them. Where it refuses one for a reason that no rule here knows, the entry says so.
var corpus = map[string]struct {
	text   string
	beyond bool
}{
	"web": {text: `global
    maxconn 1000
    log 127.0.0.1 local0 info
    stats timeout 30s
    tune.bufsize 16384

defaults
    mode http
    log global
    option httplog
    option dontlognull
    no option redispatch
    retries 3
    timeout connect 5s
    timeout client  50s
    timeout server  50s

frontend www
    bind 127.0.0.1:65081
    acl static path_end -i .jpg .png
    http-request set-header X-A "a b"   # quoted
    http-request set-header X-B a\ b
    use_backend files if static
    default_backend app

backend app
    balance roundrobin
    cookie SRV insert indirect nocache
    server a 127.0.0.1:8081 check cookie a
    server b 127.0.0.1:8082 check cookie b

backend files
    server f 127.0.0.1:8083
`},
	"all kinds of sections": {text: `global
userlist u
  user a insecure-password b
peers p
  peer a 127.0.0.1:65082
resolvers r
  nameserver n 127.0.0.1:53
  timeout resolve 1s
mailers m
  mailer x 127.0.0.1:25
  timeout mail 20s
cache c
  total-max-size 4
http-errors e
ring b
  size 32768
  timeout connect 5s
log-forward l
  bind 127.0.0.1:65083
  timeout client 5s
fcgi-app f
  docroot /tmp
namespace_list
`},
	"tcp":                     {text: "defaults\n\tmode tcp\n\ttimeout connect 5000\n\ttimeout client 1m\n\ttimeout server 1m\nlisten x\n\tbind 127.0.0.1:65084\n\tserver a 127.0.0.1:1\n"},
	"CRLF":                    {text: "defaults\r\n timeout client 5s\r\n"},
	"tabs and glued comments": {text: "\tdefaults#x\n\t\ttimeout\tclient\t5s#y\n"},
	"conditions":              {text: "defaults\n .if 0\n frobnicate\n timeout clint 1\n ulimit-n 1\n .else\n timeout client 5s\n .endif\n.notice x\n"},
	"variables":               {text: "defaults\n log-format \"${NOT_SET-x} $NOT_SET\"\n timeout client \"${NOT_SET-5s}\"\n"},
	"scope and quotes":        {text: "[x]\n \"\" y\n'defaults'\n \"timeout\" cl\\x69ent '5s' \"\"\n"},
	"named defaults":          {text: "defaults a\n timeout client 5s\ndefaults b from a\nbackend x from b\n"},
	"defaults three times":    {text: "defaults\ndefaults\ndefaults a\ndefaults a\n"},
	"frontend and backend":    {text: "frontend x\n bind 127.0.0.1:65085\nbackend x\n"},
	"userlists of one name":   {text: "userlist u\nuserlist u\n"},
	"misread time":            {text: "defaults\n timeout queue 1m30s\n"},
	"zero times":              {text: "defaults\n timeout client 0\n timeout queue 0s\n"},
	"64 words":                {text: "global\n setenv" + strings.Repeat(" x", 63) + "\n", beyond: true},
	"long line":               {text: "global\n setenv A " + strings.Repeat("x", 70000) + "\n"},
	"Latin-1":                 {text: "global\n # caf\xe9\n description caf\xe9\xa0\n"},
	"blank":                   {text: "\n \t\n#\n"},

	"before a section":          {text: "maxconn 5\n timeout client 5s\nglobal\n"},
	"byte order mark":           {text: "\xef\xbb\xbfglobal\n"},
	"NUL":                       {text: "global\n maxconn 5\x00\n"},
	"no final newline":          {text: "global\n maxconn 5"},
	"no newline behind blanks":  {text: "global\n  "},
	"65 words":                  {text: "global\n setenv" + strings.Repeat(" x", 64) + "\n"},
	"open double quote":         {text: "global\n description \"x\n"},
	"open single quote":         {text: "global\n description it's\n"},
	"half an escape":            {text: "global\n description \\x4\n"},
	"bad variable":              {text: "global\n description \"$%\"\n"},
	"open brace":                {text: "global\n description \"${A\"\n"},
	"capitals":                  {text: "Global\ndefaults\n"},
	"colon":                     {text: "global\ndefaults:\n"},
	"misspelt section":          {text: "global\nbackends x\n"},
	"no names":                  {text: "frontend\n"},
	"no name for a backend":     {text: "backend # x\n"},
	"no name for a userlist":    {text: "userlist\n"},
	"global with a name":        {text: "global x\n"},
	"unknown defaults":          {text: "defaults a from b\n"},
	"unknown defaults, backend": {text: "defaults a\nbackend x from b\n"},
	"timeout in global":         {text: "global\n timeout client 5s\n no option redispatch\n retries 3\n"},
	"global words in defaults":  {text: "defaults\n ulimit-n 5\n pidfile x\n user x\n tune.bufsize 5\n"},
	"negated timeout":           {text: "defaults\n no timeout client 5s\n"},
	"negated section":           {text: "no global\n"},
	"no alone":                  {text: "defaults\n no\n default\n"},
	"old timeouts":              {text: "defaults\n contimeout 5\n clitimeout 5\n srvtimeout 5\n"},
	"old redispatch":            {text: "defaults\n redispatch\n redisp\n"},
	"old rules":                 {text: "backend x\n reqadd X\n rspdel X\n block if TRUE\n appsession a len 1 timeout 5\n"},
	"old options":               {text: "defaults\n option forceclose\n option http-tunnel\n option http_proxy\n"},
	"nbproc":                    {text: "global\n nbproc 2\n"},
	"unknown timeout":           {text: "defaults\n timeout clint 5s\n"},
	"timeout alone":             {text: "defaults\n timeout\n"},
	"timeout without a value":   {text: "defaults\n timeout client\n timeout server # 5s\n"},
	"bad times":                 {text: "defaults\n timeout client 10x\n timeout server -5\n timeout queue 1.5s\n timeout check 25d\n timeout connect s\n"},
	"two values":                {text: "defaults\n timeout queue 2 m\n"},
	"same frontends":            {text: "frontend a\n bind 127.0.0.1:65086\nfrontend a\n bind 127.0.0.1:65087\n"},
	"listen and backend":        {text: "listen a\n bind 127.0.0.1:65086\nbackend a\n"},
	"same peers":                {text: "peers a\npeers a\n"},
	"same caches":               {text: "cache a\n total-max-size 4\ncache a\n total-max-size 4\n"},
	"same resolvers":            {text: "resolvers a\n nameserver x 127.0.0.1:53\nresolvers a\n nameserver x 127.0.0.1:53\n"},
	"same programs":             {text: "program a\n command /bin/true\nprogram a\n command /bin/true\n"},
	"lone .endif":               {text: "defaults\n .endif\n"},
	"open .if":                  {text: "defaults\n .if 1\n"},
	"unknown dot":               {text: "defaults\n .foo\n"},

	"unknown word": {text: "defaults\n frobnicate\n", beyond: true},
}

// TestCheckAgreesWithHAProxy: no error in what haproxy takes, an error on no line
// that it does not blame, and an error on each that it blames, but where the
// corpus says that no rule knows the reason.
func TestCheckAgreesWithHAProxy(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	if j.version.Before(haproxy26) || !j.version.Before(Version{Major: 2, Minor: 7}) {
		t.Skipf("the corpus was held against 2.6, this is haproxy %s", j.version)
	}
	for _, name := range slices.Sorted(maps.Keys(corpus)) {
		c := corpus[name]
		v := j.check(t, []byte(c.text))
		here := map[int]bool{}
		for _, f := range CheckWith(Parse([]byte(c.text)), CheckOptions{HAProxy: j.version, Standalone: true}) {
			if f.Severity == Error {
				here[f.Line] = true
			}
		}
		there := v.errorLines()
		switch {
		case v.good() && len(here) > 0:
			t.Errorf("%s: haproxy takes it, errors here on lines %v", name, lineNumbers(here))
		case !v.good() && len(there) == 0:
			t.Errorf("%s: haproxy refuses it and names no line\n%s", name, v.output)
		case v.good():
		case c.beyond && len(here) > 0:
			t.Errorf("%s: errors here on lines %v, against the corpus", name, lineNumbers(here))
		case !c.beyond && !maps.Equal(here, there):
			t.Errorf("%s: haproxy blames lines %v, errors here on lines %v\n%s", name, lineNumbers(there), lineNumbers(here), v.output)
		}
	}
}

func lineNumbers(m map[int]bool) []int { return slices.Sorted(maps.Keys(m)) }

// randomTemplate makes a template of lines that are good, odd or doubled.
func randomTemplate(random *rand.Rand) string {
	ending := []string{"\n", "\n", "\n", "\r\n"}[random.IntN(4)]
	lines := []string{
		"", "  ", "# comment", "\t# x", " mode http", " option dontlognull # quiet", " no option dontlognull", "\tretries 1#x", " retries   2",
		" timeout client 1s", " timeout  client\t1s # c", " clitimeout 10", " clitimeout   20 # old", " contimeout 5", " timeout connect   5s",
		" timeout queue 1s", " redispatch", " option redispatch 3", " no option redispatch # no", " maxconn 5", " .if 1", " .else", " .endif",
		"defaults", "defaults # again", "\tdefaults", "global", "frontend f", " log-format \"a # b\"", " log-format 'open", " odd \xff\x00 x",
	}
	var b strings.Builder
	for range random.IntN(25) {
		b.WriteString(lines[random.IntN(len(lines))] + ending)
	}
	text := b.String()
	if random.IntN(4) == 0 {
		text = strings.TrimSuffix(text, ending)
	}
	return text
}

func randomEdits(random *rand.Rand) TemplateEdits {
	all := nine()
	some := func(s []Setting) []Setting {
		random.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
		return s[:random.IntN(len(s)+1)]
	}
	edits := TemplateEdits{Timeouts: some(all.Timeouts), Set: some([]Setting{{"retries", "7"}, {"global.maxconn", "70"}, {"maxconn", "70"}, {"log", "/dev/log local0"}})}
	for _, o := range []string{"dontlognull", "redispatch", "no contstats", "forwardfor except 127.0.0.1"} {
		if random.IntN(2) == 0 {
			edits.Options = append(edits.Options, o)
		}
	}
	if slices.ContainsFunc(edits.Set, func(s Setting) bool { return s.Name == "maxconn" }) {
		edits.Set = slices.DeleteFunc(edits.Set, func(s Setting) bool { return s.Name == "global.maxconn" })
	}
	return edits
}

// TestRandomEdits holds what every edit must do, on templates of all sorts.
func TestRandomEdits(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		holdEdits(t, randomTemplate(random), randomEdits(random))
	}
}

// holdEdits: what was asked for reads back, a second time changes nothing, lines
// that no change speaks of are the same bytes in the same order, and the changes
// tell the truth.
func holdEdits(t *testing.T, text string, edits TemplateEdits) {
	t.Helper()
	out, changes, err := edits.Apply([]byte(text))
	if err != nil {
		t.Fatalf("%q, %+v: %v", text, edits, err)
	}
	f := Parse(out)
	for _, s := range edits.Timeouts {
		if got, ok := f.Get(inDefaultsRef, "timeout "+s.Name); !ok || got != s.Value {
			t.Fatalf("%q, %+v: timeout %s reads back as %q\n%s", text, edits, s.Name, got, out)
		}
	}
	for _, s := range edits.Options {
		o, _ := ParseOption(s)
		if on, ok := f.OptionState(inDefaultsRef, o.Name); !ok || on == o.Off {
			t.Fatalf("%q, %+v: option %s reads back as %v, %v\n%s", text, edits, s, on, ok, out)
		}
	}
	again, more, err := edits.Apply(out)
	if err != nil || string(again) != string(out) || len(more) > 0 {
		t.Fatalf("%q, %+v: a second time gives %v, %+v\n%q, not\n%q", text, edits, err, more, again, out)
	}
	source, rest := textLines([]byte(text)), textLines(out)
	for _, c := range slices.Backward(slices.SortedFunc(slices.Values(changes), byLine)) {
		if c.After == "" {
			continue // a line taken out, or a blank one put in
		}
		if rest[c.LineNumber-1] != c.After {
			t.Fatalf("%q, %+v: line %d is %q, and not as %+v says", text, edits, c.LineNumber, rest[c.LineNumber-1], c)
		}
		rest = slices.Delete(rest, c.LineNumber-1, c.LineNumber)
	}
	if !subsequence(rest, source) {
		t.Fatalf("%q, %+v: untouched lines are\n%q", text, edits, rest)
	}
	for _, c := range changes {
		if c.Before != "" {
			rest = append(rest, c.Before)
		}
	}
	if was, is := solid(source), solid(rest); !slices.Equal(was, is) {
		t.Fatalf("%q, %+v: the lines were\n%q, and are with the changes undone\n%q", text, edits, was, is)
	}
}

func byLine(a, b Change) int { return a.LineNumber - b.LineNumber }

func textLines(b []byte) []string {
	var lines []string
	for _, l := range Parse(b).Lines() {
		lines = append(lines, l.Text())
	}
	return lines
}

// subsequence reports whether all of part is in whole, in the same order; blank
// lines do not count.
func subsequence(part, whole []string) bool {
	for _, line := range part {
		if strings.TrimSpace(line) == "" {
			continue
		}
		i := slices.Index(whole, line)
		if i < 0 {
			return false
		}
		whole = whole[i+1:]
	}
	return true
}

// solid gives the lines that are not blank, sorted.
func solid(lines []string) []string {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.TrimSpace(l) == "" })
	slices.Sort(lines)
	return lines
}

func TestSubsequence(t *testing.T) {
	whole := []string{"a", "b", "", "a"}
	if !subsequence([]string{"a", "b", "a"}, whole) || !subsequence([]string{"b", ""}, whole) || !subsequence([]string{"a", "a"}, whole) {
		t.Error("a part is not told")
	}
	if subsequence([]string{"b", "b"}, whole) || subsequence([]string{"a", "a", "b"}, whole) || subsequence([]string{"x"}, whole) {
		t.Error("what is no part is taken for one")
	}
}

func FuzzEdits(f *testing.F) {
	random := rand.New(rand.NewPCG(5, 6))
	f.Add(stock["1.0.4"], "timeout client", "2m", "redispatch")
	f.Add("defaults\n", "x y", "\"a b\" \\# '\\' $x", "no redispatch")
	for range 5 {
		f.Add(randomTemplate(random), "log", "a b", "forwardfor except x")
	}
	f.Fuzz(func(t *testing.T, text, keyword, value, option string) {
		edits := TemplateEdits{Set: []Setting{{"defaults." + keyword, value}}}
		if edits.Validate() != nil {
			edits = nine()
		}
		if with := append(edits.Options, option); (TemplateEdits{Options: with}).Validate() == nil {
			edits.Options = with
		}
		for _, d := range []Version{haproxy15, haproxy26} {
			edits.HAProxy = d
			if edits.Validate() != nil || len(text) > maxTemplate {
				continue
			}
			out, _, err := edits.Apply([]byte(text))
			if err != nil {
				t.Fatalf("%q, %+v: %v", text, edits, err)
			}
			again, more, err := edits.Apply(out)
			if err != nil || string(again) != string(out) || len(more) > 0 {
				t.Fatalf("%q, %+v: a second time gives %v, %+v\n%q, not\n%q", text, edits, err, more, again, out)
			}
		}
	})
}
