package conformance

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/checktest"
	"lbimage/kickstart"
	"lbimage/kickstart/script"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// judgePost holds a %post against a tree.
func judgePost(t *testing.T, text string, s *check.Subject) []Statement {
	t.Helper()
	f, err := kickstart.Parse("lb.ks", []byte("%post\n"+text+"\n%end\n"), 6)
	if err != nil {
		t.Fatal(err)
	}
	all, err := post(t.Context(), f, script.Read(f), s)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// short are the verdicts of statements, a sign each.
func short(all []Statement) string {
	var out strings.Builder
	for _, st := range all {
		out.WriteString(map[Verdict]string{Holds: "+", DoesNotHold: "-", CannotBeTold: "?"}[st.Verdict])
	}
	return out.String()
}

const (
	fooHash = "$6$saltsalt$xQa.OHUuK.gYEV9vPtLoI6Ihwnv5mLtLJpLGLHNmLHHpXDkCkAmyBMKZTbvyyOhyGFrDHkYYdNVfUmQ0/XWlw/"
	someKey = "-----BEGIN RSA PRIVATE KEY-----\nMIIsecretsecret\n-----END RSA PRIVATE KEY-----\n"
)

// Each script, the files of an image that has what it leaves, and of one that has not, with what is said of both: a sign a
// statement, + for holds, - for does not hold, ? for cannot be told.
var postCases = []struct {
	name, script string
	files        map[string]string // of both
	has, lacks   map[string]string
	good, bad    string
}{
	{"a file", "echo a > /f", nil, map[string]string{"f": "a\n"}, map[string]string{"f": "b\n"}, "+", "-"},
	{"no file", "echo a > /f", nil, map[string]string{"f": "a\n"}, nil, "+", "-"},
	{"a folder for a file", "echo a > /f", nil, map[string]string{"f": "a\n"}, map[string]string{"f/": ""}, "+", "-"},
	{"through a link", "echo a > /l", map[string]string{"l": "-> d/f"}, map[string]string{"d/f": "a\n"}, map[string]string{"d/f": "a"}, "+", "-"},
	{"the last counts", "echo a > /f\necho b > /f", nil, map[string]string{"f": "b\n"}, map[string]string{"f": "a\n"}, "+", "-"},
	{"and more", "echo a > /f\necho b >> /f", nil, map[string]string{"f": "a\nb\n"}, map[string]string{"f": "a\n"}, "++", "+-"},
	{"and more, first spoilt", "echo a > /f\necho b >> /f", nil, map[string]string{"f": "a\nb\n"}, map[string]string{"f": "x\nb\n"}, "++", "-+"},
	{"lines", "echo a >> /f\necho b >> /f", nil, map[string]string{"f": "x\na\nb\ny\n"}, map[string]string{"f": "x\na\nc\n"}, "++", "+-"},
	{"lines in another order", "echo a >> /f\necho b >> /f", nil, map[string]string{"f": "a\nb\n"}, map[string]string{"f": "b\na\n"}, "++", "+-"},
	{"a line twice", "echo a >> /f\necho a >> /f", nil, map[string]string{"f": "a\na\n"}, map[string]string{"f": "a\n"}, "++", "+-"},
	{"a block", "cat >> /f << E\na\n\nb\nE", nil, map[string]string{"f": "a\n\nb\n"}, map[string]string{"f": "a\nb\n"}, "+", "-"},
	{"a part of a line", "echo a >> /f", nil, map[string]string{"f": "x\na"}, map[string]string{"f": "ab\n"}, "+", "-"},
	{"a line joined to another", "echo abc >> /f", nil, map[string]string{"f": "abc\n"}, map[string]string{"f": "xabc\n"}, "+", "?"},
	{"sed", "sed -i 's/^a=.*/a=1/' /f", nil, map[string]string{"f": "a=1\nb=2\n"}, map[string]string{"f": "a=2\n"}, "+", "-"},
	{"sed without a file", "sed -i 's/^a=.*/a=1/' /f", nil, map[string]string{"f": "b\n"}, nil, "+", "?"},
	{"sed takes lines away", "sed -i '/^a/d' /f", nil, map[string]string{"f": "b\n"}, map[string]string{"f": "b\na\n"}, "+", "-"},
	{"sed after lines were added", "echo a=1 >> /f\nsed -i 's/^a=.*/a=2/' /f", nil, map[string]string{"f": "a=2\n"}, map[string]string{"f": "a=1\n"}, "++", "+-"},
	{"sed before lines are added", "sed -i 's/^a=.*/a=2/' /f\necho a=1 >> /f", nil, map[string]string{"f": "a=2\na=1\n"}, map[string]string{"f": "a=3\na=1\n"}, "++", "-+"},
	{"two programs", "sed -i 's/^a=.*/a=1/' /f\nsed -i 's/^b=.*/b=1/' /f", nil, map[string]string{"f": "a=1\nb=1\n"}, map[string]string{"f": "a=2\nb=1\n"}, "++", "-+"},
	{"added to what was removed", "rm -f /f\necho a >> /f", nil, map[string]string{"f": "a\n"}, map[string]string{"f": "x\na\n"}, "+", "-"},
	{"added to what was moved", "mv /f /g\necho a >> /f", map[string]string{"g": "x\n"}, map[string]string{"f": "a\n"}, map[string]string{"f": "x\na\n"}, "?+", "?-"},
	{"a pattern", "rm -f /d/*.x", map[string]string{"d/b": "", "d/.c.x": "", "d/e.x/": ""}, nil, map[string]string{"d/a.x": ""}, "+", "-"},
	{"a pattern of folders", "rm -rf /d/*", map[string]string{"d/.c": ""}, nil, map[string]string{"d/a/f": ""}, "+", "-"},
	{"a pattern, and a file again", "rm -f /d/*\necho a > /d/a", nil, map[string]string{"d/a": "a\n"}, map[string]string{"d/a": "a\n", "d/b": ""}, "++", "-+"},
	{"a pattern takes what was written", "echo a > /d/a\nrm -f /d/[ab]", nil, nil, map[string]string{"d/b": ""}, "+", "-"},
	{"added to what a pattern took", "rm -f /d/[ab]\necho a >> /d/a", nil, map[string]string{"d/a": "a\n"}, map[string]string{"d/a": "x\na\n"}, "++", "+-"},
	{"a folder", "mkdir /d", nil, map[string]string{"d/": ""}, nil, "+", "-"},
	{"a file for a folder", "mkdir -p /d", nil, map[string]string{"d/x": ""}, map[string]string{"d": ""}, "+", "-"},
	{"a link", "ln -s a /l", nil, map[string]string{"l": "-> a"}, map[string]string{"l": "-> b"}, "+", "-"},
	{"a link to the same", "ln -sf /usr/x /e/l", map[string]string{"usr/x": "", "usr/y": ""}, map[string]string{"e/l": "-> ../usr/x"}, map[string]string{"e/l": "-> ../usr/y"}, "+", "-"},
	{"a link and a file", "ln -sf a /l", nil, map[string]string{"l": "-> a"}, map[string]string{"l": "a"}, "+", "-"},
	{"gone", "rm -f /f", nil, nil, map[string]string{"f": ""}, "+", "-"},
	{"gone, and made again", "rm -rf /d\nmkdir /d", nil, map[string]string{"d/": ""}, nil, "+", "-"},
	{"a link in a folder", "ln -s /a/x /d", map[string]string{"d/y": ""}, map[string]string{"d/x": "-> /a/x"}, map[string]string{"d/x": "-> /b/x"}, "+", "-"},
	{"a link to a folder", "ln -s /a /d", map[string]string{"a/y": ""}, map[string]string{"d": "-> /a"}, map[string]string{"d": "-> /b"}, "+", "-"},
	{"a copy in a folder", "cp /a /d", map[string]string{"a": "x\n", "d/y": ""}, map[string]string{"d/a": "x\n"}, nil, "+", "-"},
	{"a copy of a file that was written", "echo x > /a\ncp /a /b\necho y > /a", map[string]string{"a": "y\n"}, map[string]string{"b": "x\n"}, map[string]string{"b": "y\n"}, "++", "-+"},
	{"a copy of what is changed later", "cp /a /b\necho y >> /a", map[string]string{"a": "x\ny\n"}, map[string]string{"b": "x\ny\n"}, map[string]string{"b": "x\n"}, "++", "?+"},
	{"a link that is made later", "echo a >> /f\nln -s f /l", map[string]string{"l": "-> f"}, map[string]string{"f": "a\n"}, map[string]string{"f": "b\n"}, "++", "-+"},
	{"a copy", "cp /a /b", map[string]string{"a": "x\n"}, map[string]string{"b": "x\n"}, map[string]string{"b": "y\n"}, "+", "-"},
	{"moved", "mv /a /b", nil, map[string]string{"b": "x\n"}, map[string]string{"a": "x\n", "b": "x\n"}, "?", "-"},
	{"moved what was written", "echo x > /a\nmv /a /b", nil, map[string]string{"b": "x\n"}, map[string]string{"b": "y\n"}, "+", "-"},
	{"moved what is removed then", "mv /a /b\nrm /b", nil, nil, map[string]string{"a": "x\n"}, "++", "-+"},
	{"touched", "touch /f", nil, map[string]string{"f": "x"}, nil, "+", "-"},
	{"touched after it was removed", "rm -f /f\ntouch /f", nil, map[string]string{"f": ""}, map[string]string{"f": "x"}, "+", "-"},
	{"touched and added to", "rm -f /f\ntouch /f\necho a >> /f", nil, map[string]string{"f": "a\n"}, map[string]string{"f": "x\na\n"}, "++", "+-"},
	{"a condition", "if test -e /x; then echo a > /f; fi", nil, map[string]string{"f": "a\n"}, map[string]string{"f": "b\n"}, "+", "?"},
	{"after what is not read", "echo a > /f\nunknown-program", nil, map[string]string{"f": "a\n"}, map[string]string{"f": "b\n"}, "+?", "??"},
	{"before what is not read", "unknown-program\necho a > /f", nil, map[string]string{"f": "a\n"}, map[string]string{"f": "b\n"}, "?+", "?-"},
	{"harmless", "echo hello\necho a > /f\ndate", nil, map[string]string{"f": "a\n"}, map[string]string{"f": "b\n"}, "+", "-"},
}

func TestPost(t *testing.T) {
	for _, c := range postCases {
		for _, side := range []struct {
			files map[string]string
			want  string
		}{{c.has, c.good}, {c.lacks, c.bad}} {
			files := map[string]string{}
			for _, part := range []map[string]string{c.files, side.files} {
				for name, content := range part {
					files[name] = content
				}
			}
			all := judgePost(t, c.script, &check.Subject{Tree: treetest.Fill(files)})
			if got := short(all); got != side.want {
				t.Errorf("%s: %v: %s, want %s", c.name, files, got, side.want)
			}
			for _, st := range all {
				if st.Rule != PostRule || st.Place.Line < 2 || st.Text == "" || st.About == "" || st.Want == "" || st.Verdict == CannotBeTold && st.Why == "" || st.Verdict == DoesNotHold && st.Has == "" {
					t.Errorf("%s: %+v", c.name, st)
				}
				if got := short(all); got != side.want {
					t.Logf("%+v", st)
				}
			}
		}
	}
}

// Of the sample, one thing after the other is spoilt.
func TestPostOfAccountsAndServices(t *testing.T) {
	for _, c := range []struct {
		script string
		spoil  func(*testing.T, *treetest.Memory)
		has    string // what is said then
	}{
		{"passwd -l root", checktest.Replace("etc/shadow", "root:!!", "root:"+fooHash), "a password"},
		{"passwd -l root", checktest.Replace("etc/shadow", "root:!!", "root:"), "none"},
		{"userdel none", checktest.Append("etc/passwd", "none:x:77:77::/:/bin/sh\n"), "it as number 77"},
		{"useradd -s /sbin/nologin servo", checktest.Replace("etc/passwd", "/var/lib/load-balancer-servo:/sbin/nologin", "/var/lib/load-balancer-servo:/bin/bash"), "shell /bin/bash"},
		{"groupadd servo", checktest.Replace("etc/group", "servo:x:", "other:x:"), "no group servo"},
		{"chkconfig ntpd on", func(t *testing.T, m *treetest.Memory) {
			for _, l := range "2345" {
				if err := m.Remove("etc/rc.d/rc" + string(l) + ".d/S58ntpd"); err != nil {
					t.Fatal(err)
				}
			}
		}, "off"},
		{"chmod 440 /etc/sudoers", checktest.Mode("etc/sudoers", 0o644), "mode 0644"},
		{"chmod -R go-w /etc/ssh", checktest.Mode("etc/ssh/sshd_config", 0o666), "/etc/ssh/sshd_config: mode 0666"},
		{"chown root:root /etc/sudoers", func(t *testing.T, m *treetest.Memory) { _ = m.Lchown("etc/sudoers", 498, 0) }, "owner servo:root"},
		{"chown -R root /etc/ssh", func(t *testing.T, m *treetest.Memory) { _ = m.Lchown("etc/ssh/sshd_config", 498, 0) }, "/etc/ssh/sshd_config: owner servo:root"},
	} {
		m := checktest.Sample(t)
		if got := judgePost(t, c.script, checktest.Subject(t, m)); short(got) != "+" {
			t.Errorf("%s: %+v", c.script, got)
			continue
		}
		c.spoil(t, m)
		got := judgePost(t, c.script, checktest.Subject(t, m))
		if short(got) != "-" || !strings.Contains(got[0].Has, c.has) {
			t.Errorf("%s, spoilt: %+v, want %q", c.script, got, c.has)
		}
	}
}

// No hash, password or private key shows in a statement.
func TestPostShowsNoSecret(t *testing.T) {
	m := checktest.Sample(t)
	checktest.Replace("etc/shadow", "root:!!", "root:"+strings.Replace(fooHash, "salt", "tlas", 1))(t, m)
	checktest.Write(map[string]string{"etc/key.pem": strings.Replace(someKey, "MIIsecretsecret", "MIIothersecrets", 1)})(t, m)
	script := "usermod -p '" + fooHash + "' root\necho 'root:hunter2' | chpasswd\necho 'servo:" + fooHash + "' | chpasswd -e\n" +
		"cat > /etc/key.pem << EOF\n" + someKey + "EOF\necho 'root:" + fooHash + ":1::::::' >> /etc/shadow.extra\n" +
		"sed -i 's|^root:[^:]*|root:" + fooHash + "|' /etc/shadow\necho hunter2 | passwd --stdin root\nuseradd -p '" + fooHash + "' ops"
	for _, st := range judgePost(t, script, checktest.Subject(t, m)) {
		for _, part := range []string{st.Text, st.Want, st.Has, st.Why, st.About} {
			for _, secret := range []string{"hunter2", "OHUuK", "MIIsecret", "MIIother", "YYdNVf"} {
				if strings.Contains(part, secret) {
					t.Errorf("%s shows in %+v", secret, st)
				}
			}
		}
	}
}

func TestSecretsAreTried(t *testing.T) {
	for hash, want := range map[string]Verdict{
		"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/": Holds, // of "password"
		"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK.": DoesNotHold,
		"$y$j9T$saltsalt$abcdefgh":           CannotBeTold,
		"":                                   DoesNotHold,
	} {
		if got := secretOutcome("password", hash, "x"); got.verdict != want {
			t.Errorf("%s: %+v, want %s", hash, got, want)
		}
	}
}

// chmod itself judges its arithmetic, on files and folders.
func TestNewModeAgainstChmod(t *testing.T) {
	sh := needs.Program(t, "sh")
	needs.Program(t, "chmod")
	r := rand.New(rand.NewPCG(7, 8))
	pick := func(from string) string { return string(from[r.IntN(len(from))]) }
	some := func(from string, most int) (out string) {
		for range r.IntN(most + 1) {
			out += pick(from)
		}
		return out
	}
	dir := t.TempDir()
	var script strings.Builder
	script.WriteString("umask 022\ncd " + dir + "\n")
	type trial struct {
		change string
		was    fs.FileMode
	}
	var trials []trial
	for n := range 400 {
		c := trial{change: some("01234567", 3) + pick("01234567"), was: overlay.FileMode(uint32(r.IntN(0o10000)))}
		if r.IntN(3) > 0 {
			var clauses []string
			for range 1 + r.IntN(2) {
				clause := some("ugoa", 2)
				for range 1 + r.IntN(2) {
					clause += pick("+-=")
					if r.IntN(4) == 0 {
						clause += pick("ugo")
					} else {
						clause += some("rwxXst", 3)
					}
				}
				clauses = append(clauses, clause)
			}
			c.change = strings.Join(clauses, ",")
		}
		if r.IntN(2) == 0 {
			c.was |= fs.ModeDir
			fmt.Fprintf(&script, "mkdir f%d; ", n)
		} else {
			fmt.Fprintf(&script, ": > f%d; ", n)
		}
		fmt.Fprintf(&script, "chmod 0%05o f%d; chmod -- '%s' f%d\n", unix(c.was), n, c.change, n)
		trials = append(trials, c)
	}
	if out, err := exec.Command(sh, "-c", script.String()).CombinedOutput(); strings.Contains(string(out), "invalid") {
		t.Fatalf("%v\n%s", err, out)
	}
	for n, c := range trials {
		info, err := os.Lstat(fmt.Sprintf("%s/f%d", dir, n))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := NewMode(c.change, c.was); !ok || got != unix(info.Mode()) {
			t.Errorf("chmod %s of %v: %04o (%v), chmod gives %04o", c.change, c.was, got, ok, unix(info.Mode()))
		}
	}
}

// GNU chmod's own arithmetic, as a table: modes of files and folders.
func TestNewMode(t *testing.T) {
	for _, c := range []struct {
		change string
		was    fs.FileMode
		want   uint32
	}{
		{"755", 0o600, 0o755}, {"4755", 0, 0o4755}, {"0", 0o777, 0}, {"755", fs.ModeDir | fs.ModeSetgid | 0o700, 0o2755}, {"00755", fs.ModeDir | fs.ModeSetgid | 0o700, 0o755},
		{"u+x", 0o644, 0o744}, {"go-rwx", 0o755, 0o700}, {"a=r", 0o777, 0o444}, {"+x", 0o644, 0o755}, {"+w", 0o444, 0o644}, {"=r", 0o777, 0o444},
		{"g=u", 0o740, 0o770}, {"o=g,g=", 0o750, 0o705}, {"u+s,g+s", 0o755, 0o6755}, {"+t", 0o777, 0o1777}, {"a+X", 0o644, 0o644}, {"a+X", 0o744, 0o755},
		{"a+X", fs.ModeDir | 0o700, 0o711}, {"u=rwx,go=rx", 0, 0o755}, {"u-s", fs.ModeSetuid | 0o755, 0o755}, {"a-x+r", 0o111, 0o444},
	} {
		if got, ok := NewMode(c.change, c.was); !ok || got != c.want {
			t.Errorf("chmod %s of %v: %04o, %v, want %04o", c.change, c.was, got, ok, c.want)
		}
	}
	for _, change := range []string{"", "89", "u+q", "x", "77777", "u~x", "u+x,,g+x"} {
		if got, ok := NewMode(change, 0o644); ok {
			t.Errorf("chmod %q is taken for %04o", change, got)
		}
	}
}
