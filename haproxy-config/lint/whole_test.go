package lint

import (
	"slices"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
)

// TestWholeConfigurations looks at rules that hold lines against others.
func TestWholeConfigurations(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, version, want string }{
		"backend missing":         {"frontend f\n bind :1\n default_backend no\n", "2.6", "unknown-section-name 3"},
		"backend from a format":   {"frontend f\n mode http\n bind :1\n use_backend %[path] if TRUE\n", "2.6", ""},
		"mailers missing":         {"backend b\n email-alert mailers no\n", "2.6", "unknown-section-name 2"},
		"resolvers missing":       {"backend b\n server a 192.0.2.1:80 resolvers no\n", "2.6", "unknown-section-name 2"},
		"do-resolve missing":      {"backend b\n mode http\n http-request do-resolve(txn.a,no) src\n", "2.6", "unknown-section-name 3"},
		"userlist missing":        {"frontend f\n mode http\n http-request auth unless { http_auth(no) }\n", "2.6", "unknown-section-name 3"},
		"table missing":           {"backend b\n stick on src\n", "2.6", "missing-in-section 2"},
		"table of another":        {"backend b\n stick on src table c\nbackend c\n stick-table type ip size 5\n", "2.6", ""},
		"tracked server missing":  {"backend b\n server a 192.0.2.1:80 track c\n", "2.6", "unknown-server 2"},
		"tracked server no check": {"backend b\n server a 192.0.2.1:80\n server c 192.0.2.2:80 track a\n", "2.6", "unchecked-server 3"},
		"tracked and checked":     {"backend b\n server a 192.0.2.1:80 check\n server c 192.0.2.2:80 check track a\n", "2.6", "contradiction 3"},
		"tracked well":            {"backend b\n server a 192.0.2.1:80 check\n server c 192.0.2.2:80 track b/a\n", "2.6", ""},
		"used server missing":     {"backend b\n use-server no if TRUE\n", "2.6", "unknown-server 2"},
		"modes":                   {"frontend f\n mode http\n bind :1\n default_backend b\nbackend b\n", "2.6", "mode-mismatch 1"},
		"small headers":           {"global\n tune.http.maxhdr 1\n", "2.6", "small-buffers 2"},
		"small headers at first":  {"global\n tune.http.maxhdr 1\nglobal\n tune.http.maxhdr 64\n", "2.6", ""},
		"named by defaults":       {"defaults\n default_backend nosuch\nfrontend f\n bind :1\n", "2.6", "unknown-section-name 2"},
		"named by nobody":         {"defaults\n default_backend nosuch\nbackend b\n", "2.6", ""},
		"unique id in a backend":  {"defaults\n unique-id-format %[nosuch]\nbackend b\n", "2.6", "bad-log-format 2"},
		"log format in a backend": {"defaults\n log-format %[nosuch]\nbackend b\n", "2.6", ""},
		"inherited backend":       {"defaults\n default_backend b\nbackend b\nfrontend f\n mode http\n bind :1\n", "2.6", "mode-mismatch 4"},
		"modes of defaults":       {"defaults\n mode http\nfrontend f\n bind :1\n default_backend b\nbackend b\n", "2.6", ""},
		"a format of http":        {"frontend f\n bind :1\n log-format %r\n", "2.6", "bad-log-format 3"},
		"a format of http, 3.0":   {"frontend f\n bind :1\n log-format %r\n", "3.0", ""},
		"a format replaced":       {"frontend f\n bind :1\n log-format %nosuch\n log-format %ci\n", "2.6", ""},
		"defaults of rules":       {"defaults d\n http-request deny\nlisten l from d\n", "2.6", "inherited-rules 3"},
		"rules shared":            {"defaults d\n http-request deny\nfrontend f from d\nbackend b from d\n", "2.6", "inherited-rules 4"},
		"rules for one side":      {"defaults d\n mode http\n http-request deny\nfrontend f from d\n bind :1\nfrontend g from d\n bind :2\n", "2.6", ""},
		"an acl above":            {"frontend f\n mode http\n http-request deny if a\n acl a path /\n", "2.6", "unknown-acl 3"},
		"an acl with an error":    {"frontend f\n mode http\n acl a nosuch\n http-request deny if a\n", "2.6", "unknown-fetch 3,unknown-acl 4"},
		"an acl of defaults":      {"defaults d\n acl a src 192.0.2.1\nfrontend f from d\n mode http\n http-request deny if a\n", "2.6", ""},
		"two of one id":           {"backend b\n server a 192.0.2.1:80 id 5\n server c 192.0.2.1:80 id 5\n", "2.6", "twice 3"},
		"two tables":              {"backend b\n stick-table type ip size 5\n stick-table type ip size 5\n", "2.6", "twice 3"},
		"two ca-base":             {"global\n ca-base /a\n ca-base /b\n", "2.6", "twice 3"},
		"two backends":            {"backend b\nbackend b\n", "2.6", "duplicate-section 2"},
		"two rings":               {"ring r\nring r\n", "2.6", "duplicate-section 2"},
		"frontend like backend":   {"frontend b\n bind :1\nbackend b\n", "2.6", ""},
		"the same, 3.4":           {"frontend b\n bind :1\nbackend b\n", "3.4", "duplicate-section 3"},
		"defaults missing":        {"backend b from no\n", "2.6", "unknown-defaults 1"},
		"defaults twice":          {"defaults d\ndefaults d\nbackend b from d\n", "2.6", "ambiguous-defaults 3"},
		"behind a bad header":     {"frontend a from\n bind :1\n mode http\n", "2.6", "address-in-header 1,directive-outside-section 2,directive-outside-section 3"},
		"connect first":           {"backend b\n tcp-check send x\n tcp-check connect\n", "2.6", "wrong-order 3"},
		"cache without size":      {"cache c\n", "2.6", "missing-in-section 1"},
		"program alone":           {"program p\n command true\n", "2.6", "missing-in-section 1"},
		"program in 3.2":          {"global\n master-worker\nprogram p\n command true\n", "3.2", "missing-in-section 3"},
		"program allowed in 3.2":  {"global\n master-worker\n expose-deprecated-directives\nprogram p\n command true\n", "3.2", ""},
		"program with a master":   {"global\n master-worker\nprogram p\n command true\n", "2.6", ""},
		"fcgi without docroot":    {"fcgi-app a\n", "2.6", "missing-in-section 1"},
		"balance and transparent": {"backend b\n balance source\n transparent\n", "2.6", "contradiction 1"},
		"threads late":            {"defaults\nglobal\n nbthread 2\n", "3.0", "late-directive 3"},
		"threads late, 2.6":       {"defaults\nglobal\n nbthread 2\n", "2.6", ""},
		"experimental allowed":    {"global\n expose-experimental-directives\n tune.fd.edge-triggered on\n", "2.6", ""},
		"hidden by .if":           {"global\n.if 0\n nosuch\n.endif\n", "2.6", ""},
		"shown by .if":            {"global\n.if version_atleast(2.4)\n nosuch\n.endif\n", "2.6", "unknown-keyword 3"},
		".if not closed":          {"global\n.if 1\n", "2.6", "conditional-unbalanced 2"},
		".endif alone":            {"global\n.endif\n", "2.6", "conditional-unbalanced 2"},
		"bad condition":           {"global\n.if true\n.endif\n", "2.6", "bad-condition 2"},
		".alert":                  {"global\n.alert x\n", "2.6", "alert-directive 2"},
	} {
		got := slices.DeleteFunc(found(test.text, Options{HAProxy: version(t, test.version)}), func(s string) bool { return !strings.HasPrefix(s, "error ") })
		if g := strings.ReplaceAll(strings.Join(got, ","), "error ", ""); g != test.want {
			t.Errorf("%s: %q gives %q, not %q", name, test.text, g, test.want)
		}
	}
}

// TestWhatIsUnwise: valid, and probably not meant.
func TestWhatIsUnwise(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"global\n maxconn 1000\n ulimit-n 1000\n":                                                         "warning low-ulimit 3",
		"global\n maxconn 1000\n ulimit-n 4000\n":                                                         "",
		"defaults\n timeout client 5s\n timeout http-keep-alive 10s\n":                                    "warning long-keep-alive 3",
		"defaults\n retries 3\n retries 4\n":                                                              "warning duplicate-directive 2",
		"global\n maxconn 5\n maxconn 6\n":                                                                "warning duplicate-directive 3",
		"global\n uid 5\n user x\n":                                                                       "warning duplicate-directive 3",
		"global\n tune.runqueue-depth 5\nglobal\n tune.runqueue-depth x\n":                                "warning duplicate-directive 4",
		"global\n ca-base /a\n ca-base /b\n":                                                              "error twice 3",
		"global\n.if defined(A)\n ca-base /a\n.else\n ca-base /b\n.endif\n":                               "warning twice 5",
		"global\n tune.ssl.capture-buffer-size 5\n tune.ssl.capture-buffer-size 5\n":                      "error twice 3",
		"frontend f\n bind :1\n":                                                                          "warning missing-timeout 1",
		"defaults a\n timeout client 5s\nfrontend f\n bind :1\ndefaults b\nfrontend g from b\n bind :1\n": "warning missing-timeout 6",
		"userlist u\nuserlist u\n":                                                                        "warning duplicate-section 2",
	} {
		if got := strings.Join(found(text, Options{HAProxy: version(t, "2.6")}), ","); got != want {
			t.Errorf("%q gives %q, not %q", text, got, want)
		}
	}
}

// TestBytes: what is no text.
func TestBytes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"\xef\xbb\xbfglobal\n":            "error byte-order-mark 1",
		"\xff\xfeg\x00":                   "error byte-order-mark 1",
		"defaults\r\n retries 3\r\n":      "",
		"defaults\n retries 3\r mode x\n": "warning carriage-return 2",
		"defaults\n log-format \\x4\n":    "error bad-escape 2",
		"defaults\n log-format \"$%\"\n":  "error bad-variable 2",
		"defaults\n log-format \"${A\"\n": "error bad-variable 2",
	} {
		got := found(text, Options{HAProxy: version(t, "2.6")})
		if want == "" && len(got) > 0 || want != "" && !slices.Contains(got, want) {
			t.Errorf("%q gives %q, without %q", text, got, want)
		}
	}
}

// TestFindingsAreInOrder: by line.
func TestFindingsAreInOrder(t *testing.T) {
	t.Parallel()
	all := Check(haproxyconfig.Parse([]byte("nosuch\nglobal\n nosuch\nbackend b\n server a\n stick on src\n")), Options{HAProxy: version(t, "2.6")})
	if !slices.IsSortedFunc(all, func(a, b Finding) int { return a.Line - b.Line }) || len(all) < 4 {
		t.Errorf("%+v", all)
	}
}
