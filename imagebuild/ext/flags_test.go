package ext

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

func TestFlagLetters(t *testing.T) {
	for s, want := range map[string]uint32{
		"":                       0,
		"ia":                     FlagImmutable | FlagAppend,
		"ai-":                    FlagImmutable | FlagAppend,
		"--------------e-------": layout.InodeFlagExtents,
		"suSDiadAcEjItTeCxFNPVm": 0x72BBDCFF | 0x100000 | 0x400,
	} {
		got, err := ParseFlags(s)
		if err != nil || got != want&got || s != "suSDiadAcEjItTeCxFNPVm" && got != want {
			t.Errorf("%q: %#x, %v", s, got, err)
		}
		if again, err := ParseFlags(FlagString(got)); err != nil || again != got {
			t.Errorf("%#x is written as %q, which reads as %#x", got, FlagString(got), again)
		}
		if len(s) == 22 && FlagString(got) != s {
			t.Errorf("%q comes back as %q", s, FlagString(got))
		}
	}
	if _, err := ParseFlags("iz"); !errors.Is(err, fs.ErrInvalid) || !strings.Contains(err.Error(), "'z'") {
		t.Errorf("an unknown letter: %v", err)
	}
}

// What is set is what debugfs sees, and what cannot be is refused.
func TestSetFlags(t *testing.T) {
	for _, name := range []string{"ext2_1k", "ext4_csum_1k"} {
		img := copyOf(t, shapeNamed(t, name))
		f := edit(t, img)
		set := func(name, letters string) error {
			have, err := f.Flags(name)
			must(t, err)
			more, err := ParseFlags(letters)
			must(t, err)
			return f.SetFlags(name, have|more)
		}
		must(t, set("etc/passwd", "suSiadAcjt"))
		must(t, set("usr/bin/f1", "x"))
		must(t, set("etc", "SDiadATP"))
		have, err := f.Flags("many")
		must(t, err)
		must(t, f.SetFlags("many", have))
		for _, c := range []struct {
			name, letters, says string
			is                  error
		}{
			{"etc/passwd", "E", "flag E", ErrUnsupported},
			{"etc/passwd", "I", "flag I", ErrUnsupported},
			{"etc/passwd", "N", "flag N", ErrUnsupported},
			{"etc/passwd", "C", "flag C", ErrUnsupported},
			{"etc/passwd", "V", "flag V", ErrUnsupported},
			{"etc/passwd", "D", "flag D: only folders", ErrNotDir},
			{"etc/passwd", "TP", "flag TP: only folders", ErrNotDir},
			{"etc/passwd", "x", "flag x: excluded by j", fs.ErrInvalid},
			{"empty", "F", "without casefold", ErrUnsupported},
		} {
			if err := set(c.name, c.letters); !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s of %s: %v", c.letters, c.name, err)
			}
		}
		if err := f.SetFlags("etc/passwd", 1<<21); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "0x200000") {
			t.Errorf("ea_inode: %v", err)
		}
		for _, odd := range []string{"usr/bin/short", "dev/null", "dev/pipe"} {
			if _, err := f.Lstat(odd); err != nil {
				t.Errorf("%s: %v", odd, err)
				continue
			}
			if _, err := f.Flags(odd); !errors.Is(err, ErrUnsupported) {
				t.Errorf("flags of %s: %v", odd, err)
			}
			if err := f.SetFlags(odd, 0); !errors.Is(err, ErrUnsupported) {
				t.Errorf("setting flags of %s: %v", odd, err)
			}
		}
		// Nobody is bound here.
		must(t, f.WriteFile("etc/passwd", []byte("changed"), 0))
		must(t, f.WriteFile("etc/new", nil, 0o644))
		f = finish(t, f, img)
		out := debugfs(t, img.Name(), "stat /etc/passwd")
		if !strings.Contains(out, "Flags: 0xc0ff") && !strings.Contains(out, "Flags: 0x8c0ff") {
			t.Errorf("debugfs: %s", out)
		}
		must(t, f.SetFlags("etc", have&layout.InodeFlagExtents))
		must(t, f.RemoveAll("etc"))
		finish(t, f, img)
	}
}
