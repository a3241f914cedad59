package services_test

import (
	"fmt"

	"lbimage/overlay/services"
	"lbimage/overlay/treetest"
)

// A script that names its levels in an LSB header starts after what it requires.
func Example() {
	tree := treetest.Fill(map[string]string{
		"etc/rc3.d/S10network": "-> ../init.d/network",
		"etc/init.d/network":   "# chkconfig: 2345 10 90\n### BEGIN INIT INFO\n# Provides: $network\n### END INIT INFO\n",
		"etc/init.d/agent":     "### BEGIN INIT INFO\n# Required-Start: $network\n# Default-Start: 3\n### END INIT INFO\n",
	})
	edit, err := services.New(services.Request{Name: "agent", Action: services.Enable, Levels: "3"})
	if err != nil {
		fmt.Println(err)
		return
	}
	changes, err := edit.Apply(tree)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(edit.Describe())
	for _, c := range changes {
		if c.Path == "/etc/rc3.d/S50agent" {
			fmt.Println(c)
		}
	}
	list, err := services.List(tree)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range list {
		fmt.Println(s.Name, s.Kind, s.State, s.Levels)
	}
	// Output:
	// enable service agent in run levels 3
	// create /etc/rc3.d/S50agent symlink, 0:0, ../init.d/agent
	// agent sysv on 3
	// network sysv on 3
}
