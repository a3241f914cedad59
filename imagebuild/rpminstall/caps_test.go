package rpminstall

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestCapabilityJudgedBySetcap compares with what the machine's own setcap writes.
func TestCapabilityJudgedBySetcap(t *testing.T) {
	setcap, err := exec.LookPath("/usr/sbin/setcap")
	if err != nil {
		if setcap, err = exec.LookPath("setcap"); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal("setcap is not installed")
			}
			t.Skip("setcap is not installed")
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setxattr(file, "security.capability", []byte("\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), 0); err != nil {
		t.Skipf("the file system of the temporary folder takes no capabilities: %v", err)
	}
	for _, text := range []string{
		"cap_net_raw=ep", "cap_net_raw+ep", "cap_net_bind_service=+ep", "cap_net_admin,cap_net_raw=p", "cap_setuid=i cap_setgid=p",
		"= cap_chown,cap_kill+pe", "cap_net_raw=pie", "CAP_NET_RAW=EP", "cap_bpf,cap_chown=ep", "cap_net_raw=ep cap_net_raw-e", "cap_net_raw=ep cap_chown+p",
		"cap_audit_read=eip", "37=ep", "cap_none=ep", "cap_net_raw", "cap_net_raw=x", "cap_chown=pe-e", "cap_chown+p=e", "cap_net_raw=i cap_net_raw=p", "cap_net_raw=ep cap_net_raw=",
	} {
		_ = unix.Removexattr(file, "security.capability")
		theirs := exec.Command(setcap, text, file).Run()
		ours, err := capability(text)
		if (theirs == nil) != (err == nil) {
			t.Errorf("%s: setcap says %v, we say %v", text, theirs, err)
			continue
		}
		if err != nil {
			continue
		}
		buf := make([]byte, 64)
		n, err := unix.Getxattr(file, "security.capability", buf)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(buf[:n], ours) {
			t.Errorf("%s: setcap writes %x, we write %x", text, buf[:n], ours)
		}
	}
}
