package place

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/xattr"
)

const (
	maxLinks = 16   // names that are looked for of one inode
	maxDepth = 1024 // folders that a path may have
)

// Paths gives the names of inodes: absolute paths, sorted, of an inode with more
// than sixteen names the first sixteen that are found. An inode without a name is
// not in the result. All folders are read once; memory goes with the inodes that
// are asked for.
func (f *FS) Paths(ctx context.Context, inodes []uint32) (map[uint32][]string, error) {
	f.ctx, f.inodeNo, f.hasBits = ctx, 0, false
	n := names{f: f, of: map[uint32][]name{}, folders: map[uint32]name{layout.InodeRoot: {}}}
	for _, ino := range inodes {
		n.of[ino] = nil
	}
	if err := n.find(); err != nil {
		return nil, err
	}
	if err := n.climb(); err != nil {
		return nil, err
	}
	out := map[uint32][]string{}
	for ino, list := range n.of {
		if ino == layout.InodeRoot {
			out[ino] = []string{"/"}
			continue
		}
		for _, x := range list {
			out[ino] = append(out[ino], n.path(x))
		}
		slices.Sort(out[ino])
	}
	return out, nil
}

// name is an entry: in which folder, and what it says.
type name struct {
	folder uint32
	text   string
}

type names struct {
	f       *FS
	of      map[uint32][]name // of the inodes that are asked for
	folders map[uint32]name   // of the folders on the way to them
	buf     []byte
}

// find looks for the names of the inodes in all folders.
func (n *names) find() error {
	n.f.nodes = n.f.Blocks
	return n.f.eachInode(func(ino uint32, inode layout.Inode) error {
		if !inode.IsDir() {
			return nil
		}
		return n.entries(ino, inode, func(child uint32, text string) {
			if list, ok := n.of[child]; ok && text != "." && text != ".." && len(list) < maxLinks {
				n.of[child] = append(list, name{ino, text})
			}
		})
	})
}

// climb finds the names of the folders, one level higher each time.
func (n *names) climb() error {
	n.f.nodes = n.f.Blocks
	wanted := map[uint32]bool{}
	for _, list := range n.of {
		for _, x := range list {
			wanted[x.folder] = true
		}
	}
	for level := 0; len(wanted) > 0 && level < maxDepth; level++ {
		parents := map[uint32]bool{}
		for ino := range wanted {
			if _, known := n.folders[ino]; known {
				continue
			}
			n.folders[ino] = name{} // until it is found; no folder is looked for twice
			parent, err := n.parent(ino)
			if err != nil {
				return err
			}
			if parent != 0 {
				parents[parent] = true
			}
		}
		for _, parent := range sorted(parents) {
			inode, err := n.inode(parent)
			if err != nil || inode == nil {
				return err
			}
			err = n.entries(parent, inode, func(child uint32, text string) {
				if wanted[child] && child != layout.InodeRoot && n.folders[child].folder == 0 && text != "." && text != ".." {
					n.folders[child] = name{parent, text}
				}
			})
			if err != nil {
				return err
			}
		}
		wanted = parents
	}
	return nil
}

func sorted(set map[uint32]bool) []uint32 {
	out := make([]uint32, 0, len(set))
	for x := range set {
		out = append(out, x)
	}
	slices.Sort(out)
	return out
}

// inode gives a copy of a folder's inode, or nil for what is no folder.
func (n *names) inode(ino uint32) (layout.Inode, error) {
	if ino == 0 || ino > n.f.inodes() {
		return nil, nil
	}
	inode, err := n.f.readInode(ino)
	if err != nil || !inode.IsDir() {
		return nil, err
	}
	return slices.Clone(inode), nil
}

// parent is what ".." in a folder says, 0 where it says nothing.
func (n *names) parent(ino uint32) (parent uint32, err error) {
	inode, err := n.inode(ino)
	if err != nil || inode == nil {
		return 0, err
	}
	err = n.entries(ino, inode, func(child uint32, text string) {
		if text == ".." && parent == 0 {
			parent = child
		}
	})
	return parent, err
}

// entries calls do for the entries of a folder.
func (n *names) entries(ino uint32, inode layout.Inode, do func(child uint32, text string)) error {
	f := n.f
	if inode.Has(layout.InodeFlagInlineData) && f.Super.Incompat()&layout.IncompatInlineData != 0 {
		do(binary.LittleEndian.Uint32(inode.Block()), "..")
		readEntries(inode.Block()[4:], f.BlockSize, do)
		list, err := xattr.ParseInode(inode)
		for _, a := range list {
			if err == nil && a.Index == 7 && a.Name == "data" {
				readEntries(a.Value, f.BlockSize, do)
			}
		}
		return nil
	}
	if len(n.buf) != f.BlockSize {
		n.buf = make([]byte, f.BlockSize)
	}
	var failed error
	left := f.Blocks
	err := f.eachRun(ino, inode, func(m mapped) {
		if m.kind != ownData {
			return
		}
		for i := uint64(0); i < m.n && failed == nil && left > 0; i++ {
			left--
			if failed = f.readBlock(n.buf, m.start+i); failed == nil {
				readEntries(n.buf, f.BlockSize, do)
			}
		}
	})
	if err == nil {
		err = failed
	}
	return err
}

// readEntries calls do for the entries of a block that name an inode.
func readEntries(b []byte, blockSize int, do func(child uint32, text string)) {
	for at := 0; at+layout.DirentHeader <= len(b); {
		d := layout.Dirent(b[at:])
		size := d.RecLen(blockSize)
		if size < layout.DirentHeader || size%4 != 0 || at+size > len(b) {
			return
		}
		if n := d.NameLen(); d.Inode() != 0 && n > 0 && n <= size-layout.DirentHeader {
			do(d.Inode(), string(d[layout.DirentHeader:layout.DirentHeader+n]))
		}
		at += size
	}
}

// path puts a name together, from the root down.
func (n *names) path(x name) string {
	parts := []string{x.text}
	for ino := x.folder; ino != layout.InodeRoot; {
		up := n.folders[ino]
		if up.folder == 0 || len(parts) > maxDepth {
			parts = append(parts, fmt.Sprintf("<inode %d>", ino))
			slices.Reverse(parts)
			return strings.Join(parts, "/")
		}
		parts = append(parts, up.text)
		ino = up.folder
	}
	slices.Reverse(parts)
	return "/" + strings.Join(parts, "/")
}
