package ext

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

var otherUUID = [16]byte{0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}

func uuidString(u [16]byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// sameAs compares our image with the one that a tool made, byte by byte, and names
// the blocks that differ. What mask clears is not compared.
func sameAs(t testing.TB, f *FS, ours, theirs string, mask func(b []byte)) {
	t.Helper()
	a, err := os.ReadFile(ours)
	must(t, err)
	b, err := os.ReadFile(theirs)
	must(t, err)
	if len(a) != len(b) {
		t.Fatalf("%d and %d bytes", len(a), len(b))
	}
	bad := 0
	for blk := uint64(0); int(blk)*f.bs < len(a) && bad < 10; blk++ {
		x, y := a[int(blk)*f.bs:int(blk+1)*f.bs], b[int(blk)*f.bs:int(blk+1)*f.bs]
		mask(x)
		mask(y)
		for i := range x {
			if x[i] != y[i] {
				t.Errorf("block %d, offset %#x: %#02x, tune2fs has %#02x", blk, i, x[i], y[i])
				bad++
				break
			}
		}
	}
}

// maskSuper clears what tune2fs counts and we do not, in a superblock or its copy: the
// kilobytes that were ever written. A checksum that is right becomes right again.
func maskSuper(b []byte) {
	for _, off := range []int{0, 1024} {
		if len(b) < off+1024 {
			continue
		}
		sb := layout.Superblock(b[off : off+1024])
		if sb.Magic() != layout.Magic || sb.BlocksPerGroup() == 0 {
			continue
		}
		right := sb.Checksum() == sb.ComputeChecksum()
		clear(sb[0x178:0x180])
		if right {
			sb.SetChecksum(sb.ComputeChecksum())
		}
	}
}

// tune2fs, asked for the same label and UUID, leaves the same bytes.
func TestVolumeAsTune2fs(t *testing.T) {
	for _, s := range editable() {
		switch s.name {
		case "ext2_nofiletype", "ext3_linear", "ext4_el6_boot", "ext4_htree2", "ext4_hash_legacy", "ext4_hash_tea", "ext4_unsigned":
			continue // nothing in them that others do not have
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			need(t, "tune2fs", "blkid")
			ours, theirs := copyOf(t, s), copyOf(t, s)
			env := append(os.Environ(), "LC_ALL=C", fmt.Sprintf("E2FSPROGS_FAKE_TIME=%d", editTime.Unix()))
			command(t, env, "tune2fs", "-L", "a new label, 16b", "-U", uuidString(otherUUID), theirs.Name())
			f := edit(t, ours)
			must(t, f.SetLabel("a new label, 16b"))
			var feature *FeatureError
			if err := f.SetUUID(otherUUID); errors.As(err, &feature) {
				t.Skip(err)
			} else {
				must(t, err)
			}
			f = finish(t, f, ours)
			// tune2fs 1.47.0 forgets the list of orphans and the inner nodes of an index.
			if forgets := s.name == "ext4_orphanfile" || s.name == "ext4_htree2_csum"; !forgets || complaints(t, theirs.Name()) == "" {
				sameAs(t, f, ours.Name(), theirs.Name(), maskSuper)
			}
			if i := f.Info(); i.UUID != uuidString(otherUUID) || i.Label != "a new label, 16b" {
				t.Errorf("now %q and %q", i.UUID, i.Label)
			}
			says := command(t, nil, "blkid", "-p", ours.Name())
			if !strings.Contains(says, `UUID="`+uuidString(otherUUID)+`"`) || !strings.Contains(says, `LABEL="a new label, 16b"`) {
				t.Errorf("blkid: %s", says)
			}
		})
	}
}

// Values in inodes of their own have hashes that start from the UUID.
func TestVolumeWithLargeValues(t *testing.T) {
	need(t, "tune2fs")
	for _, name := range []string{"1 KiB", "without extents", "stored seed"} {
		img := makeImage(t, 24<<20, 0, strings.Fields(eaShapes[name])...)
		f := edit(t, img)
		w := newWalker(t, 970, f)
		w.values = layout.XattrValueMax
		for range 100 {
			w.step()
		}
		must(t, f.WriteFile("owner", nil, 0o644))
		must(t, f.SetXattr("owner", "user."+strings.Repeat("n", 100), data("v", 5000)))
		w.use(finish(t, f, img))
		w.m = modelOf(t, w.fs)
		theirs, err := os.Create(img.Name() + ".theirs")
		must(t, err)
		_, err = io.Copy(theirs, io.NewSectionReader(img, 0, sizeOf(t, img)))
		must(t, err)
		must(t, theirs.Close())
		env := append(os.Environ(), "LC_ALL=C", fmt.Sprintf("E2FSPROGS_FAKE_TIME=%d", editTime.Unix()))
		command(t, env, "tune2fs", "-U", uuidString(otherUUID), theirs.Name())
		must(t, w.fs.SetUUID(otherUUID))
		f = finish(t, w.fs, img)
		w.m.compare(t, f)
		if complaints(t, theirs.Name()) == "" {
			sameAs(t, f, img.Name(), theirs.Name(), maskSuper)
		} else {
			t.Logf("%s: not compared: e2fsck on what tune2fs left: %s", name, complaints(t, theirs.Name()))
		}
	}
}

func TestVolumeRefuses(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_el6_1k"))
	f := edit(t, img)
	for _, bad := range []string{"seventeen bytes !", "a\x00b"} {
		if err := f.SetLabel(bad); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("label %q: %v", bad, err)
		}
	}
	if err := f.SetUUID([16]byte{}); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a UUID of zeros: %v", err)
	}
	f.sb.SetCompat(f.sb.Compat() | layout.CompatStableInodes)
	var feature *FeatureError
	if err := f.SetUUID(otherUUID); !errors.As(err, &feature) || !strings.Contains(err.Error(), "stable_inodes") {
		t.Errorf("with stable_inodes: %v", err)
	}
}

// The copies are good to mount and to repair from.
func TestVolumeCopies(t *testing.T) {
	need(t, "e2fsck")
	for _, name := range []string{"ext4_el6_1k", "ext4_csum_1k"} {
		img := copyOf(t, shapeNamed(t, name))
		f := edit(t, img)
		must(t, f.WriteFile("etc/more", data("m", 300_000), 0o644))
		must(t, f.SetLabel("label"))
		must(t, f.SetUUID(otherUUID))
		f = finish(t, f, img)
		first := f.groupStart(1)
		super(t, img, func(sb layout.Superblock) { clear(sb) })
		raw(t, img, int64(f.gdtBlock(f.sb, 0))*int64(f.bs), f.bs, func(b []byte) { clear(b) })
		out := command(t, nil, "sh", "-c", fmt.Sprintf("e2fsck -fy -b %d -B %d %s || [ $? = 1 ]", first, f.bs, img.Name()))
		for line := range strings.SplitSeq(out, "\n") {
			if strings.Contains(line, "checksum") || strings.Contains(line, "wrong") {
				t.Errorf("%s: %s", name, line)
			}
		}
		f = edit(t, img)
		wantFile(t, f, "etc/more", data("m", 300_000))
		if f.Info().UUID != uuidString(otherUUID) {
			t.Errorf("%s: UUID %s", name, f.Info().UUID)
		}
	}
}
