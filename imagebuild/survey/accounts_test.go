package survey

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

func TestAccounts(t *testing.T) {
	tree := treetest.Fill(map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/bash\n# comment\nbroken\n+::::::\nopen::1:1::/:/bin/sh\nlocked:x:2:2::/home/l:/bin/sh\nstar:x:3:3::/:\n" +
			"gone:x:4:4::/:/bin/nothing\nnologin:x:5:5::/:/sbin/nologin\nold:x:6:6::/:/bin/sh\nhere:$1$salt$qJH7.N4xYta3aEG/dfqo/0:7:7::/:/bin/sh\nnoentry:x:8:8::/:/bin/sh\n",
		"etc/shadow": "root:$6$saltsalt$abcdefghijklmnop:1:0:99999:7:::\nroot:!:1::::::\nlocked:!$6$saltsalt$abcdefghijklmnop:1::::::\nstar:*:1::::::\ngone:$y$j9T$abcdefghijk:1::::::\n" +
			"nologin:$6$saltsalt$abcdefghijklmnop:1::::::\nold:$6$saltsalt$abcdefghijklmnop:1:::::1:\n",
		"bin/bash": "", "bin/sh": "-> bash", "sbin/nologin": "",
		"home/l/.ssh/authorized_keys": "# mine\nssh-rsa AAAA me\nfrom=\"10.0.0.1\" ssh-ed25519 AAAA me\n\n",
		"root/.ssh/authorized_keys2":  "ssh-rsa AAAA me\n",
		"usr/sbin/sshd":               "\x7fELF",
		"etc/ssh/sshd_config":         "UsePAM yes\nAuthorizedKeysFile %h/.ssh/authorized_keys\nPermitRootLogin without-password\n",
	})
	for _, name := range []string{"bin/bash", "sbin/nologin"} {
		if err := tree.Chmod(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Chtimes("etc/shadow", time.Time{}, time.Unix(1400000000, 0)); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, a := range accountsOf(tree, sshdOf(tree, nil)) {
		fmt.Fprintf(&got, "%s %d %v %s/%s %s:%d %v %v %v\n", a.Name, a.UID, a.Interactive, a.Password.State, a.Password.Method, a.Password.Path, a.Password.Line, a.Expired, a.Login, a.Keys)
	}
	want := `root 0 true set/sha512 /etc/shadow:1 false [password] [{/root/.ssh/authorized_keys2 1 false}]
open 1 true none/ /etc/passwd:5 false [password] []
locked 2 true locked/sha512 /etc/shadow:3 false [key] [{/home/l/.ssh/authorized_keys 2 true}]
star 3 true unusable/ /etc/shadow:4 false [] []
gone 4 false set/yescrypt /etc/shadow:5 false [] []
nologin 5 false set/sha512 /etc/shadow:6 false [] []
old 6 true set/sha512 /etc/shadow:7 true [] []
here 7 true set/md5 /etc/passwd:11 false [password] []
noentry 8 true unusable/ /etc/passwd:12 false [] []
`
	if got.String() != want {
		t.Errorf("%s\nwant\n%s", got.String(), want)
	}
}

// Every kind of hash that mkpasswd makes is known as one.
func TestHashMethods(t *testing.T) {
	mkpasswd := needs.Program(t, "mkpasswd")
	for method, want := range map[string]string{"sha512crypt": "sha512", "sha256crypt": "sha256", "md5crypt": "md5", "descrypt": "des", "yescrypt": "yescrypt", "bcrypt": "bcrypt", "gost-yescrypt": "gost-yescrypt", "scrypt": "scrypt", "sunmd5": "sunmd5", "nt": "nt", "bsdicrypt": "bsdi-des"} {
		out, err := exec.Command(mkpasswd, "-m", method, "word").Output()
		if got := hashMethod(strings.TrimSpace(string(out))); err != nil || got != want {
			t.Errorf("%s: %q is %q (%v)", method, out, got, err)
		}
	}
	for _, no := range []string{"", "x", "*", "!", "*NP*", "$6$", "password123"} {
		if m := hashMethod(no); m != "" {
			t.Errorf("%q is %s", no, m)
		}
	}
}
