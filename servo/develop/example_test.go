package develop_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
	"lbimage/servo/develop"
)

// A source is opened once, and its edit may be applied to any number of images.
func Example() {
	dir, err := os.MkdirTemp("", "servo-*")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for name, text := range map[string]string{
		"VERSION":                          "1.0.0\n",
		"setup.py":                         "from distutils.core import setup\nsetup(packages=['servo'], scripts=['load-balancer-servo'])\n",
		"load-balancer-servo":              "#!/usr/bin/env python\nimport servo\n",
		"servo/__init__.py":                "",
		"scripts/haproxy_template.conf":    "global\n",
		"scripts/boto.cfg":                 "[Boto]\n",
		"scripts/servo-sudoers.conf":       "servo ALL = (ALL) ALL\n",
		"scripts/load-balancer-servo-init": "#!/bin/sh\n# chkconfig: 2345 90 10\n# description: the servo\nLOGLEVEL=info\n",
	} {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			fmt.Println(err)
			return
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			fmt.Println(err)
			return
		}
	}
	src, err := develop.Open(context.Background(), develop.Request{Source: dir}, develop.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	edit, err := src.Edit(develop.EditOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	tree := treetest.Fill(map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/bash\nservo:x:498:497::/var/lib/load-balancer-servo:/sbin/nologin\n",
		"etc/group":  "root:x:0:\nservo:x:497:\n",
		"etc/init.d": "-> rc.d/init.d", "etc/rc.d/init.d/": "", "etc/rc.d/rc3.d/": "",
		"usr/bin/python": "", "usr/lib/python2.6/site-packages/": "",
	})
	changes, err := overlay.Apply(tree, []overlay.Edit{edit})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(src.Version, src.Release, src.Commit == "")
	for _, c := range overlay.Fold(changes) {
		if c.Path == "/usr/bin/load-balancer-servo" || c.Path == "/var/lib/load-balancer-servo" {
			fmt.Println(c)
		}
	}
	// Output:
	// 1.0.0 1.0.0 true
	// create /usr/bin/load-balancer-servo 0755, 0:0
	// create /var/lib/load-balancer-servo dir, 6700, 498:497
}
