package xattr

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// kernelBlock is a block of 1 KiB as Linux 6.18 wrote it, without the zeros in
// its middle. It was made by
//
//	mke2fs -b 1024 -I 128 -O none,ext_attr,filetype IMG; mount -o loop,user_xattr IMG MNT; touch MNT/f
//	setfattr -n user.one -v 1 MNT/f
//	setfattr -n user.café -v "some longer value" MNT/f
//	setfattr -n security.selinux -v system_u:object_r:etc_t:s0 MNT/f
//	setfattr -n user.empty MNT/f
//	setfattr -n trusted.b -v xyz MNT/f
func kernelBlock(t *testing.T) []byte {
	b := make([]byte, 1024)
	head, err := hex.DecodeString(strings.Join(strings.Fields(`
		000002ea 01000000 01000000 b3061ad4 00000000 00000000 00000000 00000000
		0301fc03 00000000 01000000 3000a5b1 6f6e6500
		0501e803 00000000 11000000 73178048 636166c3 a9000000
		05010000 00000000 00000000 f94e6706 656d7074 79000000
		0104c803 00000000 03000000 78791800 62000000
		0706cc03 00000000 1a000000 e200d30d 73656c69 6e757800`), ""))
	if err != nil {
		t.Fatal(err)
	}
	copy(b, head)
	copy(b[0x3c8:], "xyz\x00system_u:object_r:etc_t:s0\x00\x00some longer value\x00\x00\x001")
	return b
}

// TestKernelBlock reads the kernel's block and computes its hashes.
func TestKernelBlock(t *testing.T) {
	b := kernelBlock(t)
	if err := VerifyBlock(b); err != nil {
		t.Fatal(err)
	}
	if got, want := BlockHash(b), layout.XattrHeader(b).Hash(); got != want {
		t.Errorf("hash of the block %#x, the kernel has %#x", got, want)
	}
	attrs, err := ParseBlock(b)
	if err != nil {
		t.Fatal(err)
	}
	want := []Attr{
		attr(1, "one", "1"), attr(1, "caf\xc3\xa9", "some longer value"), attr(1, "empty", ""),
		attr(4, "b", "xyz"), attr(6, "selinux", "system_u:object_r:etc_t:s0"),
	}
	if !reflect.DeepEqual(attrs, want) {
		t.Errorf("got %v", attrs)
	}
	slices.Reverse(attrs)
	ours, err := BuildBlock(1024, attrs)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := layout.XattrHeader(ours).Hash(), layout.XattrHeader(b).Hash(); got != want {
		t.Errorf("our block has hash %#x, the kernel's %#x", got, want)
	}
	if !bytes.Equal(ours[:32], b[:32]) {
		t.Errorf("header % x, the kernel's % x", ours[:32], b[:32])
	}
}

// TestSignedHash shows that both hashes of names with high bytes are taken.
func TestSignedHash(t *testing.T) {
	b, err := BuildBlock(1024, []Attr{attr(1, "caf\xc3\xa9", "v")})
	if err != nil {
		t.Fatal(err)
	}
	e := layout.XattrEntry(b[layout.XattrHeaderSize:])
	signed := SignedEntryHash("caf\xc3\xa9", []byte("v"))
	if e.Hash() == signed {
		t.Error("the hash does not depend on the sign")
	}
	e.SetHash(signed)
	if err := VerifyBlock(b); err != nil {
		t.Error(err)
	}
	e.SetHash(signed + 1)
	if err := VerifyBlock(b); err == nil {
		t.Error("any hash is taken")
	}
}

func newInode(size, extra int) layout.Inode {
	i := make(layout.Inode, size)
	if size > layout.GoodOldInodeSize {
		i.SetExtraIsize(uint16(extra))
	}
	return i
}

// TestPutInode shows where attributes fit and that nothing else changes.
func TestPutInode(t *testing.T) {
	for _, c := range []struct{ size, extra, room int }{
		{128, 0, 0}, {256, 0, 0}, {256, 32, 92}, {256, 28, 96}, {1024, 32, 860}, {256, 120, 4}, {256, 124, 0}, {256, 128, 0},
	} {
		i := newInode(c.size, c.extra)
		for k := range i {
			if k < 128 || k >= 130 && k < 128+c.extra {
				i[k] = 0xAA
			}
		}
		if got := InodeRoom(i); got != c.room {
			t.Errorf("%v: room for %d bytes", c, got)
			continue
		}
		if got, err := ParseInode(i); got != nil || err != nil {
			t.Errorf("%v: %v, %v", c, got, err)
		}
		before := bytes.Clone(i)
		over := attr(1, "n", strings.Repeat("v", max(0, c.room-24)+1))
		if err := PutInode(i, []Attr{over}); !errors.Is(err, ErrNoSpace) || !bytes.Equal(before, i) {
			t.Errorf("%v: one byte too many: %v", c, err)
		}
		if c.room > 24 {
			fits := []Attr{attr(1, "n", strings.Repeat("v", c.room-24))}
			if err := PutInode(i, fits); err != nil {
				t.Errorf("%v: %v", c, err)
			}
			if got, err := ParseInode(i); err != nil || !reflect.DeepEqual(got, fits) {
				t.Errorf("%v: %v, %v", c, got, err)
			}
			if err := VerifyInode(i); err != nil {
				t.Error(err)
			}
			layout.XattrEntry(i[128+c.extra+4:]).SetHash(1)
			if err := VerifyInode(i); err == nil {
				t.Error("a wrong hash is taken")
			}
			layout.XattrEntry(i[128+c.extra+4:]).SetHash(EntryHash("n", fits[0].Value))
			if err := VerifyInode(i); err != nil {
				t.Error(err)
			}
		}
		if err := PutInode(i, nil); err != nil || !bytes.Equal(before, i) {
			t.Errorf("%v: after clearing: %v", c, err)
		}
	}
	for _, extra := range []int{30, 132, 65532} {
		i := newInode(256, extra)
		var bad *FormatError
		if _, err := ParseInode(i); !errors.As(err, &bad) {
			t.Errorf("extra fields of %d bytes: %v", extra, err)
		}
		if err := PutInode(i, nil); !errors.As(err, &bad) {
			t.Errorf("extra fields of %d bytes: %v", extra, err)
		}
	}
}

// TestReference keeps attributes whose value lies in an inode.
func TestReference(t *testing.T) {
	ref := Attr{Index: 1, Name: "big", ValueInode: 15, ValueSize: 70000, Hash: InodeEntryHash("big", 0x12345678)}
	list := []Attr{attr(1, "a", "small"), ref}
	i := newInode(256, 32)
	if err := PutInode(i, list); err != nil {
		t.Fatal(err)
	}
	if got, err := ParseInode(i); err != nil || !reflect.DeepEqual(got, list) {
		t.Errorf("%v, %v", got, err)
	}
	b, err := BuildBlock(1024, list)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseBlock(b); err != nil || !reflect.DeepEqual(got, list) {
		t.Errorf("%v, %v", got, err)
	}
	if err := VerifyBlock(b); err != nil {
		t.Error(err)
	}
	if BlockHash(b) == 0 {
		t.Error("no hash of the block")
	}
	list[1].Hash = 0
	if b, err = BuildBlock(1024, list); err != nil || BlockHash(b) != 0 {
		t.Errorf("with an entry without a hash: %v, %v", BlockHash(b), err)
	}
}

// TestRefusals shows what cannot be stored.
func TestRefusals(t *testing.T) {
	i := newInode(256, 32)
	before := bytes.Clone(i)
	for name, list := range map[string][]Attr{
		"long name": {attr(1, strings.Repeat("n", 256), "")},
		"twice":     {attr(1, "n", "1"), attr(2, "n", ""), attr(1, "n", "2")},
		"nothing":   {attr(0, "", "v")},
	} {
		if err := PutInode(i, list); err == nil || errors.Is(err, ErrNoSpace) {
			t.Errorf("%s: in an inode: %v", name, err)
		}
		if _, err := BuildBlock(4096, list); err == nil || errors.Is(err, ErrNoSpace) {
			t.Errorf("%s: in a block: %v", name, err)
		}
	}
	if !bytes.Equal(before, i) {
		t.Error("a refusal changed the inode")
	}
	if _, err := BuildBlock(1024, []Attr{attr(1, "n", strings.Repeat("v", 1024-32-4-20))}); err != nil {
		t.Error(err)
	}
	if _, err := BuildBlock(1024, []Attr{attr(1, "n", strings.Repeat("v", 1024-32-4-20+1))}); !errors.Is(err, ErrNoSpace) {
		t.Error(err)
	}
}

// TestParseDamage shows that what is wrong is named with its offset.
func TestParseDamage(t *testing.T) {
	const e1, e2 = 32, 32 + 20 // entries of names with one to four letters
	for _, c := range []struct {
		name   string
		damage func(b []byte)
		want   string
	}{
		{"magic", func(b []byte) { b[0] = 1 }, "offset 0: magic 0xea020001 instead of 0xea020000"},
		{"blocks", func(b []byte) { b[8] = 0 }, "offset 8: takes 0 blocks"},
		{"name over the end", func(b []byte) {
			copy(b[1024-24:], "\x09\x01")
			b[e1] = 250
			b[e1+268] = 250
			b[e1+536] = 250
			b[e1+804] = 250
		}, "reaches over the end of the area"},
		{"value over the end", func(b []byte) { b[e1+8] = 9 }, "offset 32: value of 9 bytes at 1016 reaches over the end of the area"},
		{"huge value", func(b []byte) { b[e2+11] = 0xFF }, "offset 52: value of 4278190088 bytes"},
		{"value over entries", func(b []byte) { b[e2+2], b[e2+3] = 40, 0 }, "offset 52: value at 40 lies over entries or another value"},
		{"value over the end of the list", func(b []byte) { b[e2+2], b[e2+3] = 72, 0 }, "offset 52: value at 72 lies over entries or another value"},
		{"value over another", func(b []byte) { b[e2+2] = 0xF4 }, "lies over entries or another value"},
		{"no end", func(b []byte) {
			for off := e1; off+20 <= 1024; off += 20 {
				copy(b[off:], b[e1:e1+20])
			}
			copy(b[1012:], "\x01\x01\x00\x00")
		}, "reaches over the end of the area"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := BuildBlock(1024, []Attr{attr(1, "one", "12345678"), attr(1, "two", "12345678")})
			if err != nil {
				t.Fatal(err)
			}
			c.damage(b)
			var bad *FormatError
			if _, err := ParseBlock(b); !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := ParseBlock(make([]byte, 30)); err == nil {
		t.Error("a short block is taken")
	}
}

// roundTrip stores what was read and reads it again.
func roundTrip(t *testing.T, attrs []Attr, blockSize int) {
	b, err := BuildBlock(blockSize, attrs)
	if err != nil {
		return // twice the same name, or no longer aligned and so too long
	}
	if err := VerifyBlock(b); err != nil {
		t.Fatal(err)
	}
	again, err := ParseBlock(b)
	sorted := slices.Clone(attrs)
	slices.SortFunc(sorted, Compare)
	if err != nil || len(again) != len(sorted) || len(sorted) > 0 && !reflect.DeepEqual(again, sorted) {
		t.Fatalf("%v\n%v\n%v", err, sorted, again)
	}
}

func FuzzParseBlock(f *testing.F) {
	b, err := BuildBlock(1024, []Attr{attr(1, "one", "1"), attr(6, "selinux", "label\x00"), {Index: 1, Name: "r", ValueInode: 5, ValueSize: 9}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:64])
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		attrs, err := ParseBlock(data)
		if !bytes.Equal(before, data) {
			t.Fatal("reading changes the block")
		}
		if err != nil {
			if VerifyBlock(data) == nil {
				t.Fatal("VerifyBlock takes what ParseBlock refuses")
			}
			return
		}
		_ = BlockHash(data)
		_ = VerifyBlock(data)
		roundTrip(t, attrs, 65536)
	})
}

func FuzzParseInode(f *testing.F) {
	i := newInode(256, 32)
	if err := PutInode(i, []Attr{attr(1, "one", "1"), attr(6, "selinux", "label\x00")}); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(i))
	f.Add([]byte(i[:128]))
	f.Fuzz(func(t *testing.T, data []byte) {
		size := layout.GoodOldInodeSize // inodes have a power of two
		for size*2 <= len(data) && size < 65536 {
			size *= 2
		}
		data = append(bytes.Clone(data), make([]byte, layout.GoodOldInodeSize)...)[:size]
		i := layout.Inode(bytes.Clone(data))
		attrs, err := ParseInode(i)
		_ = VerifyInode(i)
		if !bytes.Equal(i, data) {
			t.Fatal("reading changes the inode")
		}
		if err != nil {
			return
		}
		if err := PutInode(i, attrs); err != nil {
			if !bytes.Equal(i, data) {
				t.Fatal("a refusal changes the inode")
			}
		} else if again, err := ParseInode(i); err != nil || len(attrs) > 0 && !reflect.DeepEqual(attrs, again) {
			t.Fatalf("%v\n%v\n%v", err, attrs, again)
		}
		if n := 128 + int(i.ExtraIsize()); n <= len(i) && !bytes.Equal(i[:n], data[:n]) {
			t.Fatal("fields of the inode change")
		}
		roundTrip(t, attrs, 65536)
	})
}
