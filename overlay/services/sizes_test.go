package services_test

import (
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/services"
	"lbimage/overlay/treetest"
)

// TestNeeds holds the estimate against the links that are made: it is no less.
func TestNeeds(t *testing.T) {
	script := "#!/bin/sh\n# chkconfig: 2345 50 50\n# description: x\n"
	unit := base()
	unit["usr/lib/systemd/system/a.service"] = "[Install]\nWantedBy=multi-user.target\nAlias=b.service\n"
	for _, c := range []struct {
		what   string
		files  map[string]string
		action services.Action
	}{
		{"unit", unit, services.Enable},
		{"mask", unit, services.Mask},
		{"script", map[string]string{"etc/init.d/a": script}, services.Add},
		{"xinetd", map[string]string{"etc/xinetd.d/a": "service a\n{\n}\n"}, services.Disable},
		{"unknown", nil, services.Enable},
	} {
		tree := treetest.Fill(c.files)
		e, err := services.New(services.Request{Name: "a", Action: c.action})
		if err != nil {
			t.Fatal(err)
		}
		bytes, inodes, err := overlay.Needs(tree, []overlay.Edit{e}, 4096)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := e.Apply(tree)
		if (err != nil) != (c.what == "unknown") {
			t.Fatal(c.what, err)
		}
		var made int64
		for _, change := range changes {
			if change.Op == overlay.OpCreate {
				made++
			}
		}
		if inodes < made || c.what == "xinetd" && bytes == 0 || err != nil && bytes+inodes > 0 {
			t.Errorf("%s: %d inodes, %d bytes estimated, %d made: %v", c.what, inodes, bytes, made, changes)
		}
	}
}
