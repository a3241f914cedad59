package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Sizer is an edit that tells what it needs before it is applied. It enters what it makes and removes into the estimate, in
// the order in which it does it.
type Sizer interface {
	Estimate(e *Estimate) error
}

// Needs estimates from above the room that edits take in a file system with blocks of blockSize bytes, in bytes and
// inodes: the most that is in use more than now while they are applied one after the other. Compare it with what is free
// before anything is written. It counts contents with the maps to their blocks, and names in folders; extended
// attributes that do not fit into an inode come on top. Edits that are no [Sizer] count nothing.
func Needs(t ReadTree, edits []Edit, blockSize int64) (bytes, inodes int64, err error) {
	e, err := NewEstimate(t, blockSize)
	if err != nil {
		return 0, 0, err
	}
	for _, edit := range edits {
		if o, ok := edit.(Override); ok {
			edit = o.Edit
		}
		if s, ok := edit.(Sizer); ok {
			if err := s.Estimate(e); err != nil {
				return 0, 0, err
			}
		}
	}
	bytes, inodes = e.Total()
	return bytes, inodes, nil
}

// Estimate adds up what is made in a tree, without making it. Paths are followed through the tree's symbolic links.
type Estimate struct {
	t     ReadTree
	block int64
	made  map[string]node  // what edits have made or changed so far, by its name in the tree
	names map[string]int64 // bytes of new names, by folder
	now   usage
	most  usage
}

type usage struct{ blocks, inodes int64 }

// node is what stands at a path after the edits so far.
type node struct {
	blocks int64 // its content's
	inodes int64 // 0: it goes with another name, or is not there
	exists bool
	dir    bool
	target string // of a link that an edit made
}

// NewEstimate begins an estimate for a file system with blocks of so many bytes, a power of two.
func NewEstimate(t ReadTree, blockSize int64) (*Estimate, error) {
	if blockSize < 512 || blockSize > 1<<20 || blockSize&(blockSize-1) != 0 {
		return nil, fmt.Errorf("blocks of %d bytes: a power of two from 512 to 1048576 is one", blockSize)
	}
	return &Estimate{t: t, block: blockSize, made: map[string]node{}, names: map[string]int64{}}, nil
}

// Tree is the tree as it is before the edits.
func (e *Estimate) Tree() ReadTree { return e.t }

// Total is the most that was in use at a time, beyond what is in use now.
func (e *Estimate) Total() (bytes, inodes int64) { return e.most.blocks * e.block, e.most.inodes }

func (e *Estimate) add(blocks, inodes int64) {
	e.now.blocks += blocks
	e.now.inodes += inodes
	e.most.blocks = max(e.most.blocks, e.now.blocks)
	e.most.inodes = max(e.most.inodes, e.now.inodes)
}

// content is how many blocks a file's content takes, with the blocks of its map in the worst layout that ext2, ext3 and
// ext4 have for it.
func (e *Estimate) content(size int64) int64 {
	n := size / e.block
	if size%e.block != 0 {
		n++
	}
	if n <= 4 { // ext4 keeps four extents in the inode
		return n
	}
	per := e.block / 4 // block numbers in a block
	maps := int64(1)
	for level := n; level > 1; level = (level + per - 1) / per {
		maps += (level + per - 1) / per
	}
	return n + maps
}

// look is what stands at a name of the tree after the edits so far.
func (e *Estimate) look(name string) (node, error) {
	if n, ok := e.made[name]; ok {
		return n, nil
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if n, ok := e.made[dir]; ok && !n.dir {
			return node{}, nil // it went with its folder
		}
	}
	info, err := e.t.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return node{}, nil
	case err != nil:
		return node{}, at(name, err)
	}
	n := node{exists: true, dir: info.IsDir()}
	if linksOf(info) == 1 || info.IsDir() {
		n.inodes = 1
	}
	// Where the tree does not tell what a file takes, nothing is sure to come free.
	if sectors, ok := SysField(info, "Sectors", "Blocks"); ok && sectors < 1<<50 {
		n.blocks = int64(sectors) * 512 / e.block
	}
	return n, nil
}

// name counts a new name in a folder, with the folders that lack above it.
func (e *Estimate) name(name string) error {
	dir := path.Dir(name)
	n, err := e.look(dir)
	if err != nil {
		return err
	}
	if dir != "." && !n.exists {
		if err := e.folder(dir); err != nil {
			return err
		}
	}
	_, isNew := e.made[dir]
	before, had := e.names[dir]
	after := before + 8 + int64(len(path.Base(name))+3)&^3
	e.names[dir] = after
	// A block of names that is full is divided into two, so that each may be half empty.
	blocks := 2*after/e.block - 2*before/e.block
	if !had && !isNew {
		blocks += 2 // the first one may turn a plain folder into a hashed one
	}
	e.add(blocks, 0)
	return nil
}

// folder counts a new folder at a name.
func (e *Estimate) folder(name string) error {
	if err := e.name(name); err != nil {
		return err
	}
	e.made[name] = node{blocks: 1, inodes: 1, exists: true, dir: true}
	e.add(1, 1)
	return nil
}

// put counts what takes so many blocks at a name, in place of what is there.
func (e *Estimate) put(name string, blocks int64, anew bool) error {
	old, err := e.look(name)
	if err != nil {
		return err
	}
	if old.dir {
		return nil // refused when it is applied
	}
	n := node{blocks: blocks, inodes: 1, exists: true}
	switch {
	case !old.exists:
		if err := e.name(name); err != nil {
			return err
		}
		e.add(blocks, 1)
	case anew:
		n.blocks = blocks
		e.add(-e.freed(old), -old.inodes)
		e.add(blocks, 1)
	default: // written into the inode that is there
		e.add(blocks-old.blocks, 0)
		n.inodes = old.inodes
	}
	e.made[name] = n
	return nil
}

func (e *Estimate) freed(n node) int64 {
	if n.inodes == 0 {
		return 0
	}
	return n.blocks
}

// resolve gives the name in the tree that a path leads to, through the tree's links and, at the end of the path, those that
// edits made.
func (e *Estimate) resolve(name string, last bool) string {
	follow := ResolveLink
	if last {
		follow = Resolve
	}
	for range MaxLinks {
		r, err := follow(e.t, name)
		if err != nil {
			// An earlier edit may make room for this path. It takes what it takes wherever it is.
			return split0(name)
		}
		target := e.made[r.Name].target
		if !last || target == "" {
			return r.Name
		}
		if name = target; target[0] != '/' {
			name = path.Dir(r.Name) + "/" + target
		}
	}
	return split0(name)
}

// File counts a file of size bytes that is written to a path, where there may be one.
func (e *Estimate) File(name string, size int64) error {
	name = e.resolve(name, true)
	if size < 0 {
		return fmt.Errorf("%s: a size of %d bytes", abs(name), size)
	}
	return e.put(name, e.content(size), false)
}

// Grow counts a file into which so many bytes come, or which is made with them.
func (e *Estimate) Grow(name string, bytes int64) error {
	name = e.resolve(name, true)
	old, err := e.look(name)
	if err != nil {
		return err
	}
	if bytes < 0 {
		return fmt.Errorf("%s: a growth of %d bytes", abs(name), bytes)
	}
	more := e.content(bytes)
	if old.exists && bytes > 0 {
		more += old.blocks + 1
	}
	return e.put(name, more, false)
}

// Dir counts a folder, if it is not there.
func (e *Estimate) Dir(name string) error {
	name = e.resolve(name, true)
	if n, err := e.look(name); err != nil || n.exists {
		return err
	}
	return e.folder(name)
}

// Symlink counts a symbolic link, in place of what is there.
func (e *Estimate) Symlink(name, target string) error {
	name = e.resolve(name, false)
	blocks := int64(0)
	if len(target) >= 60 { // a shorter one lies in the inode
		blocks = 1
	}
	if err := e.put(name, blocks, true); err != nil {
		return err
	}
	if n := e.made[name]; n.exists && !n.dir {
		n.target = target
		e.made[name] = n
	}
	return nil
}

// Link counts a further name of a file.
func (e *Estimate) Link(name string) error {
	name = e.resolve(name, false)
	if n, err := e.look(name); err != nil || n.exists {
		return err
	}
	e.made[name] = node{exists: true}
	return e.name(name)
}

// Remove counts what comes free when a path goes, with all below it where tree is set.
func (e *Estimate) Remove(name string, tree bool) error {
	name = e.resolve(name, false)
	return e.remove(name, tree, 0)
}

func (e *Estimate) remove(name string, tree bool, depth int) error {
	n, err := e.look(name)
	if err != nil || !n.exists {
		return err
	}
	if n.dir && tree && depth < maxDepth {
		entries, err := e.t.ReadDir(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return at(name, err)
		}
		for _, entry := range entries {
			if err := e.remove(path.Join(name, entry.Name()), true, depth+1); err != nil {
				return err
			}
		}
		for made, m := range e.made {
			if m.exists && strings.HasPrefix(made, name+"/") {
				e.add(-e.freed(m), -m.inodes)
				delete(e.made, made)
			}
		}
	}
	e.add(-e.freed(n), -n.inodes)
	e.made[name] = node{}
	return nil
}
