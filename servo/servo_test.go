package servo

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"lbimage/haproxy-config"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

func version(t *testing.T, s string) Version {
	t.Helper()
	v, err := haproxyconfig.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Each release brings what the table says, and every version in the tables can be read.
func TestLayout(t *testing.T) {
	bring := func(release string) []string {
		files, err := Layout(version(t, release))
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, f := range files {
			out = append(out, f.Path)
		}
		return out
	}
	always := 0
	for _, s := range table {
		if s.since == "1.0.0" && s.until == "" {
			always++
		}
	}
	for release, extra := range map[string][]string{
		"1.0.0": {},
		"1.0.1": {"ntp-update", "cron.d"},
		"1.0.4": {"ntp-update", "dns-update", "cron.d"},
		"1.1.0": {"ntp-update", "cron.d"},
		"1.2.1": {"503.http", "ntp-update", "cron.d"},
		"1.3.0": {"503.http", "ntp-update", "tmpfiles.d"},
		"1.4.1": {"503.http", "servo-prep", "tmpfiles.d", "log4j.xml"},
	} {
		got := bring(release)
		if len(got) != always+len(extra) {
			t.Errorf("%s: %d files, want %d: %q", release, len(got), always+len(extra), got)
		}
		for _, e := range extra {
			if !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, e) }) {
				t.Errorf("%s: no %s", release, e)
			}
		}
	}
	for _, bad := range []string{"0.9.0", "1.4.2", "2.0"} {
		if _, err := Layout(version(t, bad)); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	for _, r := range Releases() {
		bring(r)
	}
}

func TestStockTemplate(t *testing.T) {
	const (
		first, second, third = "09c59acf2a356fba5b9681470575882f04a11c809e6ac9d6489cf81eb3d4e7e3", "f21ace2fa4170da0a5c4f542319ee0acfa71a18cca08024cb08164985056992a", "b48716c25ee3d6e2a069118604b91e390f40c431b1d30c3ad92f46c3ae69ebbf"
		fourth, fifth        = "96e35676c4c589a59e42574d5bec3202cc8299c30e5467dd43bc8482d01279a6", "f786ae469144a44ac5a31af789250221c54e9799b3ae0a3266407ddc80484351"
	)
	for release, digest := range map[string]string{
		"1.0.0": first, "1.0.1": second, "1.0.3": second, "1.0.4": third, "1.1.0": fourth, "1.1.2": fourth, "1.2.0": fifth, "1.4.1": fifth,
	} {
		text, err := StockTemplate(version(t, release))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != digest {
			t.Errorf("%s: another text, with the digest %s", release, got)
		}
		if !slices.Contains(StockReleases(text), release) {
			t.Errorf("%s: its template is not known as its own", release)
		}
	}
	seen := map[[32]byte]string{}
	for _, r := range stockSince {
		text, err := StockTemplate(version(t, r))
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[sha256.Sum256(text)]; ok {
			t.Errorf("%s and %s ship one text", r, other)
		}
		seen[sha256.Sum256(text)] = r
		if got := StockReleases(append(text, '\n')); len(got) == 0 || got[0] != r {
			t.Errorf("%s: with a newline more it is taken for %q", r, got)
		}
		if got := StockReleases(append([]byte(" "), text...)); got != nil {
			t.Errorf("%s: with a blank before it, it is taken for %q", r, got)
		}
	}
	if got := StockReleases(nil); got != nil {
		t.Errorf("nothing is taken for %q", got)
	}
}

// el6 is an image with the servo of a release, as its RPM installs it.
func el6(t *testing.T, release string) *treetest.Memory {
	t.Helper()
	m := treetest.Fill(map[string]string{
		"etc/passwd": "root:x:0:0::/:\nservo:x:498:497::/var/lib/load-balancer-servo:/sbin/nologin\n",
		"etc/group":  "root:x:0:\nservo:x:497:\n", "etc/rc.d/init.d/": "", "etc/init.d": "-> rc.d/init.d",
		"usr/lib/python2.6/site-packages/servo/__init__.py": "__version__ = '1.0.0-dev'\n",
		"usr/sbin/haproxy": "\x7fELF",
	})
	if release == "" {
		return m
	}
	files, err := Layout(version(t, release))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := strings.Replace(f.Path, SitePackages, "/usr/lib/python2.6/site-packages", 1)
		mode, owner := f.Mode, f.Owner
		var e overlay.Edit = overlay.File{Path: name, Content: []byte(name), Mode: &mode, Owner: &owner}
		if f.Mode.IsDir() {
			e = overlay.Dir{Path: name, Mode: &mode, Owner: &owner}
		}
		if name == "/"+TemplatePath {
			text, err := StockTemplate(version(t, release))
			if err != nil {
				t.Fatal(err)
			}
			e = overlay.File{Path: name, Content: text, Mode: &mode, Owner: &owner}
		}
		if _, err := e.Apply(m); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func put(t *testing.T, m *treetest.Memory, name string) {
	t.Helper()
	if _, err := (overlay.File{Path: name, Content: []byte("x")}).Apply(m); err != nil {
		t.Fatal(err)
	}
}

func TestDetect(t *testing.T) {
	for _, c := range []struct {
		name  string
		tree  func() *treetest.Memory
		want  string // Summary
		files int
	}{
		{"nothing", func() *treetest.Memory { return treetest.NewMemory() }, "no servo", 0},
		{"template alone", func() *treetest.Memory {
			return treetest.Fill(map[string]string{TemplatePath: "global\n"})
		}, "no servo", 2},
		{"1.0.0", func() *treetest.Memory { return el6(t, "1.0.0") }, "servo of unknown version", 10},
		{"1.0.1", func() *treetest.Memory { return el6(t, "1.0.1") }, "servo, by its files from 1.0.1 to 1.2.1", 12},
		{"1.0.4", func() *treetest.Memory { return el6(t, "1.0.4") }, "servo, by its files 1.0.4", 13},
		{"1.2.0", func() *treetest.Memory { return el6(t, "1.2.0") }, "servo, by its files from 1.2.0 to 1.2.1", 13},
		{"1.3.0", func() *treetest.Memory { return el6(t, "1.3.0") }, "servo, by its files 1.3.0", 13},
		{"1.4.1", func() *treetest.Memory { return el6(t, "1.4.1") }, "servo, by its files at least 1.4.0", 14},
		{"mixed", func() *treetest.Memory {
			m := el6(t, "1.4.1")
			put(t, m, "/usr/libexec/load-balancer-servo/dns-update")
			return m
		}, "servo of unknown version", 15},
		{"metadata", func() *treetest.Memory {
			m := el6(t, "1.1.0")
			put(t, m, "/usr/lib/python2.6/site-packages/Eucalyptus_Loadbalancer_Servo-1.1.0-py2.6.egg-info")
			return m
		}, "servo 1.1.0", 12},
		{"metadata without a version", func() *treetest.Memory {
			m := el6(t, "1.0.4")
			put(t, m, "/usr/lib/python2.6/site-packages/Eucalyptus_Loadbalancer_Servo-0-py2.6.egg-info")
			return m
		}, "servo, by its files 1.0.4", 13},
		{"documentation", func() *treetest.Memory {
			m := el6(t, "1.0.1")
			put(t, m, "/usr/share/doc/load-balancer-servo-1.0.2/LICENSE")
			return m
		}, "servo 1.0.2", 12},
		{"documentation without a servo", func() *treetest.Memory {
			return treetest.Fill(map[string]string{"usr/share/doc/load-balancer-servo-1.0.2/x": ""})
		}, "no servo", 0},
		{"tmpfiles in /etc", func() *treetest.Memory {
			m := el6(t, "")
			put(t, m, "/etc/tmpfiles.d/load-balancer-servo.conf")
			return m
		}, "servo, by its files at least 1.3.0", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, err := Detect(c.tree())
			if err != nil {
				t.Fatal(err)
			}
			if in.Summary() != c.want || len(in.Files) != c.files {
				t.Errorf("%s, %d files; want %s, %d: %+v", in.Summary(), len(in.Files), c.want, c.files, in)
			}
			if c.want == "no servo" {
				return
			}
			if in.SitePackages != "/usr/lib/python2.6/site-packages" || in.HAProxy == nil || in.HAProxy.Size != 4 {
				t.Errorf("%+v", in)
			}
		})
	}
	in, err := Detect(el6(t, "1.0.4"))
	if err != nil {
		t.Fatal(err)
	}
	if f := in.Template; f == nil || f.UID != 498 || f.GID != 497 || f.Mode != "0644" {
		t.Errorf("%+v", f)
	}
	i := slices.IndexFunc(in.Files, func(f Found) bool { return f.Path == "/var/lib/load-balancer-servo" })
	if i < 0 || in.Files[i].Mode != "6700" {
		t.Errorf("%+v", in.Files)
	}
	if i := slices.IndexFunc(in.Files, func(f Found) bool { return f.Path == "/etc/rc.d/init.d/load-balancer-servo" }); i < 0 {
		t.Errorf("the start script behind the link is not found: %+v", in.Files)
	}
}

// brokenTree cannot be read in one place.
type brokenTree struct {
	*treetest.Memory
	name string
}

var errBroken = errors.New("block 99 lies outside the file system")

func (b brokenTree) Lstat(name string) (fs.FileInfo, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: errBroken}
	}
	return b.Memory.Lstat(name)
}

func TestDetectTellsDamage(t *testing.T) {
	for _, name := range []string{"etc", "usr/lib", "usr/sbin/haproxy", "etc/load-balancer-servo/boto.cfg"} {
		_, err := Detect(brokenTree{el6(t, "1.0.4"), name})
		if !errors.Is(err, errBroken) || !strings.HasPrefix(fmt.Sprint(err), "/"+name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What was tagged 1.4.1 and calls itself 1.5.0 is judged as the former.
func TestMisnamedRelease(t *testing.T) {
	if got := (Installed{Version: "1.5.0"}).Known(); got != parse("1.4.1") {
		t.Errorf("taken for %s", got)
	}
	if got := (Installed{Version: "1.2.0"}).Known(); got != parse("1.2.0") {
		t.Errorf("taken for %s", got)
	}
}
