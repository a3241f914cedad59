package ext

import (
	"context"
	"encoding/binary"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// valueSeeds are small file systems with values of attributes in every place: in
// inodes, in blocks, in inodes of their own that bodies and shared blocks refer to.
var valueSeeds = sync.OnceValues(func() ([]seed, error) {
	var out []seed
	for _, o := range []FormatOptions{
		{Type: "ext3", BlockSize: 1024, JournalBlocks: -1, Time: stampTime},
		{Type: "ext4", BlockSize: 1024, JournalBlocks: -1, Modern: true, Time: stampTime},
	} {
		const size = 1 << 20
		r := &ram{make([]byte, size), 1 << 30}
		if err := Format(r, size, o); err != nil {
			return nil, err
		}
		sb := layout.Superblock(r.b[layout.SuperblockOffset:][:layout.SuperblockSize])
		sb.SetIncompat(sb.Incompat() | layout.IncompatEAInode)
		sb.SetChecksum(sb.ComputeChecksum())
		f, err := OpenWritable(r, size, Options{Time: editTime})
		if err != nil {
			return nil, err
		}
		long := "user." + strings.Repeat("n", 120)
		errs := []error{
			f.Mkdir("d", 0o755), f.WriteFile("d/a", nil, 0o644), f.WriteFile("d/b", nil, 0o644), f.WriteFile("c", data("c", 3000), 0o644),
			f.SetXattr("d", "trusted.t", data("t", 3000)), f.SetXattr("d/a", long, data("l", 20_000)), f.SetXattr("d/a", "user.block", data("b", 600)),
			f.SetXattr("d/b", long, data("l", 1500)), f.SetXattr("c", "user.c", data("c", 5000)), f.SetXattr("c", "security.s", []byte("label\x00")),
		}
		if err := errors.Join(append(errs, f.Sync())...); err != nil {
			return nil, err
		}
		s := seed{b: r.b}
		if s.seals, err = sealsOf(f); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
})

// oddValue matches errors about values in inodes at which e2fsck does not look.
var oddValue = regexp.MustCompile(`: a value |the hash of its value|it is no inode for values`)

// Whatever the bytes of attributes and of the inodes with their values: edits end, in
// bounds, and what was consistent is so after.
func FuzzValues(f *testing.F) {
	for which := range uint8(4) {
		f.Add(which, []byte{0, 0, 0, 0, 0, 0})
		f.Add(which, []byte{0x38, 4, 0, 0, 0x53, 1, 7, 20, 0, 0, 255, 1})
	}
	f.Fuzz(func(t *testing.T, which uint8, patches []byte) {
		list, err := valueSeeds()
		must(t, err)
		s := list[int(which>>1)%len(list)]
		b := append([]byte(nil), s.b...)
		for ; len(patches) >= 6 && len(patches) < 300; patches = patches[6:] {
			off := int(binary.LittleEndian.Uint32(patches)) % (80 << 10) // inodes, blocks of attributes, folders
			b[off] = patches[4]
		}
		if which&1 != 0 {
			s.reseal(b)
		}
		before := append([]byte(nil), b...)
		r := newGuard(b)
		f, err := OpenWritable(r, int64(len(b)), Options{Time: editTime})
		if err != nil {
			return
		}
		problems, err := Check(context.Background(), r, int64(len(b)), CheckOptions{})
		clean := err == nil && len(problems) == 0
		readAll(f, ".", 0)
		long := "user." + strings.Repeat("n", 120)
		for _, do := range []func() error{
			func() error { return f.SetXattr("c", "user.c", data("d", 9000)) },
			func() error { return f.SetXattr("c", "user.block", data("b", 500)) },
			func() error { return f.SetXattr("d/a", "user.block", data("b", 610)) },
			func() error { return f.RemoveXattr("d/b", long) },
			func() error { return f.Chown("c", 3, 4) },
			func() error { return f.WriteFile("c", data("x", 9000), 0) },
			func() error {
				err := f.SetUUID(otherUUID) // it looks at more than Check does
				if err != nil && f.failed != nil && clean {
					t.Errorf("a new UUID broke off: %v", err)
				}
				return nil
			},
			func() error { return f.RemoveAll("d") },
			func() error { return f.SetXattr("c", long, data("e", 30_000)) },
		} {
			err := do()
			r.note(f)
			if f.failed == nil && errors.Is(err, ErrUnsupported) {
				continue
			}
			if err != nil && oddValue.MatchString(err.Error()) {
				clean = false // for e2fsck it is, for us and the kernel not
			}
			if err != nil && clean && !refusal(err) {
				t.Errorf("an edit of what is consistent: %v", err)
			}
		}
		err = f.Sync()
		if wrong := r.complaints(before); wrong != nil {
			t.Error(wrong)
		}
		if !clean {
			return
		}
		if err != nil {
			t.Errorf("syncing what was consistent: %v", err)
		}
		r.calls = 1 << 21
		if problems, err := Check(context.Background(), r, int64(len(b)), CheckOptions{}); err != nil || len(problems) > 0 {
			t.Errorf("after edits of what was consistent: %v, %v", problems, err)
		}
	})
}
