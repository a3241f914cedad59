//go:build linux

package judge

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"lbimage/haproxy-config"
)

// The outputs are those of the releases named, but for the words in them.
func TestParseMessages(t *testing.T) {
	for _, c := range []struct {
		name, output string
		want         []Message
	}{
		{"nothing", "", nil},
		{"1.5 valid", "Configuration file is valid\n", nil},
		{"1.4 and 1.5", `[WARNING] 325/021729 (123) : parsing [t.conf:3] : The 'contimeout' directive is now deprecated in favor of 'timeout connect'.
[ALERT] 325/021729 (123) : parsing [t.conf:7] : unknown keyword 'foo' in 'frontend' section
[ALERT] 325/021729 (123) : Error(s) found in configuration file : t.conf
[ALERT] 325/021729 (123) : Fatal errors found in configuration.
`, []Message{
			{Warning, "t.conf", 3, "The 'contimeout' directive is now deprecated in favor of 'timeout connect'."},
			{Error, "t.conf", 7, "unknown keyword 'foo' in 'frontend' section"},
		}},
		{"1.4 no listener", "[ALERT] 325/021729 (9) : config : no <listen> line. Nothing to do !\n[ALERT] 325/021729 (9) : Fatal errors found in configuration.\n", nil},
		{"1.x missing timeouts", `[WARNING] 325/021729 (123) : config : missing timeouts for frontend 'x'.
   | While not properly invalid, you will certainly encounter various problems
   | with such a configuration. To fix this, please ensure that all following
   | timeouts are set to a non-zero value: 'client', 'connect', 'server'.
[WARNING] 325/021729 (123) : config : 'option forwardfor' ignored for proxy 'x' as it requires HTTP mode.
`, []Message{
			{Warning, "", 0, "missing timeouts for frontend 'x'. While not properly invalid, you will certainly encounter various problems with such a configuration. To fix this, please ensure that all following timeouts are set to a non-zero value: 'client', 'connect', 'server'."},
			{Warning, "", 0, "'option forwardfor' ignored for proxy 'x' as it requires HTTP mode."},
		}},
		{"2.2", `[NOTICE] 328/191626 (3941) : haproxy version is 2.2.9-2+deb11u6
[NOTICE] 328/191626 (3941) : path to executable is /usr/sbin/haproxy
[ALERT] 328/191626 (3941) : parsing [/etc/a b/x:3] : 'maxconn' already specified. Continuing.
[ALERT] 328/191626 (3941) : parsing [/etc/a b/x:8]: unmatched quote at position 17:
  option httplog "abc
                 ^
[ALERT] 328/191626 (3941) : Error(s) found in configuration file : /etc/a b/x
`, []Message{
			{Warning, "/etc/a b/x", 3, "'maxconn' already specified. Continuing."},
			{Error, "/etc/a b/x", 8, "unmatched quote at position 17:\n  option httplog \"abc\n                 ^"},
		}},
		{"2.4", "[ALERT]    (2705) : parsing [h.cfg:92]: Missing LF on last line, file might have been truncated at position 9.\n", []Message{
			{Error, "h.cfg", 92, "Missing LF on last line, file might have been truncated at position 9."},
		}},
		{"2.6", `[ALERT]    (28303) : config : [jt3.cfg:5] : parsing [jt3.cfg:5] : 'server' not allowed because frontend 'x' has no backend capability.
[ALERT]    (28303) : config : [a.cfg:10] : 'server b/s' : could not resolve address 'x.y'.
[NOTICE]   (28303) : config : something to know
[WARNING]  (28303) : config : config : missing timeouts for proxy 'x'.
[ALERT]    (28303) : config : Fatal errors found in configuration.
Warnings were found.
`, []Message{
			{Error, "jt3.cfg", 5, "'server' not allowed because frontend 'x' has no backend capability."},
			{Error, "a.cfg", 10, "'server b/s' : could not resolve address 'x.y'."},
			{Info, "", 0, "something to know"},
			{Warning, "", 0, "missing timeouts for proxy 'x'."},
		}},
		{"3.2 list", `[ALERT]    (78) : multiple argument resolution errors:
        parsing [/t/x.cfg:19]: unable to find userlist 'a' referenced in arg 1 of ACL keyword 'http_auth' in proxy 'f'.
        parsing [/t/x.cfg:20]: unable to find userlist 'b' referenced in arg 1 of ACL keyword 'http_auth' in proxy 'f'.
[ALERT]    (78) : Fatal errors found in configuration.
`, []Message{
			{Error, "/t/x.cfg", 19, "unable to find userlist 'a' referenced in arg 1 of ACL keyword 'http_auth' in proxy 'f'."},
			{Error, "/t/x.cfg", 20, "unable to find userlist 'b' referenced in arg 1 of ACL keyword 'http_auth' in proxy 'f'."},
		}},
		{"places within", `[ALERT]    (1) : config : Proxy 'x': no SSL certificate specified for bind '*:443' at [h.cfg:4] (use 'crt').
[ALERT]    (1) : config : Parsing [h.cfg:5]; use-server rule failed to parse log-format 'x' : y.
[ALERT] 1/2 (1) : parsine [h.cfg:6] : 'x' expects a number. Got no argument
[ALERT]    (1) : config : Binding [h.cfg:7] for frontend f: protocol tcpv4: cannot.
[ALERT]    (1) : config : backend 'b' (h.cfg:8) tries to use incompatible frontend 'f' (h.cfg:2) as its default backend (see 'mode').
[ALERT]    (1) : config : frontend 'f': error detected while parsing 'balance hash' [h.cfg:9]: x.
[WARNING]  (1) : config : parsing [h.cfg:11] : backend 'x' has the same name as backend 'x' declared at h.cfg:9.
[ALERT]    (1) : config : parsing [h.cfg:12] : 'bind [::1]:80' : unknown keyword
[ALERT]    (1) : Starting proxy x: cannot bind socket [::1:80]
[ALERT]    (1) : parsing [weird 4:3].cfg:4] : text
[ALERT]    (1) : parsing [C:\x:13] 'y' : invalid value -1, must be >= 0
`, []Message{
			{Error, "h.cfg", 4, "Proxy 'x': no SSL certificate specified for bind '*:443' at [h.cfg:4] (use 'crt')."},
			{Error, "h.cfg", 5, "use-server rule failed to parse log-format 'x' : y."},
			{Error, "h.cfg", 6, "'x' expects a number. Got no argument"},
			{Error, "h.cfg", 7, "Binding [h.cfg:7] for frontend f: protocol tcpv4: cannot."},
			{Error, "h.cfg", 8, "backend 'b' (h.cfg:8) tries to use incompatible frontend 'f' (h.cfg:2) as its default backend (see 'mode')."},
			{Error, "h.cfg", 9, "frontend 'f': error detected while parsing 'balance hash' [h.cfg:9]: x."},
			{Warning, "h.cfg", 11, "backend 'x' has the same name as backend 'x' declared at h.cfg:9."},
			{Error, "h.cfg", 12, "'bind [::1]:80' : unknown keyword"},
			{Error, "", 0, "Starting proxy x: cannot bind socket [::1:80]"},
			{Error, "weird 4:3].cfg", 4, "text"},
			{Error, `C:\x`, 13, "'y' : invalid value -1, must be >= 0"},
		}},
		{"no messages", "haproxy: error while loading shared libraries: libx.so.1\n[something] else\n   indented\n", nil},
		{"hostile bytes", "[ALERT] 1/2 (1) : parsing [a\x1b[2J\xff:3] : x\x07y\r\n", []Message{{Error, "a\uFFFD[2J\uFFFD", 3, "x\uFFFDy"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ParseMessages([]byte(c.output)); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got\n%+v\nwant\n%+v", got, c.want)
			}
		})
	}
}

func FuzzMessages(f *testing.F) {
	f.Add([]byte("[ALERT] 325/021729 (123) : parsing [t.conf:7] : unknown keyword 'foo'\n   | more\n  more\n"))
	f.Add([]byte("[ALERT]    (1) : config : [F:1] : parsing [F:1]: x at [G:2].\n        parsing [H:3]: y\n"))
	f.Add([]byte("[WARNING]  (1) : config : 'x' (a:1) declared at b:2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range ParseMessages(b) {
			if m.Text == "" || !utf8.ValidString(m.Text) || strings.ContainsAny(m.Text, "\x1b\r\x00\x7f") {
				t.Errorf("text %q", m.Text)
			}
			if m.Line < 0 || m.Line > 0 != (m.File != "") || strings.ContainsAny(m.File, "\n\x1b\x00") {
				t.Errorf("place %q:%d", m.File, m.Line)
			}
			if m.Severity < Info || m.Severity > Error {
				t.Errorf("severity %d", m.Severity)
			}
		}
	})
}

// TestParseMessagesScales: an output as long as is kept costs no more than its length.
func TestParseMessagesScales(t *testing.T) {
	const size = 1 << 20
	for _, piece := range []string{"[", "[x:", "[x:1", "[x:1] ", "(x:1", " at [", "config : ", "\n ", "\n   | x", "\n parsing [a:1] : x", "parsing [", "declared at ", "\x1b"} {
		in := []byte("[ALERT]    (1) : config : parsing " + strings.Repeat(piece, size/len(piece)))
		start := time.Now()
		ParseMessages(in)
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%q again and again: %v", piece, d)
		} else {
			t.Logf("%q: %v", piece, d)
		}
	}
}

func TestVerdicts(t *testing.T) {
	p := &Program{path: "/usr/sbin/haproxy"}
	same := func(s string) string { return s }
	for _, c := range []struct {
		name   string
		exit   int
		output string
		want   Outcome
		none   bool
	}{
		{"good", 0, "Configuration file is valid\n", Good, false},
		{"good, silent", 0, "", Good, false},
		{"no listener", 2, "", NoListener, false},
		{"1.4, no listener", 1, "[ALERT] 1/2 (9) : config : no <listen> line. Nothing to do !\n[ALERT] 1/2 (9) : Fatal errors found in configuration.\n", NoListener, false},
		{"1.4, no listener, and an error", 1, "[ALERT] 1/2 (9) : parsing [a:1] : x\n[ALERT] 1/2 (9) : config : no <listen> line. Nothing to do !\n", Bad, false},
		{"bad", 1, "[ALERT] 1/2 (9) : parsing [a:1] : x\n", Bad, false},
		{"fatal, though it says 0", 0, "[ALERT]    (9) : config : Fatal errors found in configuration.\n", Bad, false},
		{"says nothing", 1, "", 0, true},
		{"loader", 127, "haproxy: error while loading shared libraries\n", 0, true},
	} {
		v, err := p.verdict(answer{exit: c.exit, output: []byte(c.output)}, Sandboxed, same)
		if (err != nil) != c.none || err == nil && v.Outcome != c.want {
			t.Errorf("%s: %v, %v", c.name, v.Outcome, err)
		}
	}
}

// TestWrongLines: a line that HAProxy is known to have got wrong is not repeated.
func TestWrongLines(t *testing.T) {
	const said = "[ALERT] 1/2 (9) : Parsing [a:6]: failed to parse log-format-sd : x\n[ALERT] 1/2 (9) : parsing [a:7] : y\n"
	for version, want := range map[haproxyconfig.Version][]int{
		{Major: 2, Minor: 6}: {0, 7},
		{Major: 3}:           {6, 7},
	} {
		p := &Program{path: "/usr/sbin/haproxy", binary: Binary{Version: version}}
		v, err := p.verdict(answer{exit: 1, output: []byte(said)}, Sandboxed, func(s string) string { return s })
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, m := range v.Messages {
			got = append(got, m.Line)
		}
		if !slices.Equal(got, want) {
			t.Errorf("HAProxy %v: lines %v, not %v", version, got, want)
		}
	}
}
