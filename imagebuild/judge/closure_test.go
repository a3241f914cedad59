//go:build linux

package judge

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"lbimage/imagebuild/ldso"
	"lbimage/overlay/treetest"
)

// library makes a library of x86_64 that needs others.
func library(needed ...string) string { return string(program("", needed, nil)) }

// collected gives the paths in a closure, and the order in which libraries are looked for.
func collected(t *testing.T, tree Tree) (paths, folders []string, err error) {
	t.Helper()
	b, err := InspectTree(tree, "/usr/sbin/haproxy")
	if err != nil {
		t.Fatal(err)
	}
	var store bytes.Buffer
	c, err := collect(tree, "/usr/sbin/haproxy", b, &store, defaultFiles, defaultBytes)
	for _, e := range c.entries {
		paths = append(paths, e.Path)
		want, err := ldso.Small(tree, e.Path, maxSmall)
		if e.Path == "/etc/nsswitch.conf" {
			want = []byte(nsswitch)
		}
		got := store.Bytes()[e.Offset:][:e.Size]
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is %q, not %q, %v", e.Path, got, want, err)
		}
		if e.Exec != (e.Path == "/usr/sbin/haproxy" || e.Path == b.Interpreter) {
			t.Errorf("%s: a program: %v", e.Path, e.Exec)
		}
	}
	if err == nil && c.bytes != int64(store.Len()) {
		t.Errorf("%d bytes of %d", c.bytes, store.Len())
	}
	return paths, c.folders, err
}

func TestClosure(t *testing.T) {
	foreign := []byte(library())
	foreign[18] = 3 // i386
	tree := treetest.Fill(map[string]string{
		"usr/sbin/haproxy": string(program("/lib64/ld.so", []string{"liba.so", "libc.so.6"}, []string{"$ORIGIN/../own", "relative", "$OTHER/x"})),
		"lib64":            "-> usr/lib64",
		"usr/lib64/ld.so":  library(),
		"usr/own/liba.so":  library("libb.so", "ld.so"),
		// Found by a configuration that another includes, behind links; the first that fits counts.
		"etc/ld.so.conf":              "include /etc/ld.so.conf.d/*.conf\ninclude ld.so.conf\n/first # a comment\nhwcap 1 x\n",
		"etc/ld.so.conf.d/b.conf":     "/opt/b=libc6, /opt/c",
		"etc/ld.so.conf.d/no.txt":     "/opt/no",
		"opt/b/libb.so":               string(foreign),
		"opt/c":                       "-> /opt/d",
		"opt/d/libb.so":               "-> libb.so.1.2",
		"opt/d/libb.so.1.2":           library("liba.so", "libc.so.6"),
		"opt/no/libb.so":              library("nowhere"),
		"usr/lib64/libc.so.6":         library("ld.so"),
		"usr/lib64/libnss_files.so.2": library("libc.so.6"),
		"first/libc.so.6":             "junk",
		"etc/passwd":                  "servo:x:1:1::/:\n",
		"etc/group":                   "-> ../private/group",
		"private/group":               "servo:x:1:\n",
		"etc/hosts/":                  "",
		"etc/ld.so.cache":             "not read",
	})
	paths, folders, err := collected(t, tree)
	if err != nil {
		t.Fatal(err)
	}
	want := "/etc/group /etc/nsswitch.conf /etc/passwd /lib64/ld.so /lib64/libc.so.6 /lib64/libnss_files.so.2 /opt/c/libb.so /usr/own/liba.so /usr/sbin/haproxy"
	if got := strings.Join(paths, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := strings.Join(folders, " "); got != "/usr/own /lib64 /opt/c" {
		t.Errorf("folders %s", got)
	}
}

func TestClosureLacks(t *testing.T) {
	files := map[string]string{
		"usr/sbin/haproxy": string(program("/lib64/ld.so", []string{"liba.so", "libz.so.1"}, nil)),
		"lib64/ld.so":      library(), "lib64/liba.so": library("libb.so.2", "../evil.so", "libz.so.1"),
	}
	_, _, err := collected(t, treetest.Fill(files))
	if !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "lacks libraries that its HAProxy needs: libz.so.1, libb.so.2, ../evil.so") {
		t.Errorf("%v", err)
	}
	delete(files, "lib64/ld.so")
	_, _, err = collected(t, treetest.Fill(files))
	if !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "the image lacks its loader /lib64/ld.so") {
		t.Errorf("%v", err)
	}
	_, err = FromTree(treetest.NewMemory(), "/usr/sbin/haproxy", Options{})
	if !errors.Is(err, ErrNoVerdict) {
		t.Errorf("no haproxy: %v", err)
	}
	_, err = FromTree(treetest.Fill(map[string]string{"usr/sbin/haproxy": "#!/bin/sh\n"}), "/usr/sbin/haproxy", Options{})
	if !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "a script") {
		t.Errorf("a script: %v", err)
	}
}

func TestClosureLimits(t *testing.T) {
	tree := treetest.Fill(map[string]string{
		"usr/sbin/haproxy": string(program("/lib64/ld.so", []string{"liba.so"}, nil)),
		"lib64/ld.so":      library(), "lib64/liba.so": library(),
	})
	for _, o := range []Options{{MaxFiles: 2}, {MaxBytes: 300}} {
		o.TempDir = t.TempDir()
		_, err := FromTree(tree, "/usr/sbin/haproxy", o)
		if !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "more than") {
			t.Errorf("%+v: %v", o, err)
		}
		if left, _ := os.ReadDir(o.TempDir); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// full is a disk with no room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestNoRoom(t *testing.T) {
	tree := treetest.Fill(map[string]string{"usr/sbin/haproxy": string(program("", nil, nil))})
	_, err := collect(tree, "/usr/sbin/haproxy", Binary{}, full{}, defaultFiles, defaultBytes)
	if !errors.Is(err, syscall.ENOSPC) || errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "make room there") {
		t.Errorf("%v", err)
	}
}

// broken is a tree whose disk gives errors.
type broken struct {
	Tree
	name string
}

var errDisk = errors.New("input/output error")

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, errDisk
	}
	return b.Tree.Open(name)
}

// TestUnreadable: a file system that cannot be read is a fault of its own, not a missing judge.
func TestUnreadable(t *testing.T) {
	tree := treetest.Fill(map[string]string{
		"usr/sbin/haproxy": string(program("/lib64/ld.so", []string{"liba.so"}, nil)),
		"lib64/ld.so":      library(), "lib64/liba.so": library(), "etc/passwd": "x",
	})
	for _, name := range []string{"usr/sbin/haproxy", "lib64/liba.so", "lib64/ld.so", "etc/passwd"} {
		_, err := FromTree(broken{tree, name}, "/usr/sbin/haproxy", Options{TempDir: t.TempDir()})
		if !errors.Is(err, errDisk) || errors.Is(err, ErrNoVerdict) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNamed(t *testing.T) {
	text := "defaults\n errorfile 503 /e/503.http # crt /no\n errorfile 504 \"/e/with space\"\n" +
		"frontend f\n bind :443 ssl crt /c/a.pem ca-file /c/ca\\ b.pem\n use_backend %[src,map_ip(/m/a.map,b)]\n" +
		" acl x hdr(host) -f /l/hosts\n stats socket /run/x user root\n server s 1.2.3.4:5 crt relative\n errorfile 503 /e/503.http\n"
	want := []string{"/e/503.http", "/e/with space", "/c/a.pem", "/c/ca b.pem", "/m/a.map", "/l/hosts"}
	if got := named([]byte(text)); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestGather(t *testing.T) {
	tree := treetest.Fill(map[string]string{"c/a.pem": "A", "c/b.pem": "-> /d/b", "d/b": "B", "c/sub/x": "X", "e": "-> nowhere", "m": "M"})
	p, err := place(Config{
		Files: []File{{"x", []byte("frontend f\n bind :1 ssl crt /c\n errorfile 500 /e\n errorfile 503 /given\n acl a src -f /m\n acl a src -f /x\n")}},
		Extra: map[string][]byte{"/given": nil},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.gather(tree, closure{}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range p.extra {
		got = append(got, f.Name+"="+string(f.Data))
	}
	if strings.Join(got, " ") != "/given= /c/a.pem=A /c/b.pem=B /m=M" {
		t.Errorf("%q", got)
	}
}

func TestAdapt(t *testing.T) {
	no := func(string) bool { return false }
	a := adaptation{hasUser: no, hasGroup: func(n string) bool { return n == "wheel" }, why: "why", prefix: "/pre fix",
		hasFile: func(n string) bool { return n != "/e/gone" }}
	text := "global\n\tuser servo\r\n group wheel\n  stats socket /s user servo group wheel level admin\nuserlist u\n user bob password x\n" +
		"defaults\n errorfile 503 /e/503\n errorfile 504 /e/gone\nlisten l\n bind :1 crt '/c d' # crt /x"
	want := "global\n#\tuser servo\r\n group wheel\n  stats socket /s  group wheel level admin\nuserlist u\n user bob password x\n" +
		"defaults\n errorfile 503 /pre\\ fix/e/503\n# errorfile 504 /e/gone\nlisten l\n bind :1 crt /pre\\ fix/c\\ d # crt /x"
	got, notes := a.adapt("t", []byte(text))
	if string(got) != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if len(notes) != 3 || notes[0] != `t, line 2, was set aside: user "servo": why` ||
		notes[1] != `t, line 4, was judged without user "servo": why` || !strings.HasPrefix(notes[2], "t, line 9, was set aside: /e/gone was not given") {
		t.Errorf("%q", notes)
	}
	if got, notes := (adaptation{}).adapt("t", []byte(text)); string(got) != text || notes != nil {
		t.Error("nothing had to change")
	}
}
