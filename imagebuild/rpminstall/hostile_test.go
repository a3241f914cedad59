package rpminstall_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
)

// TestHostilePackages installs what wants to get out of the image, or to harm it.
func TestHostilePackages(t *testing.T) {
	file := func(path string) rpm.SpecFile { return rpm.SpecFile{Path: path, Mode: 0o644} }
	post := func(script string) rpm.Spec {
		return rpm.Spec{PostInstall: script, Files: []rpm.SpecFile{file("/srv/x")}}
	}
	files := func(list ...rpm.SpecFile) rpm.Spec { return rpm.Spec{Files: list} }
	for name, c := range map[string]struct {
		spec rpm.Spec
		tree []string
		want string
	}{
		"a long line":         {spec: post(strings.Repeat("a", 1<<20)), want: "more than the 65536 that are followed"},
		"a long name":         {spec: post("useradd " + strings.Repeat("a", 60_000)), want: "user name"},
		"a folder leads out":  {spec: files(file("/opt/x/f")), tree: []string{"opt/x", "-> ../../../../../tmp/evil"}, want: "points into a folder that the image does not have"},
		"a folder is a loop":  {spec: files(file("/opt/x/f")), tree: []string{"opt/x", "-> x"}, want: "too many levels"},
		"a folder is a file":  {spec: files(file("/opt/x/f")), tree: []string{"opt/x", "text"}, want: "not a directory"},
		"below its own file":  {spec: files(file("/opt/a"), file("/opt/a/b")), want: "not a directory"},
		"below its own link":  {spec: files(rpm.SpecFile{Path: "/opt/a", Mode: fs.ModeSymlink | 0o777, Link: "/etc"}, file("/opt/a/passwd")), want: "below a symbolic link that the package itself makes"},
		"over a folder":       {spec: files(file("/etc")), want: "the image has a folder there"},
		"a fork bomb":         {spec: post("f() { f; f; }; f"), want: "nested more than"},
		"loops in loops":      {spec: post(strings.Repeat("for i in a b c d e f g h; do ", 20) + ":; " + strings.Repeat("done; ", 20)), want: "steps"},
		"braces in braces":    {spec: post("touch /opt/" + strings.Repeat("{a,b}", 20)), want: "too many words"},
		"too much to do":      {spec: post("mkdir /opt; for i in a b c d e f g h; do for j in a b c d e f g h; do touch /opt/$i$j{a,b,c,d,e,f,g,h,i,j}{a,b,c,d,e,f,g,h,i,j}{a,b}; done; done"), want: "changes more than"},
		"the whole of etc":    {spec: post("rm -rf /usr/../etc"), want: "not removed"},
		"etc by another name": {spec: post("rm -rf /l/"), tree: []string{"l", "-> /etc"}, want: ""}, // a link is removed, not what it leads to
		"all owners":          {spec: post("chown -R daemon /etc/../usr"), want: "at the top of the image"},
		"a second root":       {spec: post("useradd 'a\nroot2:x:0:0::/:/bin/sh'"), want: "user name"},
		"a root by home":      {spec: post("useradd -d '/a\nroot2:x:0:0::/:/bin/sh' u"), want: "line ends"},
		"a root by comment":   {spec: post("usermod -c 'a:/:/bin/sh\nr:x:0:0:' daemon"), want: "line ends"},
	} {
		tree := image(append([]string{"usr/lib/python/x", ""}, c.tree...)...)
		etc, passwd := has(tree, "etc/passwd"), read(t, tree, "etc/passwd")
		_, err := apply(t, tree, write(t, c.spec), rpminstall.Options{})
		if c.want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the message has several lines: %v", name, err)
		}
		if len(c.spec.PostInstall) > 0 && err != nil && !errors.Is(err, rpminstall.ErrScript) {
			t.Errorf("%s: the message does not say what to do about a script: %v", name, err)
		}
		if has(tree, "etc/passwd") != etc || read(t, tree, "etc/passwd") != passwd {
			t.Errorf("%s: /etc/passwd is another", name)
		}
		if has(tree, "tmp/evil") {
			t.Errorf("%s: something is where the link leads", name)
		}
	}
}

// FuzzPackage installs packages of which bytes were changed.
func FuzzPackage(f *testing.F) {
	var b bytes.Buffer
	s := servo("1.0.4")
	s.Summary, s.License, s.BuildTime = "x", "x", made
	if err := rpm.Write(&b, s); err != nil {
		f.Fatal(err)
	}
	good := b.Bytes()
	f.Add(uint16(100), uint8(1), uint16(3000), uint8(255), uint16(0))
	f.Add(uint16(0), uint8(0), uint16(0), uint8(0), uint16(1000))
	f.Fuzz(func(t *testing.T, at1 uint16, by1 uint8, at2 uint16, by2 uint8, cut uint16) {
		data := bytes.Clone(good)
		data[int(at1)%len(data)] ^= by1
		data[int(at2)%len(data)] ^= by2
		data = data[:len(data)-int(cut)%len(data)]
		path := filepath.Join(t.TempDir(), "x.rpm")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		p, err := rpminstall.Open(t.Context(), path, rpminstall.OpenOptions{})
		if err != nil {
			return
		}
		defer p.Close()
		e, err := p.Edit(rpminstall.Options{Time: made})
		if err != nil {
			return
		}
		tree := image()
		if _, err := e.Run(tree); err == nil && !has(tree, "usr/bin/load-balancer-servo") && bytes.Equal(data, good) {
			t.Error("nothing was installed")
		}
	})
}
