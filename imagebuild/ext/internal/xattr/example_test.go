package xattr_test

import (
	"fmt"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/xattr"
)

// Attributes go into the inode while they fit, the rest into a block.
func Example() {
	inode := make(layout.Inode, 256)
	inode.SetExtraIsize(32)
	index, name, _ := layout.SplitXattrName("security.selinux")
	label := xattr.Attr{Index: index, Name: name, Value: []byte("system_u:object_r:etc_t:s0\x00")}
	long := xattr.Attr{Index: 1, Name: "long", Value: make([]byte, 100)}

	fmt.Println(xattr.PutInode(inode, []xattr.Attr{label, long}))
	fmt.Println(xattr.PutInode(inode, []xattr.Attr{label}))
	block, err := xattr.BuildBlock(1024, []xattr.Attr{long})
	fmt.Println(len(block), err)
	attrs, err := xattr.ParseInode(inode)
	fmt.Printf("%s %q %v\n", attrs[0].Name, attrs[0].Value, err)
	// Output:
	// extended attributes do not fit
	// <nil>
	// 1024 <nil>
	// selinux "system_u:object_r:etc_t:s0\x00" <nil>
}
