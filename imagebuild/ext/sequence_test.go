package ext

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// operation is one of a small alphabet, on an FS and on a model.
type operation struct {
	name string
	real func(*FS) error
	want func(*model) error
}

func alphabet() []operation {
	file := func(m *model, name string) (*thing, error) {
		_, _, n := m.at(name)
		if n == nil || !n.mode.IsRegular() {
			return nil, errModel
		}
		return n, nil
	}
	write := func(name string, b []byte) operation {
		return operation{"write " + name, func(f *FS) error { return f.WriteFile(name, b, 0o640) }, func(m *model) error {
			_, _, n := m.at(name)
			if n == nil {
				n = newThing(0o640)
				if err := m.add(name, n); err != nil {
					return err
				}
			}
			if !n.mode.IsRegular() {
				return errModel
			}
			n.truncate(0)
			n.write(b, 0)
			return nil
		}}
	}
	truncate := func(name string, size int) operation {
		return operation{"truncate " + name + " " + itoa(uint32(size)), func(f *FS) error { return f.Truncate(name, int64(size)) }, func(m *model) error {
			n, err := file(m, name)
			if err == nil {
				n.truncate(size)
			}
			return err
		}}
	}
	rename := func(old, new string) operation {
		return operation{"rename " + old + " " + new, func(f *FS) error { return f.Rename(old, new) }, func(m *model) error { return m.rename(old, new) }}
	}
	link := func(old, new string) operation {
		return operation{"link " + old + " " + new, func(f *FS) error { return f.Link(old, new) }, func(m *model) error { return m.link(old, new) }}
	}
	remove := func(name string) operation {
		return operation{"remove " + name, func(f *FS) error { return f.Remove(name) }, func(m *model) error { return m.remove(name, false) }}
	}
	mkdir := func(name string) operation {
		return operation{"mkdir " + name, func(f *FS) error { return f.Mkdir(name, 0o750) }, func(m *model) error { return m.add(name, newThing(fs.ModeDir|0o750)) }}
	}
	symlink := func(target, name string) operation {
		return operation{"symlink " + name, func(f *FS) error { return f.Symlink(target, name) }, func(m *model) error {
			n := newThing(fs.ModeSymlink | 0o777)
			n.target = target
			return m.add(name, n)
		}}
	}
	setxattr := func(name string, size int) operation {
		value := strings.Repeat("v", size)
		return operation{"setxattr " + name + " " + itoa(uint32(size)), func(f *FS) error { return f.SetXattr(name, "security.test", []byte(value)) }, func(m *model) error {
			_, _, n := m.at(name)
			if n == nil {
				return errModel
			}
			n.attrs["security.test"] = value
			return nil
		}}
	}
	return []operation{
		write("a", data("a", 5000)), write("d/x", data("x", 15_000)), truncate("a", 9000), truncate("d/x", 10),
		{"append a", func(f *FS) error {
			w, err := f.OpenFile("a", os.O_WRONLY|os.O_APPEND, 0)
			if err == nil {
				_, err = w.Write(data("more", 3000))
			}
			return err
		}, func(m *model) error {
			n, err := file(m, "a")
			if err == nil {
				n.write(data("more", 3000), len(n.data))
			}
			return err
		}},
		rename("a", "b"), rename("a", "d/x"), rename("d", "e"), rename("e", "d"), rename("d/x", "a"), rename("d", "d/x"),
		link("a", "b"), link("a", "d/x"), remove("a"), remove("b"), remove("d/x"), remove("d"), mkdir("d"), mkdir("e"), mkdir("d/x"),
		symlink("nowhere/at/all", "b"), symlink(strings.Repeat("far/", 30), "d/x"), setxattr("a", 20), setxattr("a", 600), setxattr("d", 700),
	}
}

// Every sequence of two operations, or of EXT_SEQUENCE, leaves what the model has
// and what the checkers find nothing wrong with.
func TestSequences(t *testing.T) {
	need(t, "e2fsck")
	depth := 2
	if os.Getenv("EXT_SEQUENCE") == "3" {
		depth = 3
	}
	ops := alphabet()
	for name, o := range map[string]FormatOptions{
		"ext3 1k": {Type: "ext3", BlockSize: 1024, InodeSize: 128, JournalBlocks: -1},
		"ext3 4k": {Type: "ext3", BlockSize: 4096, JournalBlocks: -1},
		"ext4 1k": {Type: "ext4", BlockSize: 1024, JournalBlocks: -1},
		"ext4 4k": {Type: "ext4", BlockSize: 4096, JournalBlocks: -1, Modern: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const size = 512 << 10
			o.Inodes, o.Time = 32, stampTime
			base := &ram{make([]byte, size), 1 << 30}
			must(t, Format(base, size, o))
			img := filepath.Join(t.TempDir(), "img")
			count := 0
			var walk func(prefix []operation)
			walk = func(prefix []operation) {
				if len(prefix) < depth {
					for _, op := range ops {
						walk(append(prefix[:len(prefix):len(prefix)], op))
					}
					return
				}
				dev := &ram{append([]byte(nil), base.b...), 1 << 30}
				f, err := OpenWritable(dev, size, Options{Time: editTime})
				must(t, err)
				for _, do := range []func() error{func() error { return f.Mkdir("d", 0o755) }, func() error { return f.WriteFile("a", data("first", 2000), 0o600) }} {
					must(t, do())
				}
				m := modelOf(t, f)
				names := ""
				for _, op := range prefix {
					names += op.name + "; "
					got, want := op.real(f), op.want(m)
					if (got == nil) != (want == nil) {
						t.Fatalf("%s: %v; the model: %v", names, got, want)
					}
				}
				must(t, f.Sync())
				problems, err := Check(context.Background(), dev, size, CheckOptions{})
				if err != nil || len(problems) > 0 {
					t.Fatalf("%s: %v, %v", names, problems, err)
				}
				if count++; depth == 2 && count%4 == 0 || count%97 == 0 { // e2fsck takes long to start
					must(t, os.WriteFile(img, dev.b, 0o600))
					if complaint := complaints(t, img); complaint != "" {
						t.Fatalf("%s: e2fsck:\n%s", names, complaint)
					}
				}
				f, err = Open(dev, size)
				must(t, err)
				if d := m.differences(modelOf(t, f), f); len(d) > 0 {
					t.Fatalf("%s: %s", names, strings.Join(d, "\n"))
				}
			}
			walk(nil)
			if count < 600 {
				t.Errorf("only %d sequences", count)
			}
		})
	}
}
