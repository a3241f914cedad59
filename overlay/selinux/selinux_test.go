package selinux_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"lbimage/imagebuild/ext"
	"lbimage/overlay"
	"lbimage/overlay/selinux"
	"lbimage/overlay/treetest"
)

const targeted = "SELINUX=enforcing\nSELINUXTYPE=targeted\n"

// image is one that uses SELinux, or would but for what is asked to differ.
func image(config string, more ...string) *treetest.Memory {
	files := map[string]string{
		"etc/selinux/config": config, "etc/passwd": "root:x:0:0::/:\n", "tmp/": "", "opt/": "", "bin": "-> usr/bin", "usr/bin/": "",
		"etc/selinux/targeted/contexts/files/file_contexts": rules[""],
	}
	for i := 0; i < len(more); i += 2 {
		files[more[i]] = more[i+1]
	}
	m := treetest.Fill(files)
	for _, name := range m.Names() {
		m.SetXattr(name, selinux.Attr, []byte("system_u:object_r:old_t:s0\x00"))
	}
	return m
}

func label(t *testing.T, tree overlay.ReadTree, name string) string {
	t.Helper()
	v, err := tree.Xattr(name, selinux.Attr)
	if err != nil {
		return ""
	}
	if len(v) == 0 || v[len(v)-1] != 0 {
		t.Errorf("%s: the label %q does not end in NUL", name, v)
	}
	return strings.TrimRight(string(v), "\x00")
}

func TestLabelled(t *testing.T) {
	m := image(targeted)
	m.RemoveXattr("opt", selinux.Attr)
	tree, report, err := selinux.Labelled(m)
	if err != nil || !report.Active {
		t.Fatal(report, err)
	}
	edits := []overlay.Edit{
		overlay.File{Path: "/etc/app/new", Content: []byte("x")},
		overlay.File{Path: "/etc/passwd", Content: []byte("x")},
		overlay.File{Path: "/bin/tool", Content: []byte("x")},
		overlay.Symlink{Path: "/etc/shadow", Target: "x"},
		overlay.Symlink{Path: "/etc/gshadow", Target: "x"},
		overlay.Dir{Path: "/tmp/a/b"},
	}
	if _, err := overlay.Apply(tree, edits); err != nil {
		t.Fatal(err)
	}
	if err := tree.WriteFrom("usr/bin/streamed", strings.NewReader("x"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := tree.Link("etc/app/new", "usr/bin/linked"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"etc/app": "etc_t", "etc/app/new": "etc_t", "etc/passwd": "old_t", "usr/bin/tool": "bin_t", "etc/shadow": "etc_t",
		"etc/gshadow": "gshadow_link_t", "usr/bin/streamed": "bin_t", "usr/bin/linked": "etc_t",
		"tmp/a": "old_t", "tmp/a/b": "old_t", // <<none>>: the folder's
	} {
		if got := label(t, m, name); got != "system_u:object_r:"+want+":s0" {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if report.Given != 6 || report.Inherited != 2 || report.Unlabelled != 0 || report.Patterns == 0 || len(report.Files) != 1 || len(report.Skipped()) != 0 {
		t.Errorf("%+v %v", report, report.Skipped())
	}
	if _, ok := overlay.As[*treetest.Memory](tree); !ok {
		t.Error("the tree behind it is not to be found")
	}
	// What fails labels nothing.
	if err := tree.Mkdir("etc/none/x", 0o755); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestLabelledTree(t *testing.T) {
	treetest.Run(t, func(t *testing.T) overlay.Tree {
		tree, report, err := selinux.Labelled(image(targeted))
		if err != nil || !report.Active {
			t.Fatal(report, err)
		}
		return tree
	})
}

// On file systems: inodes of 256 bytes take a label, for smaller ones it lies in a block.
func TestLabelledFileSystem(t *testing.T) {
	for name, o := range map[string]ext.FormatOptions{"ext3": {Type: "ext3", InodeSize: 128}, "ext4": {}} {
		t.Run(name, func(t *testing.T) {
			given := 0
			treetest.Run(t, func(t *testing.T) overlay.Tree {
				const size = 24 << 20
				f, err := os.Create(filepath.Join(t.TempDir(), "fs"))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { f.Close() })
				if err := errors.Join(f.Truncate(size), ext.Format(f, size, o)); err != nil {
					t.Fatal(err)
				}
				base, err := ext.OpenWritable(f, size, ext.Options{})
				if err != nil {
					t.Fatal(err)
				}
				_, err = overlay.Apply(base, []overlay.Edit{
					overlay.File{Path: selinux.ConfigPath, Content: []byte(targeted)},
					overlay.File{Path: selinux.ContextsPath("targeted"), Content: []byte(rules[""])},
				})
				if err := errors.Join(err, base.SetXattr(".", selinux.Attr, []byte("system_u:object_r:root_t:s0\x00"))); err != nil {
					t.Fatal(err)
				}
				tree, report, err := selinux.Labelled(base)
				if err != nil || !report.Active {
					t.Fatal(report, err)
				}
				t.Cleanup(func() { given += report.Given })
				return tree
			})
			if given < 10 {
				t.Errorf("only %d files were labelled", given)
			}
		})
	}
}

func TestNotLabelled(t *testing.T) {
	bare := image(targeted)
	for _, name := range bare.Names() {
		bare.RemoveXattr(name, selinux.Attr)
	}
	for why, m := range map[string]*treetest.Memory{
		"the image has no /etc/selinux/config":                                                treetest.NewMemory(),
		"SELinux is disabled (/etc/selinux/config)":                                           image("SELINUX=disabled\n"),
		"the image's files have no labels":                                                    bare,
		"the policy mls has no file contexts (/etc/selinux/mls/contexts/files/file_contexts)": image("SELINUX=permissive\nSELINUXTYPE=mls\n"),
	} {
		tree, report, err := selinux.Labelled(m)
		if err != nil || report.Active || report.Why != why || tree != overlay.Tree(m) || report.Skipped() != nil {
			t.Errorf("%s: %+v, %v", why, report, err)
		}
	}
	for want, m := range map[string]*treetest.Memory{
		"/etc/selinux/config: SELINUXTYPE=\"../x\" is no name":                                   image("SELINUXTYPE=../x\n"),
		"/etc/selinux/targeted/contexts/files/file_contexts.local: not a regular file":           image(targeted, "etc/selinux/targeted/contexts/files/file_contexts.local/x", ""),
		"/etc/selinux/targeted/contexts/files/file_contexts.subs: not a regular file":            image(targeted, "etc/selinux/targeted/contexts/files/file_contexts.subs/x", ""),
		"/etc/selinux/targeted/contexts/files/file_contexts.homedirs: 16777217 bytes, more than": image(targeted, "etc/selinux/targeted/contexts/files/file_contexts.homedirs", strings.Repeat("\n", 16<<20+1)),
		"more than 200000 patterns": image(targeted, "etc/selinux/targeted/contexts/files/file_contexts.homedirs", strings.Repeat("a u:r:t\n", 200001)),
	} {
		if _, _, err := selinux.Labelled(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestReadConfig(t *testing.T) {
	for text, want := range map[string]selinux.Config{
		"": {Type: "targeted"},
		"# SELINUX=disabled\nSELINUX=Enforcing  \n":                                                           {Mode: "enforcing", Type: "targeted"},
		" SELINUX=permissive\nSELINUX= disabled\nSELINUX=enforcing\nSELINUXTYPE=mls \nSELINUXTYPE=strict\r\n": {Mode: "disabled", Type: "strict"},
		"SELINUX=disabled # for now\nSELINUXTYPE=targeted":                                                    {Mode: "disabled", Type: "targeted"},
		"SELINUX=off\nSETLOCALDEFS=0\n":                                                                       {Type: "targeted"},
	} {
		got, err := selinux.ReadConfig(treetest.Fill(map[string]string{"etc/selinux/config": text}))
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	// EL links /etc/sysconfig/selinux to it; the other way round works, too.
	got, err := selinux.ReadConfig(treetest.Fill(map[string]string{"etc/sysconfig/selinux": targeted, "etc/selinux/config": "-> ../sysconfig/selinux"}))
	if err != nil || got.Mode != "enforcing" {
		t.Errorf("%+v, %v", got, err)
	}
}

// What cannot be used is left out and said; the rest counts.
func TestSkipped(t *testing.T) {
	c := load(t, map[string]string{"": "/a/.*	u:r:a_t\n/a(?!b)	u:r:b_t\n/(a)\\1	u:r:b_t\n/a/b\n/a/c	-x	u:r:b_t\n/a/d	label\n/a/e	u:r:\x01\n/a/f	::\n" +
		"/" + strings.Repeat("x", 5000) + "	u:r:t\n/((a{100}){100}){100}	u:r:t\n"})
	var got []string
	for _, s := range c.Skipped() {
		got = append(got, strings.TrimPrefix(s.String(), selinux.ContextsPath("test")))
	}
	want := []string{
		":2: the pattern is beyond package regexp (invalid or unsupported Perl syntax)",
		":3: the pattern is beyond package regexp (invalid escape sequence)",
		":4: a pattern without a context",
		`:5: "-x" is no type of file`,
		`:6: "label" is no context`,
		`:7: "u:r:\x01" is no context`,
		`:8: "::" is no context`,
		":9: a pattern of more than 4096 bytes",
		":10: the pattern is beyond package regexp (invalid repeat count)",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if l, ok := c.Lookup("/a/b", 0); !ok || l != "u:r:a_t" {
		t.Error(l, ok)
	}
}

// The index and the exact paths change nothing: the answer is that of trying every pattern.
func TestIndexAgainstAll(t *testing.T) {
	c := load(t, rules)
	for _, p := range asked {
		for _, mode := range types {
			a, aok := c.Lookup(p, mode)
			b, bok := selinux.LookupAll(c, p, mode)
			if a != b || aok != bok {
				t.Errorf("%s: %s, without the index %s", p, a, b)
			}
		}
	}
}

func FuzzContexts(f *testing.F) {
	f.Add(rules[""], rules[".subs_dist"], "/etc/shadow")
	f.Add("/a|/b	u:r:t\n/a?b*	-d	<<none>>\n", "/x /\n/ /y\n", "/x/b")
	f.Add("[^/]+	u:r:t\n(?i)/ab	u:r:t\n/\xff.\\/	u:r:t", "", "/\xffa/")
	f.Add("/a\\db	u:r:t\n\\	u:r:t\n/a{0}b	u:r:t\n^/a$	u:r:t", "//", "")
	f.Fuzz(func(t *testing.T, contexts, subs, path string) {
		if len(contexts) > 1<<14 || len(path) > 1<<10 {
			return
		}
		main := strings.TrimPrefix(selinux.ContextsPath("t"), "/")
		c, err := selinux.Load(treetest.Fill(map[string]string{main: contexts, main + ".subs_dist": subs}), "t")
		if err != nil {
			t.Fatal(err)
		}
		for _, mode := range []fs.FileMode{0, fs.ModeDir} {
			a, aok := c.Lookup(path, mode)
			b, bok := selinux.LookupAll(c, path, mode)
			if a != b || aok != bok {
				t.Errorf("%q: %q %v, without the index %q %v", path, a, aok, b, bok)
			}
			if aok && (strings.Count(a, ":") < 2 || !utf8.ValidString(a)) {
				t.Errorf("%q is no label", a)
			}
		}
	})
}

// A file gets the type that the policy has for it, and keeps the rest of its label unless it is forced.
func TestRelabel(t *testing.T) {
	m := image(targeted, "usr/bin/tool", "x", "tmp/x", "x")
	tree, _, err := selinux.Labelled(m)
	if err != nil {
		t.Fatal(err)
	}
	relabel, ok := selinux.CanRelabel(overlay.WithPolicy(tree, overlay.Policy{}))
	if !ok {
		t.Fatal("no tree that relabels is found")
	}
	if _, ok := selinux.CanRelabel(m); ok {
		t.Error("a tree without a policy relabels")
	}
	for _, c := range []struct {
		name, have, want string
		force, changed   bool
	}{
		{"usr/bin/tool", "user_u:object_r:old_t:s0:c1", "user_u:object_r:bin_t:s0:c1", false, true},
		{"usr/bin/tool", "user_u:object_r:bin_t:s0:c1", "user_u:object_r:bin_t:s0:c1", false, false},
		{"usr/bin/tool", "user_u:object_r:bin_t:s0:c1", "system_u:object_r:bin_t:s0", true, true},
		{"usr/bin/tool", "", "system_u:object_r:bin_t:s0", false, true},
		{"tmp/x", "user_u:object_r:old_t:s0", "user_u:object_r:old_t:s0", true, false}, // <<none>>
	} {
		if c.have == "" {
			m.RemoveXattr(c.name, selinux.Attr)
		} else {
			m.SetXattr(c.name, selinux.Attr, []byte(c.have+"\x00"))
		}
		changed, err := relabel.Relabel(c.name, c.force)
		if got := label(t, m, c.name); err != nil || changed != c.changed || got != c.want {
			t.Errorf("%+v: %s, changed %v, %v", c, got, changed, err)
		}
	}
	m.SetXattr("usr/bin/tool", selinux.Attr, []byte("nonsense\x00"))
	if _, err := relabel.Relabel("usr/bin/tool", false); err == nil || !strings.HasPrefix(err.Error(), "/usr/bin/tool: ") {
		t.Errorf("a label that is none: %v", err)
	}
	if _, err := relabel.Relabel("none", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
