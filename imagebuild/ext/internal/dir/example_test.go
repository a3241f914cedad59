package dir_test

import (
	"bytes"
	"fmt"

	"lbimage/imagebuild/ext/internal/dir"
	"lbimage/imagebuild/ext/internal/layout"
)

// blocks is a store in memory.
type blocks [][]byte

func (s *blocks) Blocks() uint32                   { return uint32(len(*s)) }
func (s *blocks) Read(blk uint32) ([]byte, error)  { return bytes.Clone((*s)[blk]), nil }
func (s *blocks) Write(blk uint32, b []byte) error { (*s)[blk] = bytes.Clone(b); return nil }
func (s *blocks) Append(b []byte) (uint32, error) {
	*s = append(*s, bytes.Clone(b))
	return s.Blocks() - 1, nil
}

// A directory begins as one block, and is hashed once it outgrows it.
func Example() {
	p := dir.Params{BlockSize: 1024, Filetype: true, DirIndex: true, HashVersion: layout.HashHalfMD4, MaxInode: 1000}
	s := &blocks{dir.InitBlock(p, 12, layout.InodeRoot)}
	d := dir.New(s, p)
	for i := range 100 {
		if err := d.Insert(fmt.Sprintf("file-%02d", i), uint32(100+i), layout.FTRegular); err != nil {
			fmt.Println(err)
		}
	}
	e, ok, err := d.Lookup("file-42")
	fmt.Println(e.Inode, ok, err)
	fmt.Println(d.Indexed(), s.Blocks())
	fmt.Println(d.Insert("file-42", 7, layout.FTRegular))
	// Output:
	// 142 true <nil>
	// true 3
	// "file-42": name exists
}
