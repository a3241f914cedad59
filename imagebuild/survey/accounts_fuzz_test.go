package survey

import (
	"testing"

	"lbimage/overlay/treetest"
)

// Whatever the account files, keys and mounts are, what is told of them is bounded.
func FuzzAccounts(f *testing.F) {
	f.Add("root:x:0:0:root:/root:/bin/sh\n", "root:$6$s$x:19000:0:99999:7:::\n", "ssh-rsa AAAA me\nfrom=\"a,b\" ssh-ed25519 AAAA\n", "LABEL=x / ext3 defaults 1 1\n")
	f.Add("a:x:1:1::%h/../..:\n+::::::\n:x:0\n", "a::::::::\na:!:1\n", "command=\"a\\\"b", "UUID= none\n#\n\\040 \\777 x\n")
	f.Add("a:x:4294967296:-1:::/sbin/nologin", "a:$2b$31$", "\x00", "/dev/a /b")
	f.Fuzz(func(t *testing.T, passwd, shadow, keys, fstab string) {
		tree := treetest.Fill(map[string]string{
			"etc/passwd": passwd, "etc/shadow": shadow, "root/.ssh/authorized_keys": keys, "etc/fstab": fstab,
			"etc/ssh/sshd_config": "AuthorizedKeysFile .ssh/authorized_keys %h/%u/%%\n",
		})
		list := accountsOf(tree, sshdOf(tree, nil))
		if len(list) > maxAccounts {
			t.Errorf("%d accounts", len(list))
		}
		b, err := boot(tree)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Fstab) > maxMounts {
			t.Errorf("%d lines of fstab", len(b.Fstab))
		}
	})
}
