package accounts_test

import (
	"fmt"
	"time"

	"lbimage/overlay"
	"lbimage/overlay/accounts"
	"lbimage/overlay/treetest"
)

// A system account for a service, as `useradd -r -d /var/lib/deploy -s /sbin/nologin deploy` makes it on EL6.
func Example() {
	tree := treetest.Fill(map[string]string{
		"etc/redhat-release": "CentOS release 6.5 (Final)\n",
		"etc/login.defs":     "UID_MIN 500\nGID_MIN 500\nUSERGROUPS_ENAB yes\n",
		"etc/passwd":         "root:x:0:0:root:/root:/bin/bash\nsaslauth:x:499:76::/var/empty/saslauth:/sbin/nologin\n",
		"etc/group":          "root:x:0:\nsaslauth:x:76:\n",
		"etc/shadow":         "root:*:15980:0:99999:7:::\nsaslauth:!!:15980::::::\n",
		"etc/gshadow":        "root:::\nsaslauth:!::\n",
	})
	deploy, err := accounts.NewUser(accounts.User{
		Name: "deploy", System: true, Home: "/var/lib/deploy", Shell: "/sbin/nologin",
		Time: time.Date(2014, 5, 13, 0, 0, 0, 0, time.UTC),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	changes, err := overlay.Apply(tree, []overlay.Edit{deploy})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range changes {
		fmt.Println(c, c.Notes)
		fmt.Print(c.Diff())
	}
	// Output:
	// modify /etc/passwd [the user deploy gets the uid 498 and the gid 498]
	// --- a/etc/passwd
	// +++ b/etc/passwd
	// @@ -1,2 +1,3 @@
	//  root:x:0:0:root:/root:/bin/bash
	//  saslauth:x:499:76::/var/empty/saslauth:/sbin/nologin
	// +deploy:x:498:498::/var/lib/deploy:/sbin/nologin
	// modify /etc/shadow []
	// --- a/etc/shadow
	// +++ b/etc/shadow
	// @@ -1,2 +1,3 @@
	//  root:*:15980:0:99999:7:::
	//  saslauth:!!:15980::::::
	// +deploy:!!:16203::::::
	// modify /etc/group []
	// --- a/etc/group
	// +++ b/etc/group
	// @@ -1,2 +1,3 @@
	//  root:x:0:
	//  saslauth:x:76:
	// +deploy:x:498:
	// modify /etc/gshadow []
	// --- a/etc/gshadow
	// +++ b/etc/gshadow
	// @@ -1,2 +1,3 @@
	//  root:::
	//  saslauth:!::
	// +deploy:!::
}
