package overlay_test

import (
	"fmt"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// A plan is an Apply on something that is thrown away, here a tree in memory.
func Example() {
	tree := treetest.Fill(map[string]string{
		"etc/sysctl.conf":             "# Kernel sysctl configuration file\nnet.ipv4.ip_forward = 0\n",
		"etc/sysctl.d/99-sysctl.conf": "-> ../sysctl.conf",
	})
	sysctl, err := overlay.NewSysctl([]overlay.Setting{{Key: "net.ipv4.tcp_keepalive_time", Value: "600"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	changes, err := overlay.Apply(tree, []overlay.Edit{
		sysctl,
		overlay.File{Path: "/etc/motd", Content: []byte("updated\n")},
		overlay.Remove{Path: "/root/.bash_history"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range overlay.Fold(changes) {
		fmt.Println(c)
		fmt.Print(c.Diff())
	}
	// Output:
	// modify /etc/sysctl.conf
	// --- a/etc/sysctl.conf
	// +++ b/etc/sysctl.conf
	// @@ -1,2 +1,3 @@
	//  # Kernel sysctl configuration file
	//  net.ipv4.ip_forward = 0
	// +net.ipv4.tcp_keepalive_time = 600
	// create /etc/motd 0644, 0:0
	// --- /dev/null
	// +++ b/etc/motd
	// @@ -0,0 +1 @@
	// +updated
	// unchanged /root/.bash_history
}

func ExampleResolve() {
	tree := treetest.Fill(map[string]string{
		"bin":          "-> usr/bin",
		"usr/bin/tool": "",
		"etc/out":      "-> ../../../../bin/tool",
	})
	r, err := overlay.Resolve(tree, "/etc/out")
	fmt.Println(r.Path(), err)
	// Output: /usr/bin/tool <nil>
}
