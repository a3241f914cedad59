package survey

import (
	"testing"

	"lbimage/overlay/treetest"
)

// SUSE and Debian have links to the newest kernel and its initramfs beside them.
func TestLinksInBoot(t *testing.T) {
	b, err := boot(treetest.Fill(map[string]string{
		"boot/vmlinuz-5.3.18-57-default": "x", "boot/vmlinuz": "-> vmlinuz-5.3.18-57-default",
		"boot/initrd-5.3.18-57-default": "\x1f\x8b\x08", "boot/initrd": "-> initrd-5.3.18-57-default", "boot/initrd.old": "-> gone",
	}))
	if err != nil || len(b.Kernels) != 1 || len(b.Initramfs) != 1 || b.Initramfs[0].Path != "/boot/initrd-5.3.18-57-default" {
		t.Fatalf("%+v, %v", b, err)
	}
}
