package recipe

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const head = "apiVersion: lbimage/v1\nsource: {path: a.rpm}\n"

// Each text begins on line 3, behind the head; the wanted problems are lines of the error, without the file's name.
var bad = []struct{ name, text, want string }{
	{"unknown key", "haproxi: {}", `3:1: the recipe has no key "haproxi"; did you mean haproxy? — there are apiVersion, source, output, haproxy, sysctl, overlay, edits, servo, access, keyring, checks, attributes, profiles`},
	{"unknown key within", "haproxy: {timeout: {client: 2m}}", `3:11: haproxy has no key "timeout"; did you mean timeouts? — there are template, timeouts, set, options, version, servoVersion, lintOnly`},
	{"a flag's name", "haproxy: {lint-only: true}", `3:11: haproxy has no key "lint-only"; did you mean lintOnly? — there are template, timeouts, set, options, version, servoVersion, lintOnly`},
	{"a key of another place", "allowDirty: true", `3:1: the recipe has no key "allowDirty"; it belongs to servo — there are apiVersion, source, output, haproxy, sysctl, overlay, edits, servo, access, keyring, checks, attributes, profiles`},
	{"a rule without a reason", "checks: {rules: {logs: {severity: off}}}", `3:24: checks.rules.logs has no reason — write reason: a text in one line`},
	{"a size without a number", "checks: {freeSpace: M}", `3:21: checks.freeSpace: "M" will not do — write a size, as 64M or 1G`},
	{"a severity that is none", "checks: {rules: {logs: {severity: never, reason: x}}}", `3:35: checks.rules.logs.severity: "never" will not do — write off, info, warning or error`},
	{"a generation that is none", "checks: {installer: 3.4}", `3:21: checks.installer: "3.4" will not do — write 1.0, 1.1 or 4.1`},
	{"unknown key of a profile", "profiles: {a: {source: b.rpm}}", `3:16: profiles.a has no key "source"; it belongs to the top level — there are extends, output, haproxy, sysctl, overlay, edits, servo, access, keyring, checks, attributes`},
	{"a text for a list", "overlay: files/", `3:10: overlay is a text — write a list: [...], or lines that begin with -`},
	{"a list for a mapping", "sysctl: [a=b]", `3:9: sysctl is a list — write a mapping of names to values`},
	{"a mapping for a text", "haproxy: {template: {}}", `3:21: haproxy.template is a mapping — write the path of a file or folder, relative to the recipe's folder`},
	{"a number for a text", "overlay: [1]", `3:11: overlay[0] is a number — write the path of a file or folder, relative to the recipe's folder; quote it where it is meant so`},
	{"a truth value for a value", "sysctl: {net.ipv4.ip_forward: true}", `3:31: sysctl.net.ipv4.ip_forward is a truth value — write a value in one line; quote it where it is meant as a word`},
	{"no value", "sysctl:", `3:8: sysctl has no value — write a mapping of names to values, or remove the key`},
	{"no value in a list", "overlay:\n  -", `4:4: overlay[0] has no value — write the path of a file or folder, relative to the recipe's folder, or remove the key`},
	{"yes", "haproxy: {lintOnly: yes}", `3:21: haproxy.lintOnly: "yes" will not do — write true or false, in small letters and without quotes`},
	{"True", "haproxy: {lintOnly: True}", `3:21: haproxy.lintOnly: "True" will not do — write true or false, in small letters and without quotes`},
	{"a flag that is false", "edits: [line: {path: /a, match: a, remove: false}]", `3:44: edits[0].line.remove: "false" will not do — write true`},
	{"a mode without 0", "edits: [file: {path: /a, content: a, mode: 644}]", `3:44: edits[0].file.mode: 644 would be a decimal number to YAML — write 0644`},
	{"a mode of letters", "edits: [file: {path: /a, content: a, mode: rw-r--r--}]", `3:44: edits[0].file.mode: "rw-r--r--" will not do — write an octal mode, as 0644 or 04755`},
	{"a mode with an 8", "edits: [dir: {path: /a, mode: 0855}]", `3:31: edits[0].dir.mode: "0855" will not do — write an octal mode, as 0644 or 04755`},
	{"a quoted mode without 0", "edits: [dir: {path: /a, mode: '755'}]", `3:31: edits[0].dir.mode: "755" will not do — write an octal mode, as 0644 or 04755`},
	{"a relative path", "edits: [remove: etc/motd]", `3:17: edits[0].remove.path: "etc/motd" will not do — write a path from the image's root, as /etc/motd, without ..`},
	{"a path that goes up", "edits: [remove: /etc/../motd]", `3:17: edits[0].remove.path: "/etc/../motd" will not do — write a path from the image's root, as /etc/motd, without ..`},
	{"a missing key", "edits: [symlink: {path: /a}]", `3:18: edits[0].symlink has no target — write target: the path that the link holds`},
	{"no kind of edit", "edits: [{}]", `3:9: edits[0] has none of line, file, dir, symlink, remove, user, group, password, service, rpm, authorizedKeys — write one of them`},
	{"two kinds of edit", "edits: [{remove: /a, rpm: b}]", `3:9: edits[0] has remove and rpm together — leave one of them`},
	{"two contents", "edits: [file: {path: /a, content: a, source: b}]", `3:15: edits[0].file has content and source together — leave one of them`},
	{"a wrong word", "edits: [service: {name: a, action: enabel}]", `3:36: edits[0].service.action: "enabel" will not do; did you mean enable? — write add, del, enable, disable, preset, mask, unmask, reset or resetpriorities`},
	{"a wrong expression", "edits: [line: {path: /a, match: '(', set: a}]", "3:33: edits[0].line.match: missing closing ): `(` — expressions are RE2's"},
	{"lookahead", "edits: [line: {path: /a, match: '(?=a)', set: a}]", "3:33: edits[0].line.match: invalid or unsupported Perl syntax: `(?=` — expressions are RE2's"},
	{"a line without match", "edits: [line: {path: /a, set: a}]", `3:15: edits[0].line has no match — write match: an expression for the line to replace, or missing: append`},
	{"after without append", "edits: [line: {path: /a, match: b, set: a, after: c}]", `3:44: edits[0].line.after means something with missing: append alone — write missing: append, or remove after`},
	{"a line of two lines", `edits: [line: {path: /a, match: b, set: "a\nb"}]`, `3:41: edits[0].line.set: "a?b" will not do — write a line`},
	{"a password in the clear", "edits: [password: {user: root, hash: hunter2}]", `3:38: edits[0].password.hash will not do — write a hash as crypt(3) writes it ($6$SALT$…), or ! to lock; never the password itself`},
	{"no key", "access: {authorizedKeys: [hello]}", `3:27: access.authorizedKeys[0]: "hello" will not do — write the line of an OpenSSH public key: ssh-ed25519 AAAA… NAME`},
	{"a number that is too large", "edits: [user: {name: a, uid: 4294967295}]", `3:30: edits[0].user.uid: 4294967295 will not do — write a user id, at most 4294967294, in plain digits`},
	{"a negative number", "edits: [user: {name: a, uid: -1}]", `3:30: edits[0].user.uid: -1 will not do — write a user id, at most 4294967294, in plain digits`},
	{"a time of two parts", "haproxy: {timeouts: {client: 1m30s}}", `3:30: haproxy.timeouts.client: "1m30s" will not do — write a time, as 5s, 2m or 500ms`},
	{"an unknown placeholder", "output: {name: 'a-{vrsion}'}", `3:16: output.name: {vrsion} is not known; did you mean {version}? — there are {version}, {release}, {profile}, {name}, {arch}`},
	{"an open placeholder", "output: {name: 'a-{version'}", `3:16: output.name: {version is not known; did you mean {version}? — there are {version}, {release}, {profile}, {name}, {arch}`},
	{"a folder in the name", "output: {name: a/b}", `3:16: output.name: "a/b" will not do — write a file name in which {version}, {release}, {profile}, {name} and {arch} may stand, without /`},
	{"one output of two profiles", "output: {name: a}\nprofiles: {a: , b: {output: {name: a.tgz}}, c: {output: {name: 'a-{profile}'}}, d: {output: {name: a-c}}}", `4:36: output.name: profiles a and b would write one file — put {profile} into the name
4:100: output.name: profiles c and d would write one file — put {profile} into the name`},
	{"one output by default", "profiles: {a: {output: {name: '{name}-b'}}, b: }", `3:45: output.name: profiles a and b would write one file — put {profile} into the name`},
	{"an unknown profile", "profiles: {a: {extends: bsae}, base: }", `3:25: profiles.a.extends: there is no profile "bsae"; did you mean base? — there are a, base`},
	{"a cycle of profiles", "profiles: {a: {extends: b}, b: {extends: a}, c: {extends: a}}", `3:25: profiles.a.extends: profile a extends itself: a cycle — let one of them extend none
3:42: profiles.b.extends: profile b extends itself: a cycle — let one of them extend none`},
	{"a profile's name", "profiles: {a/b: {}}", `3:12: profiles: the name "a/b" will not do — names here match ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`},
	{"two kinds of servo", "servo: {rpm: a, source: b}", `3:8: servo has rpm and source together — leave one of them`},
	{"a ref of a package", "servo: {rpm: a, ref: b}", `3:17: servo.ref means nothing with rpm — remove it`},
	{"scriptlets of a source", "servo: {source: a, scriptlets: skip}", `3:20: servo.scriptlets means nothing with source — remove it`},
	{"the log of a package", "servo: {rpm: a, logLevel: info}", `3:17: servo.logLevel means nothing with rpm — remove it`},
	{"the log of what is fetched at boot", "servo: {source: 'https://example.com/a', bootstrap: per-boot, logLevel: info}", `3:63: servo.logLevel means nothing with bootstrap: per-boot — remove it`},
	{"a folder fetched at boot", "servo: {source: ../a, bootstrap: per-boot}", `3:17: servo: with bootstrap: per-boot the source has to be the URL of a git repository — the image fetches it when it boots`},
	{"a key twice", "sysctl: {a: 1, b: 2, a: 3}", `3:22: "a" stands on line 3 already — remove one of the two`},
	{"a section twice", "sysctl: {a: 1}\nsysctl: {b: 1}", `4:1: "sysctl" stands on line 3 already — remove one of the two`},
	{"a tag", "overlay: [!!str a]", `3:11: overlay[0]: the tag !!str is not read here — remove it`},
	{"a tag of one's own", "haproxy: !x {}", `3:10: haproxy: the tag !x is not read here — remove it`},
	{"a list for a key", "sysctl: {[a]: b}", `3:10: a key of sysctl is no word — write a word`},
	{"a cycle of aliases", "overlay: &a [*a]", `3:14: overlay[0]: the alias *a stands within its own anchor: a cycle — write the value out`},
	{"a cycle of merges", "haproxy: &a\n  <<: *a", `4:7: haproxy merges itself: a cycle — write the keys out`},
	{"a merge of a list", "haproxy:\n  <<: [[a]]", `4:8: << of haproxy is a list — write the alias of a mapping`},
	{"a second document", "---\nsource: b", `3:1: there is a second document behind --- — leave one in a file`},
	{"a tab", "haproxy:\n\tlintOnly: true", `4:1: not YAML: found character that cannot start any token — indent with spaces, not tabs, and quote a value that begins with a sign`},
	{"a control character", "overlay: [é,\x01]", `3:13: not YAML: control characters are not allowed — look at indents, quotes and brackets there or right before`},
	{"an alias of nothing", "sysctl: {a: '*b'}\noverlay: [é, *b]", `4:14: not YAML: unknown anchor 'b' referenced — look at indents, quotes and brackets there or right before`},
	{"braces without quotes", "output: {name: a-{version}-{profile}}", `3:9: not YAML: did not find expected ',' or '}' — a value with {…} in it needs quotes here: name: '…-{version}-{profile}'`},
	{"several at once", "overlay: 1\nsysctl: 2\nedits: 3", `3:10: overlay is a number — write a list: [...], or lines that begin with -
4:9: sysctl is a number — write a mapping of names to values
5:8: edits is a number — write a list: [...], or lines that begin with -`},
}

func TestBadRecipes(t *testing.T) {
	for _, test := range bad {
		_, err := Parse("lbimage.yaml", "", []byte(head+test.text+"\n"))
		if err == nil {
			t.Errorf("%s: it is taken", test.name)
			continue
		}
		want := "lbimage.yaml:" + strings.ReplaceAll(test.want, "\n", "\nlbimage.yaml:")
		if err.Error() != want {
			t.Errorf("%s:\n%v\nnot\n%s", test.name, err, want)
		}
	}
}

func TestBadDocuments(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "lbimage.yaml: the recipe is empty — 'lbimage recipe init' writes one to begin with"},
		{"a comment", "# nothing\n", "lbimage.yaml: the recipe is empty — 'lbimage recipe init' writes one to begin with"},
		{"null", "~\n", "lbimage.yaml:1:1: the recipe has no value — write a mapping with some of the keys apiVersion, source, output, haproxy, sysctl, overlay, edits, servo, access, keyring, checks, attributes, profiles, or remove the key"},
		{"another version", "apiVersion: lbimage/v2\nsource: a\n", `lbimage.yaml:1:13: apiVersion: "lbimage/v2" will not do; did you mean lbimage/v1? — write lbimage/v1`},
		{"no source", "apiVersion: lbimage/v1\n", "lbimage.yaml:1:1: the recipe has no source — write source: a mapping with some of the keys path, sha256, partition"},
		{"UTF-16", "\xff\xfea\x00", "lbimage.yaml:1:1: the recipe is UTF-16 — save it as UTF-8"},
		{"bytes that are no text", "source: \xff\xff\n", "lbimage.yaml:1:9: not YAML: invalid leading UTF-8 octet — look at indents, quotes and brackets there or right before"},
		{"a short digest", "apiVersion: lbimage/v1\nsource: {path: a, sha256: abc}\n", `lbimage.yaml:2:27: source.sha256: "abc" will not do — write a SHA-256 digest, 64 hexadecimal digits`},
	} {
		_, err := Parse("lbimage.yaml", "", []byte(test.text))
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: %v\nnot %s", test.name, err, test.want)
		}
	}
	if r := parsed(t, "\ufeff"+head); r.Source.Path != "a.rpm" {
		t.Error("a byte order mark is in the way")
	}
}

// What a small text says many times over is bounded, and so is what is told of it.
func TestBounds(t *testing.T) {
	laughs := head + "overlay:\n"
	bomb := "a0: &a0 {k: v}\n"
	for i := 1; i < 40; i++ {
		bomb += fmt.Sprintf("a%d: &a%d {<<: [*a%d, *a%d, *a%d]}\n", i, i, i-1, i-1, i-1)
	}
	for _, test := range []struct{ name, text, want string }{
		{"merges", head + bomb + "haproxy: {<<: *a39}\n", "has no key"},
		{"merges of merges", head + "haproxy:\n  set: &a0 {k: v}\n  <<: " + strings.Repeat("[", 60) + strings.Repeat("]", 60) + "\n", "<< of haproxy is a list"},
		{"large", head + strings.Repeat("#", MaxText), "larger than 1 MiB"},
		{"many problems", head + "overlay: [" + strings.Repeat("{}, ", 5000) + "]", "4900 more problems"},
		{"many items", head + "overlay: [" + strings.Repeat("a, ", 10001) + "]", "overlay has 10001 items"},
		{"deep in brackets", head + "overlay: " + strings.Repeat("[", 200000), ""},
		{"deep in lines", head + "overlay:\n  " + strings.Repeat("- ", 9000) + "a", "goes too deep"},
		{"deep in maps", head + strings.Repeat("{a: ", 20000), ""},
		{"aliases", laughs + "  - &x a\n" + strings.Repeat("  - *x\n", 9999) + "profiles:\n" + func() string {
			out := "  p0: &p {overlay: &o [" + strings.Repeat("b, ", 9000) + "]}\n"
			for i := 1; i < 60; i++ {
				out += fmt.Sprintf("  p%d: *p\n", i)
			}
			return out
		}(), "too many parts, with its aliases written out"},
	} {
		_, err := Parse("lbimage.yaml", "", []byte(test.text))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if !strings.Contains(err.Error(), test.want) || len(err.Error()) > 100000 {
			t.Errorf("%s: %.300v", test.name, err)
		}
	}
}

func TestMissing(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.rpm", "files"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	text := head + `haproxy: {template: folder}
overlay: [files, folder, none]
keyring: [k.asc]
servo: {source: 'git@example.com:servo.git'}
edits: [file: {path: /a, source: a}, rpm: b.rpm, rpm: {path: c.rpm}, authorizedKeys: {user: root, file: d}, remove: /none]
access: {authorizedKeysFile: e}
profiles: {a: {servo: {rpm: s.rpm}}, b: {servo: {source: ../none}, overlay: [folder]}}
`
	path := filepath.Join(dir, "lbimage.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var e *Error
	if !errors.As(r.Missing(), &e) {
		t.Fatal("nothing is missing")
	}
	var got []string
	for _, p := range e.Problems {
		got = append(got, fmt.Sprintf("%d:%d %s %s", p.Line, p.Column, p.Rule, strings.SplitN(p.Message, ":", 2)[0]))
	}
	want := []string{
		"3:21 wrong-file haproxy.template", "4:11 wrong-file overlay[0]", "4:26 missing-file overlay[2]", "5:11 missing-file keyring[0]",
		"7:34 missing-file edits[0].file.source", "7:43 missing-file edits[1].rpm.path", "7:62 missing-file edits[2].rpm.path",
		"7:105 missing-file edits[3].authorizedKeys.file", "8:30 missing-file access.authorizedKeysFile", "9:29 missing-file profiles.a.servo.rpm",
		"9:58 missing-file profiles.b.servo.source",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("missing are\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Load(filepath.Join(dir, "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no recipe: %v", err)
	}
}

// A path that cannot even be asked for is told in short.
func TestMissingLongPath(t *testing.T) {
	r := parsed(t, head+"overlay: ["+strings.Repeat("x", 100000)+"]")
	var e *Error
	if !errors.As(r.Missing(), &e) {
		t.Fatal("nothing is missing")
	}
	for _, p := range e.Problems {
		if len(p.String()) > 300 || p.Line == 3 && !strings.Contains(p.Message, "overlay[0]: xxx") {
			t.Errorf("%.400s", p)
		}
	}
}
