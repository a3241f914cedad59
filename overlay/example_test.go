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

func ExampleLine() {
	image := treetest.Fill(map[string]string{"etc/ssh/sshd_config": "Port 22\n#UseDNS yes\nUsePAM yes\n"})
	line, err := overlay.NewLine(overlay.Line{Path: "/etc/ssh/sshd_config", Match: `^#?\s*UseDNS`, Set: "UseDNS no"})
	if err != nil {
		fmt.Println(err)
		return
	}
	changes, err := line.Apply(image)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(changes[0].Diff())
	// Output:
	// --- a/etc/ssh/sshd_config
	// +++ b/etc/ssh/sshd_config
	// @@ -1,3 +1,3 @@
	//  Port 22
	// -#UseDNS yes
	// +UseDNS no
	//  UsePAM yes
}

func ExampleConflicts() {
	err := overlay.Conflicts(nil, []overlay.Edit{
		overlay.Remove{Path: "/etc/motd"},
		overlay.Symlink{Path: "/etc/motd", Target: "../run/motd"},
	})
	fmt.Println(err)
	// Output: /etc/motd: two edits disagree: "remove /etc/motd" and "link /etc/motd to ../run/motd": the one removes what the other sets; leave one of them out, or say override on the later one, which then counts
}
