package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

// programs are what scripts of %post call. They go into the tree with the libraries that they need.
var programs = strings.Fields(`bash dash sed grep cp mv rm rmdir ln mkdir touch chmod chown chgrp cat tee head tail cut tr sort uniq wc
	install truncate mktemp id date uname basename find dirname readlink env seq sleep mkfifo true false echo printf test unlink stat ls
	useradd usermod userdel groupadd groupmod groupdel gpasswd passwd chpasswd`)

// oddities are files of a kind that images have here and there, and that scripts trip over. A name that ends in / is a folder,
// "-> " makes a symbolic link, "=> " another name of the same file.
var oddities = [][2]string{
	{"srv/real/", ""}, {"srv/real/in", "in the folder\n"}, {"srv/real/.hidden", "h\n"}, {"srv/real/sub/deep", "deep\n"},
	{"srv/link", "-> real"}, {"srv/unended", "one\ntwo"}, {"srv/empty", ""}, {"srv/crlf", "a=1\r\nb=2\r\n"}, {"srv/blank", "\n\nx\n\n"},
	{"srv/conf", "# a\nport=1\n#port=2\n\nname = x\nport=1\n  indented yes\n[part]\nkey: value\n"}, {"srv/conflink", "-> conf"},
	{"srv/twin", "twin\nport=1\n"}, {"srv/other-twin", "=> srv/twin"}, {"srv/bytes", "\x00\x01\xff\nb\n"}, {"srv/run", "#!/bin/sh\nexit 0\n"},
	{"srv/dangling", "-> nowhere"}, {"srv/own", "of bin\n"}, {"etc/motd", ""}, {"etc/udev/rules.d/70-persistent-net.rules", "# eth0\n"},
	{"etc/init/serial.conf", "# serial\nstart on fedora.serial-console-available\nstop on runlevel [S016]\n"}, {"etc/cloud/", ""},
	{"etc/sysconfig/cloud-init", "A=1\n"}, {"lib/udev/rules.d/75-persistent-net-generator.rules", "# gen\n"}, {"etc/default/", ""},
}

// chkconfigStandIn makes the links that chkconfig makes of what a script's header says.
const chkconfigStandIn = `#!/bin/bash
# chkconfig, as far as scripts of %post need it.
levels=
usual() { echo "$1" | sed 's/./& /g'; }
link() { # NAME LEVEL on|off
    for l in /etc/rc.d/rc$2.d/[SK][0-9][0-9]$1; do [ -L "$l" ] && rm -f "$l"; done
    [ "$3" = on ] && n=S$start || n=K$stop
    ln -s ../init.d/$1 /etc/rc.d/rc$2.d/$n$1
}
header() { # NAME
    set -- $(sed -n 's/^# chkconfig: *//p' "/etc/rc.d/init.d/$1")
    [ $# -ge 3 ] || { echo "no header" >&2; exit 1; }
    on=$1 start=$(printf %02d "$((10#$2))") stop=$(printf %02d "$((10#$3))")
    [ "$on" != - ] || on=
}
while :; do
    case $1 in
    --level | --levels) levels=$2; shift 2 ;;
    --add)
        header "$2"
        for l in 0 1 2 3 4 5 6; do
            has=no
            for x in /etc/rc.d/rc$l.d/[SK][0-9][0-9]$2; do [ -L "$x" ] && has=yes; done
            [ $has = yes ] || case $on in *$l*) link "$2" $l on ;; *) link "$2" $l off ;; esac
        done
        exit ;;
    --del)
        rm -f /etc/rc.d/rc[0-6].d/[SK][0-9][0-9]$2
        exit ;;
    *) break ;;
    esac
done
header "$1"
: "${levels:=2345}"
case $2 in
on | off) for l in $(usual "$levels"); do link "$1" "$l" "$2"; done ;;
*) exit 1 ;;
esac
`

// root is a folder with the tree of a load balancer image in which scripts can run.
type root string

// makeRoot makes one of the sample image, with the machine's own programs instead of the stand-ins for them.
func makeRoot(t *testing.T, dir string) root {
	t.Helper()
	tree := filepath.Join(dir, "base")
	must(t, "", lbimage, "get", sampleRPM(t), "/", "-o", tree)
	must(t, "", "sh", "-c", `cd "$1" && rm -rf usr/share/sample-pages lost+found && chmod 1777 tmp var/tmp; mkdir -p var/spool/mail usr/sbin sbin`, "sh", tree)
	libraries := map[string]bool{}
	for _, p := range programs {
		from, err := exec.LookPath(p)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		to := "bin/"
		if strings.HasSuffix(p, "add") || strings.HasSuffix(p, "mod") || strings.HasSuffix(p, "del") || p == "chpasswd" {
			to = "usr/sbin/"
		}
		must(t, "", "cp", "-L", "--remove-destination", from, filepath.Join(tree, to+p))
		for _, m := range regexp.MustCompile(`(/\S+) \(0x`).FindAllStringSubmatch(must(t, "", "ldd", from), -1) {
			libraries[m[1]] = true
		}
	}
	for l := range libraries {
		must(t, "", "mkdir", "-p", filepath.Join(tree, filepath.Dir(l)))
		must(t, "", "cp", "-L", l, filepath.Join(tree, l))
	}
	write := func(name, text string, mode os.FileMode) {
		p := filepath.Join(tree, name)
		must(t, "", "mkdir", "-p", filepath.Dir(p))
		if err := os.WriteFile(p, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("sbin/chkconfig", chkconfigStandIn, 0o755)
	for _, o := range oddities {
		p := filepath.Join(tree, o[0])
		var err error
		switch {
		case strings.HasSuffix(o[0], "/"):
			err = os.MkdirAll(p, 0o755)
		case strings.HasPrefix(o[1], "-> "):
			err = os.Symlink(o[1][3:], p)
		case strings.HasPrefix(o[1], "=> "):
			err = os.Link(filepath.Join(tree, o[1][3:]), p)
		default:
			write(o[0], o[1], 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	must(t, tree, "chown", "1:2", "srv/own")
	must(t, tree, "chmod", "4750", "srv/own")
	must(t, tree, "chmod", "755", "srv/run")
	must(t, tree, "mknod", "-m", "666", "dev/null", "c", "1", "3")
	return root(tree)
}

// copy is another tree of the same kind.
func (r root) copy(t *testing.T, to string) root {
	t.Helper()
	must(t, "", "rm", "-rf", to)
	must(t, "", "cp", "-a", string(r), to)
	return root(to)
}

// pack makes an image of it.
func (r root) pack(t *testing.T, image string) string {
	t.Helper()
	must(t, "", lbimage, "fs", "format", image, "--force", "--type", "ext3", "--size", "64M", "--from", string(r))
	return image
}

// install runs the scripts of a kickstart file in the tree, as the installer does. complaints is what they said, and which
// failed; ok is false where there would be no image.
func (r root) install(t *testing.T, file string) (complaints string, ok bool) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := kickstart.Parse(file, text, grammar.Version(0))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range f.Nodes {
		s, is := n.(*kickstart.Section)
		if !is || s.Name != "%post" {
			continue
		}
		shell := "/bin/sh"
		if with, ok := s.Value("--interpreter"); ok {
			shell = with
		}
		script := filepath.Join(string(r), "tmp/ks-script")
		if err := os.WriteFile(script, []byte(s.Body), 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("timeout", "20", "chroot", string(r), shell, "/tmp/ks-script")
		cmd.Env = []string{"PATH=/sbin:/usr/sbin:/bin:/usr/bin", "HOME=/root"}
		if s.Has("--nochroot") {
			t.Fatal("a section outside of the image cannot be run here")
		}
		if p, ok := s.Value("--log"); ok {
			log, err := os.OpenFile(filepath.Join(string(r), p), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stdout = log
			defer log.Close()
		}
		var said strings.Builder
		cmd.Stderr = &said
		old := unix.Umask(0o022)
		err := cmd.Run()
		unix.Umask(old)
		for line := range strings.Lines(said.String()) {
			if !strings.HasPrefix(line, "+") && !strings.Contains(line, "should be ':'") && !strings.Contains(line, "are the same file") { // set -x, and what does no harm
				complaints += line
			}
		}
		if err != nil {
			complaints += fmt.Sprintf("%s: %v\n", s.Place, err)
		}
		if err := os.Remove(script); err != nil {
			t.Fatal(err)
		}
		if err != nil && s.Has("--erroronfail") {
			return complaints, false
		}
	}
	return complaints, true
}

// told is a statement, as lbimage check and lbimage kickstart plan print it.
type told struct {
	Place                                              struct{ Line, Column int }
	Text, About, Verdict, Want, Has, Path, Why, Reason string
	Rule                                               string
}

func (s told) key() string { return fmt.Sprint(s.Place.Line, ":", s.Place.Column, " ", s.About) }

func (s told) String() string {
	return fmt.Sprintf("%s %d:%d %s: %q wants %q, has %q (%s%s)", s.Verdict, s.Place.Line, s.Place.Column, s.About, s.Text, s.Want, s.Has, s.Why, s.Reason)
}

// statements are those about %post.
func statements(t *testing.T, file, image string) []told {
	t.Helper()
	r := call(t, "", nil, lbimage, "check", image, "--kickstart", file, "--format", "json", "--lint-only", "--all-statements")
	if r.code != 0 && r.code != 3 {
		t.Fatalf("check: exit %d\n%s", r.code, r.stderr)
	}
	var out struct{ Kickstart struct{ Statements []told } }
	if err := json.Unmarshal([]byte(r.stdout), &out); err != nil {
		t.Fatalf("%v\n%s", err, r.stdout)
	}
	return slices.DeleteFunc(out.Kickstart.Statements, func(s told) bool { return s.Rule != "kickstart-post" })
}

// planned is the image that the plan makes, its edits and what it leaves.
func planned(t *testing.T, file, image, dir string) (tarball string, edits int, left []told, recipe, refused string) {
	t.Helper()
	name := filepath.Join(dir, "plan.yaml")
	os.Remove(name)
	var out struct {
		Edits []json.RawMessage
		Left  []told
	}
	if err := json.Unmarshal([]byte(must(t, "", lbimage, "kickstart", "plan", file, image, "-o", name, "--format", "json")), &out); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Edits) == 0 {
		return image, 0, out.Left, string(b), ""
	}
	folder := filepath.Join(dir, "built")
	os.RemoveAll(folder)
	r := call(t, "", nil, lbimage, "build", "-f", name, "-o", folder, "--force", "--lint-only")
	if r.code == 3 { // the image would not work
		return "", len(out.Edits), out.Left, string(b), r.stdout
	}
	made, _ := filepath.Glob(filepath.Join(folder, "*.tgz"))
	if r.code != 0 || len(made) != 1 {
		t.Fatalf("build: exit %d, %v\n%s%s\n%s", r.code, made, r.stdout, r.stderr, b)
	}
	return made[0], len(out.Edits), out.Left, string(b), ""
}

// difference is a path that lbimage diff tells apart.
type difference struct {
	Path, Kind, Diff string
	Aspects          []string
	A, B             map[string]any
}

func pathsApart(t *testing.T, a, b string) []difference {
	t.Helper()
	var out struct{ Files []difference }
	if err := json.Unmarshal([]byte(must(t, "", lbimage, "diff", a, b, "--files-only", "--format", "json")), &out); err != nil {
		t.Fatal(err)
	}
	return out.Files
}
