package fsck

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"testing"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/mkfs"
)

// maxHeap is what a check of any file system may take, in bytes, what waits for
// the garbage collector included.
const maxHeap = 64 << 20

// watched is a device that looks at the heap each time it is read.
type watched struct {
	io.ReaderAt
	peak   uint64
	reads  int
	sample []metrics.Sample
}

func watch(r io.ReaderAt) *watched {
	return &watched{ReaderAt: r, sample: []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}}
}

func (w *watched) ReadAt(b []byte, off int64) (int, error) {
	if w.reads++; w.reads%16 == 0 {
		w.look()
	}
	return w.ReaderAt.ReadAt(b, off)
}

func (w *watched) look() uint64 {
	metrics.Read(w.sample)
	v := w.sample[0].Value.Uint64()
	w.peak = max(w.peak, v)
	return v
}

// checkHeap checks a file system and how much of the heap that takes.
func checkHeap(t *testing.T, r io.ReaderAt, size int64) []Problem {
	t.Helper()
	runtime.GC()
	w := watch(r)
	before := w.look()
	start := time.Now()
	found, err := Check(context.Background(), w, size, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MiB, %v", float64(w.peak-before)/(1<<20), time.Since(start))
	if w.peak-before > maxHeap {
		t.Errorf("the check takes %d bytes of the heap", w.peak-before)
	}
	return found
}

// sparse makes an empty file system of any size.
func sparse(t *testing.T, size int64, o mkfs.Options) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "sparse.img"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Truncate(size); err != nil {
		t.Skipf("no sparse files of %d bytes here: %v", size, err)
	}
	if err := mkfs.Format(f, size, o); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestMemoryLarge(t *testing.T) {
	for name, o := range map[string]mkfs.Options{"el6": {}, "modern": {Modern: true}, "1k": {BlockSize: 1024, Modern: true, InodeRatio: 1 << 20}} {
		t.Run(name, func(t *testing.T) {
			size := int64(2 << 40)
			if o.BlockSize == 1024 {
				size = 512 << 30
			}
			if found := checkHeap(t, sparse(t, size, o), size); len(found) > 0 {
				t.Error(firstProblems(found, 5))
			}
		})
	}
}

// made is a device on which all inodes behind the first are made as they are read.
type made struct {
	io.ReaderAt
	tables []int64 // where the inode tables begin, ascending and equally long
	length int64
	size   int64
	inode  func(ino uint32, b []byte)
	block  func(blk uint64, b []byte) bool // other blocks
}

func (m *made) ReadAt(b []byte, off int64) (int, error) {
	n, err := m.ReaderAt.ReadAt(b, off)
	for g, at := range m.tables {
		if off >= at+m.length || off+int64(len(b)) <= at {
			continue
		}
		for i := max(off, at); i < off+int64(len(b)); i += m.size {
			ino := uint32(int64(g)*(m.length/m.size)+(i-at)/m.size) + 1
			if ino > 11 {
				m.inode(ino, b[i-off:i-off+m.size])
			}
		}
	}
	if m.block != nil && len(b) == 4096 {
		m.block(uint64(off)/4096, b)
	}
	return n, err
}

// fill makes an ext2 file system of which all inodes are in use.
func fill(t *testing.T, size int64, inodes uint32, incompat uint32) *made {
	t.Helper()
	f := sparse(t, size, mkfs.Options{Type: "ext2", BlockSize: 4096, InodeSize: 256, Inodes: inodes, InodeRatio: size / int64(inodes)})
	c := examined(t, f)
	if len(c.found) > 0 {
		t.Fatal(firstProblems(c.problems(), 5))
	}
	sb := bytes.Clone(c.sb)
	layout.Superblock(sb).SetIncompat(c.incompat | incompat)
	write(t, f, sb, 1024)
	m := &made{ReaderAt: f, length: int64(c.inodesPerGroup) * 256, size: 256}
	bitmap := bytes.Repeat([]byte{0xFF}, 4096)
	for g := range c.groups {
		d := bytes.Clone(c.group(g))
		m.tables = append(m.tables, int64(layout.Group(d).InodeTable())<<12)
		write(t, f, bitmap, int64(layout.Group(d).InodeBitmap())<<12)
		layout.Group(d).SetFreeInodesCount(0)
		write(t, f, d, int64(c.descBlock(uint64(g/c.descsPerBlk)))<<12+int64(g%c.descsPerBlk)*int64(c.descSize))
	}
	return m
}

// TestMemoryInodes checks file systems with very many inodes in use.
func TestMemoryInodes(t *testing.T) {
	emptyFile := func(_ uint32, b []byte) {
		inode := layout.Inode(b)
		inode.SetMode(layout.ModeRegular | 0o644)
		inode.SetLinksCount(1)
	}
	for _, x := range []struct {
		name     string
		inodes   uint32
		incompat uint32
		inode    func(ino uint32, b []byte)
		block    func(blk uint64, b []byte) bool
		code     string
	}{
		{"a million empty files", 1e6, 0, emptyFile, nil, codeUnattached},
		{"four hundred thousand folders", 4e5, layout.IncompatInlineData | layout.IncompatExtents, inlineFolder, nil, codeUnattached},
		{"blocks of attributes with too many references", 14e4, 0, func(ino uint32, b []byte) {
			emptyFile(ino, b)
			layout.Inode(b).SetFileACL(uint64(ino) + 1<<18)
			layout.Inode(b).SetBlocksCount(8)
		}, func(blk uint64, b []byte) bool {
			if blk > 1<<18 {
				h := layout.XattrHeader(b)
				h.SetMagic()
				h.SetRefCount(1 << 20)
				h.SetBlocks(1)
			}
			return true
		}, codeTooLarge},
	} {
		t.Run(x.name, func(t *testing.T) {
			size := int64(x.inodes) * 16384
			m := fill(t, size, x.inodes, x.incompat)
			m.inode, m.block = x.inode, x.block
			found := checkHeap(t, m, size)
			if !slices.ContainsFunc(found, func(p Problem) bool { return p.Code == x.code }) {
				t.Error(firstProblems(found, 5))
			}
		})
	}
}

// inlineFolder makes an empty folder with inline data, a name of which is nowhere.
func inlineFolder(_ uint32, b []byte) {
	inode := layout.Inode(b)
	inode.SetMode(layout.ModeDir | 0o755)
	inode.SetLinksCount(2)
	inode.SetSize(60)
	inode.SetFlags(layout.InodeFlagInlineData)
	binary.LittleEndian.PutUint32(inode.Block(), layout.InodeRoot)
	layout.Dirent(inode.Block()[4:]).SetRecLen(56, 4096)
	inode.SetExtraIsize(32)
	layout.SetXattrInodeMagic(b[160:])
	e := layout.XattrEntry(b[164:])
	e.Set(xattrSystem, "data", 0, 0)
}
