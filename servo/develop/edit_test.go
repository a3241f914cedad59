package develop

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
	"lbimage/servo"
)

// image is an EL6 image without a servo, as far as the edit looks at it.
func image(more map[string]string) *treetest.Memory {
	files := map[string]string{
		"etc/passwd":                       "root:x:0:0:root:/root:/bin/bash\n",
		"etc/group":                        "root:x:0:\n",
		"etc/shadow":                       "root:*:15000:0:99999:7:::\n",
		"etc/gshadow":                      "root:::\n",
		"etc/login.defs":                   "UID_MIN 500\nUID_MAX 60000\nGID_MIN 500\nGID_MAX 60000\nUSERGROUPS_ENAB yes\nCREATE_HOME yes\n",
		"etc/redhat-release":               "CentOS release 6.5 (Final)\n",
		"etc/init.d":                       "-> rc.d/init.d",
		"etc/rc.d/init.d/functions":        "",
		"etc/rc.d/init.d/network":          "#!/bin/sh\n# chkconfig: 2345 10 90\n# description: x\n### BEGIN INIT INFO\n# Provides: $network\n### END INIT INFO\n",
		"usr/bin/python":                   "ELF 2.6",
		"usr/bin/python2.6":                "ELF 2.6",
		"etc/sudoers":                      "#Defaults requiretty\n#includedir /etc/sudoers.d\n",
		"usr/bin/sudo":                     "",
		"usr/sbin/haproxy":                 "",
		"usr/sbin/ntpdate":                 "",
		"usr/lib/python2.6/site-packages/": "",
		"usr/lib64/python2.6/os.py":        "",
		"var/run/":                         "", "var/lib/": "", "var/log/": "", "root/": "",
	}
	for _, m := range []string{"boto", "httplib2", "M2Crypto", "redis"} {
		files["usr/lib/python2.6/site-packages/"+m+"/__init__.py"] = "__version__ = '2.8.0'\n"
	}
	for _, rc := range []string{"0", "1", "2", "3", "4", "5", "6"} {
		files["etc/rc.d/rc"+rc+".d/"] = ""
		files["etc/rc"+rc+".d"] = "-> rc.d/rc" + rc + ".d"
	}
	for n, c := range more {
		if c == "" && files[n] != "" {
			delete(files, n)
			continue
		}
		files[n] = c
	}
	return treetest.Fill(files)
}

func opened(t *testing.T, files map[string]string) *Source {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	return mustOpen(t, Request{Source: dir})
}

func installed(t *testing.T, tree overlay.Tree, s *Source, o EditOptions) []overlay.Change {
	t.Helper()
	e, err := s.Edit(o)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := overlay.Apply(tree, []overlay.Edit{e})
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// After the edit the image has what the release's RPM would bring, with modes and owners, servo.Detect knows
// the version, and a second run changes nothing.
func TestInstall(t *testing.T) {
	for _, release := range servo.Releases() {
		t.Run(release, func(t *testing.T) {
			tree := image(nil)
			s := opened(t, source(release))
			changes := installed(t, tree, s, EditOptions{})
			in, err := servo.Detect(tree)
			if err != nil || in.Version != s.Version || in.SitePackages != "/usr/lib/python2.6/site-packages" {
				t.Errorf("%+v, %v", in, err)
			}
			for _, e := range in.Evidence {
				if strings.Contains(e, "contradict") {
					t.Error(e)
				}
			}
			if got := len(in.Files); got != len(layoutOf(release)) {
				t.Errorf("%d files, the release has %d", got, len(layoutOf(release)))
			}
			for _, f := range layoutOf(release) {
				r, err := overlay.Resolve(tree, strings.Replace(f.Path, servo.SitePackages, in.SitePackages, 1))
				if err != nil || !r.Exists() {
					t.Errorf("%s: not there (%v)", f.Path, err)
					continue
				}
				uid, gid, _ := overlay.OwnerOf(r.Info)
				wantUID, wantGID, err := f.Owner.Lookup(tree)
				if err != nil {
					t.Fatal(err)
				}
				if f.Path == configuration {
					f.Mode = fs.ModeDir | 0o700 // by install-servo.sh; the package's is 0755
				}
				if r.Info.Mode() != f.Mode || uid != wantUID || gid != wantGID {
					t.Errorf("%s: %v %d:%d, want %v %d:%d", f.Path, r.Info.Mode(), uid, gid, f.Mode, wantUID, wantGID)
				}
			}
			script, err := tree.ReadFile("etc/rc.d/init.d/load-balancer-servo")
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range helper.FindAllString(string(script), -1) {
				if _, err := tree.Lstat(m[1:]); err != nil {
					t.Errorf("the start script calls %s: %v", m, err)
				}
			}
			if release != "1.0.0" && (!strings.Contains(string(script), "\nLOGLEVEL=debug\n") || !strings.Contains(string(script), "\nBOTO_LOGLEVEL=debug\n")) {
				t.Errorf("start script:\n%s", script)
			}
			program, _ := tree.ReadFile("usr/bin/load-balancer-servo")
			if !strings.HasPrefix(string(program), "#!/usr/bin/python -tt\n") {
				t.Errorf("program: %.40q", program)
			}
			if names := strings.Join(tree.Names(), "\n"); strings.Contains(names, "servo/test") || strings.Contains(names, "build-rpm") || strings.Contains(names, "libexec/load-balancer-servo/servo-ntp") {
				t.Error(names)
			}
			if release >= "1.4.0" {
				if _, err := tree.Lstat("etc/cron.d/load-balancer-servo"); err == nil {
					t.Error("a cron file")
				}
			}
			if !slices.ContainsFunc(tree.Names(), func(n string) bool {
				return strings.HasPrefix(n, "etc/rc.d/rc3.d/S") && strings.HasSuffix(n, servoName)
			}) {
				t.Errorf("not started at boot: %q", tree.Names())
			}
			passwd, _ := tree.ReadFile("etc/passwd")
			if !strings.Contains(string(passwd), "\nservo:x:500:500::/var/lib/load-balancer-servo:/sbin/nologin\n") {
				t.Errorf("passwd: %s", passwd)
			}
			for _, c := range changes {
				for _, n := range c.Notes {
					if strings.Contains(n, "does not have") {
						t.Errorf("%s: %s", c.Path, n)
					}
				}
			}
			for _, c := range installed(t, tree, s, EditOptions{}) {
				if c.Changed() {
					t.Errorf("again: %s", c)
				}
			}
		})
	}
}

const servoName = "load-balancer-servo"

func TestPaths(t *testing.T) {
	s := opened(t, source("1.1.0"))
	for site, n := range map[string]int{"": 0, "/usr/lib/python2.6/site-packages/": 1} {
		e, err := s.Edit(EditOptions{SitePackages: site})
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, p := range e.Paths() {
			if path.Clean(p) != p || !path.IsAbs(p) {
				t.Errorf("%q", p)
			}
			if p == "/usr/lib/python2.6/site-packages/servo" {
				got++
			}
		}
		if got != n || len(e.Paths()) < 15 {
			t.Errorf("%q: %q", site, e.Paths())
		}
	}
}

// From any release to any other: nothing is left of the first that the second does not have.
func TestReplace(t *testing.T) {
	all := servo.Releases()
	olds, news := map[string]*Source{}, map[string]*Source{}
	for _, r := range all {
		news[r] = opened(t, source(r))
		old := source(r)
		old["servo/gone.py"] = ""
		olds[r] = opened(t, old)
	}
	for i, from := range all {
		for j, to := range all {
			if i != 0 && j != 0 && i-j != 1 && j-i != 1 { // neighbours, and the first with all
				continue
			}
			fresh, tree := image(nil), image(nil)
			s := news[to]
			installed(t, fresh, s, EditOptions{})
			installed(t, tree, olds[from], EditOptions{})
			for _, name := range []string{"servo/main_loop.pyc", "servo/main_loop.pyo", "servo/haproxy/__pycache__/", "servo/old/__init__.py"} {
				p := "usr/lib/python2.6/site-packages/" + name
				_ = tree.Mkdir(strings.TrimSuffix(path.Dir(p), "/"), 0o755) // it may be there
				if strings.HasSuffix(name, "/") {
					tree.Mkdir(path.Clean(p), 0o755)
				} else if err := tree.WriteFile(p, []byte("old"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			tree.Mkdir("usr/share", 0o755)
			tree.Mkdir("usr/share/doc", 0o755)
			tree.Mkdir("usr/share/doc/load-balancer-servo-"+from, 0o755)
			installed(t, tree, s, EditOptions{})
			got := slices.DeleteFunc(tree.Names(), func(n string) bool {
				return n == "usr/share" || n == "usr/share/doc" || n == "etc/cron.d" || n == "usr/lib/tmpfiles.d" || n == "usr/libexec"
			})
			want := slices.DeleteFunc(fresh.Names(), func(n string) bool { return n == "etc/cron.d" || n == "usr/lib/tmpfiles.d" || n == "usr/libexec" })
			if !slices.Equal(got, want) {
				t.Errorf("%s to %s:\n%s", from, to, difference(got, want))
			}
		}
	}
}

func difference(got, want []string) string {
	var b strings.Builder
	for _, n := range got {
		if !slices.Contains(want, n) {
			fmt.Fprintf(&b, "too many: %s\n", n)
		}
	}
	for _, n := range want {
		if !slices.Contains(got, n) {
			fmt.Fprintf(&b, "missing:  %s\n", n)
		}
	}
	return b.String()
}

// A servo of another Python goes, a package of the same name that is not the servo's stays.
func TestOtherPython(t *testing.T) {
	old := "usr/lib64/python2.4/site-packages/"
	tree := image(map[string]string{
		old + "servo/main_loop.py":                                 "",
		old + "Eucalyptus_Loadbalancer_Servo-1.0.0-py2.4.egg-info": "",
		"usr/lib/python2.7/site-packages/servo/__init__.py":        "# motors\n",
		"usr/local/lib/python2.6/site-packages":                    "-> /usr/lib/python2.6/site-packages",
	})
	installed(t, tree, opened(t, source("1.1.0")), EditOptions{})
	names := strings.Join(tree.Names(), "\n") + "\n"
	if strings.Contains(names, old+"servo") || strings.Contains(names, old+"Euca") {
		t.Error("the old one is there")
	}
	for _, want := range []string{"usr/lib/python2.7/site-packages/servo/__init__.py\n", "usr/lib/python2.6/site-packages/servo/main_loop.py\n"} {
		if !strings.Contains(names, want) {
			t.Errorf("%s is not there", want)
		}
	}
}

// A developer's link in the package's place gives way; what it points to stays.
func TestLinkInThePlace(t *testing.T) {
	tree := image(map[string]string{
		"usr/lib/python2.6/site-packages/servo": "-> /home/dev/servo",
		"home/dev/servo/mine.py":                "precious",
	})
	installed(t, tree, opened(t, source("1.1.0")), EditOptions{})
	if data, err := tree.ReadFile("home/dev/servo/mine.py"); err != nil || string(data) != "precious" {
		t.Errorf("%q %v", data, err)
	}
	if info, err := tree.Lstat("usr/lib/python2.6/site-packages/servo"); err != nil || !info.IsDir() {
		t.Errorf("%v %v", info, err)
	}
}

func TestFindPython(t *testing.T) {
	for name, c := range map[string]struct {
		more map[string]string
		want string
		err  string
	}{
		"EL6":               {nil, "2.6 /usr/lib/python2.6/site-packages", ""},
		"EL7 by link":       {map[string]string{"usr/bin/python": "-> python2", "usr/bin/python2": "-> python2.7", "usr/bin/python2.7": "ELF", "usr/lib/python2.7/site-packages/": ""}, "2.7 /usr/lib/python2.7/site-packages", ""},
		"two, same program": {map[string]string{"usr/lib/python2.4/site-packages/": "", "usr/bin/python2.4": "ELF 2.4"}, "2.6 /usr/lib/python2.6/site-packages", ""},
		"two, unclear":      {map[string]string{"usr/lib/python2.4/": "", "usr/bin/python2.6": "", "usr/bin/python": "other"}, "", "2.4 or 2.6"},
		"Debian":            {map[string]string{"usr/bin/python": "-> python2.7", "usr/bin/python2.7": "ELF", "usr/lib/python2.7/dist-packages/": ""}, "2.7 /usr/lib/python2.7/dist-packages", ""},
		"Python 3 alone":    {map[string]string{"usr/bin/python": "-> nothing", "usr/bin/python2.6": "", "usr/bin/python3": "-> python3.11", "usr/bin/python3.11": "ELF", "usr/lib/python3/dist-packages/": "", "usr/lib/python3.11/": ""}, "3.11 /usr/lib/python3/dist-packages", ""},
		"none":              {map[string]string{"usr/bin/python": "", "usr/bin/python2.6": ""}, "", "take an image with Python"},
		"dangling":          {map[string]string{"usr/bin/python": "-> python9", "usr/bin/python2.6": ""}, "", "take an image with Python"},
		"round":             {map[string]string{"usr/bin/python": "-> python", "usr/bin/python2.6": ""}, "", "take an image with Python"},
	} {
		p, err := findPython(image(c.more))
		switch {
		case c.err != "":
			refuses(t, err, c.err)
		case err != nil || p.version+" "+p.site != c.want:
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	if _, err := (&Source{}).Edit(EditOptions{SitePackages: "/opt/packages"}); err == nil {
		t.Error("a folder without a version is taken")
	}
	if _, err := (&Source{}).Edit(EditOptions{LogLevel: "debug\nrm"}); err == nil {
		t.Error("a log level of two lines is taken")
	}
	tree := image(nil)
	installed(t, tree, opened(t, source("1.1.0")), EditOptions{SitePackages: "/usr/local/lib/python2.5/site-packages", LogLevel: "info"})
	if _, err := tree.Lstat("usr/local/lib/python2.5/site-packages/servo/ws/__init__.py"); err != nil {
		t.Error(err)
	}
}

// What the image lacks is said, with the names.
func TestLacks(t *testing.T) {
	tree := image(map[string]string{"etc/sudoers": "Defaults    requiretty\n# no include\n", "usr/lib/python2.6/site-packages/redis/__init__.py": "", "usr/lib/python2.6/site-packages/boto/__init__.py": "", "etc/rc.d/init.d/functions": ""})
	for _, p := range []string{"usr/lib/python2.6/site-packages/boto/__init__.py", "usr/lib/python2.6/site-packages/boto", "usr/sbin/haproxy", "etc/rc.d/init.d/functions"} {
		if err := tree.Remove(p); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	var notes []string
	for _, c := range installed(t, tree, opened(t, source("1.4.0")), EditOptions{}) {
		notes = append(notes, c.Notes...)
	}
	for _, want := range []string{"does not have HAProxy", "has requiretty", "does not include /etc/sudoers.d", "does not have boto", "does not have redis", "/etc/rc.d/init.d/functions, which the image does not have"} {
		if !strings.Contains(strings.Join(notes, "\n"), want) {
			t.Errorf("notes do not say %q: %q", want, notes)
		}
	}
}

// Times are those asked for, folders' too.
func TestTime(t *testing.T) {
	tree := image(nil)
	when := time.Unix(1400000000, 0)
	tree.Now = time.Unix(5, 0)
	for _, c := range overlay.Fold(installed(t, tree, opened(t, source("1.4.1")), EditOptions{Time: when})) {
		if !c.Changed() || c.After == nil {
			continue
		}
		if info, err := tree.Lstat(c.Name()); err != nil || !info.ModTime().Equal(when) {
			t.Errorf("%s: %v %v", c.Path, info.ModTime(), err)
		}
	}
}

// distutils gives a Python that has it, with what makes it the plain one: EL6's, or a later one that still has it.
func distutils(t *testing.T) []string {
	t.Helper()
	for _, name := range []string{"python2.7", "python2", "python3.11", "python3"} {
		c := exec.Command(name, "-W", "ignore", "-c", "import distutils.core")
		c.Env = append(os.Environ(), "SETUPTOOLS_USE_DISTUTILS=stdlib")
		if c.Run() == nil {
			return []string{name, "-B", "-W", "ignore"}
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no Python with distutils is installed")
	}
	t.Skip("no Python with distutils is installed")
	return nil
}

// The real setup.py, run by the real Python into a folder, and our edit: the same files, modes and contents,
// byte code aside.
func TestAsDistutils(t *testing.T) {
	python := distutils(t)
	for _, release := range []string{"1.0.0", "1.0.4", "1.2.0", "1.4.1"} { // those with other lists
		dir, root := t.TempDir(), t.TempDir()
		files := source(release)
		write(t, dir, files)
		s := mustOpen(t, Request{Source: dir})
		args := append(slices.Clone(python), "setup.py", "-q", "build", "-e", "/usr/bin/python", "install", "--no-compile", "--root", root, "--prefix", "/usr", "--install-lib", "/usr/lib/python2.6/site-packages")
		c := exec.Command(args[0], args[1:]...)
		c.Dir = dir
		c.Env = append(os.Environ(), "SETUPTOOLS_USE_DISTUTILS=stdlib", "PYTHONDONTWRITEBYTECODE=1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		tree := image(nil)
		installed(t, tree, s, EditOptions{})
		for name, want := range listing(t, root) {
			ours := name
			if strings.HasSuffix(name, ".egg-info") { // which Python wrote it stands in its name
				ours = name[:strings.LastIndex(name, "-py")] + "-py2.6.egg-info"
			}
			info, err := tree.Lstat(ours)
			if err != nil {
				t.Errorf("%s: Python installs %s: %v", release, name, err)
				continue
			}
			mode := want.mode.Perm()
			if strings.HasPrefix(name, "etc/") && want.mode.IsDir() {
				continue // made on the way, by the umask
			}
			if info.Mode().Perm() != mode || info.IsDir() != want.mode.IsDir() {
				t.Errorf("%s: %s: %v, Python gives %v", release, name, info.Mode(), want.mode)
			}
			if info.IsDir() {
				continue
			}
			data, _ := tree.ReadFile(ours)
			if !bytes.Equal(data, want.data) {
				t.Errorf("%s: %s: %q, Python writes %q", release, name, data, want.data)
			}
		}
		if len(s.setup.packages) < 3 {
			t.Errorf("packages %q", s.setup.packages)
		}
	}
}

type listed struct {
	mode fs.FileMode
	data []byte
}

func listing(t *testing.T, root string) map[string]listed {
	t.Helper()
	out := map[string]listed{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == root {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		l := listed{mode: info.Mode()}
		if info.Mode().IsRegular() {
			if l.data, err = os.ReadFile(p); err != nil {
				return err
			}
		}
		name, err := filepath.Rel(root, p)
		out[name] = l
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 10 {
		t.Fatalf("only %d files", len(out))
	}
	return out
}

// As with install-servo.sh all in the configuration's folder belongs to the servo, also what was there before.
func TestConfigurationBelongsToTheServo(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, source("1.4.1"))
	tree := image(map[string]string{
		"etc/load-balancer-servo/extra/one.conf": "x", "etc/load-balancer-servo/out": "-> /etc/passwd",
	})
	installed(t, tree, mustOpen(t, Request{Source: dir}), EditOptions{})
	for name, want := range map[string]string{
		"etc/load-balancer-servo/extra": "500:500", "etc/load-balancer-servo/extra/one.conf": "500:500", "etc/load-balancer-servo/out": "500:500", "etc/passwd": "0:0",
	} {
		info, err := tree.Lstat(name)
		if err != nil || owner(t, info) != want {
			t.Errorf("%s belongs to %s (%v), not to %s", name, owner(t, info), err, want)
		}
	}
}

// The estimate is not less than what the installation takes.
func TestEstimate(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, source("1.4.1"))
	edit, err := mustOpen(t, Request{Source: dir}).Edit(EditOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tree := image(nil)
	bytes, inodes, err := overlay.Needs(tree, []overlay.Edit{edit}, 4096)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := edit.Apply(tree)
	if err != nil {
		t.Fatal(err)
	}
	var gotBytes, gotInodes int64
	for _, c := range overlay.Fold(changes) {
		if c.Op != overlay.OpCreate {
			continue
		}
		gotInodes++
		if c.After.Mode.IsRegular() {
			gotBytes += (c.After.Size + 4095) / 4096 * 4096
		}
	}
	if inodes < gotInodes || bytes < gotBytes || gotInodes < 10 {
		t.Errorf("%d bytes and %d inodes are estimated, %d and %d taken", bytes, inodes, gotBytes, gotInodes)
	}
}
