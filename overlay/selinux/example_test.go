package selinux_test

import (
	"fmt"

	"lbimage/overlay"
	"lbimage/overlay/selinux"
	"lbimage/overlay/treetest"
)

func ExampleLabelled() {
	image := treetest.Fill(map[string]string{
		"etc/selinux/config": "SELINUX=enforcing\nSELINUXTYPE=targeted\n",
		"etc/selinux/targeted/contexts/files/file_contexts": "/etc(/.*)?	system_u:object_r:etc_t:s0\n",
	})
	if err := image.SetXattr("etc", selinux.Attr, []byte("system_u:object_r:etc_t:s0\x00")); err != nil {
		fmt.Println(err)
		return
	}
	tree, report, err := selinux.Labelled(image)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := (overlay.File{Path: "/etc/motd", Content: []byte("hello\n")}).Apply(tree); err != nil {
		fmt.Println(err)
		return
	}
	label, err := image.Xattr("etc/motd", selinux.Attr)
	fmt.Printf("%s: %q %v\n", report.Why, label, err)
	// Output: SELinux is enforcing, policy targeted: "system_u:object_r:etc_t:s0\x00" <nil>
}
