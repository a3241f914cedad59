package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Kind is what a source is.
type Kind string

const (
	KindRPM     Kind = "rpm"     // a package that holds an image tarball
	KindTarball Kind = "tarball" // compressed in any of the usual ways, or not
	KindDisk    Kind = "disk"    // a raw disk image, with a partition table or without
)

// signature is a run of bytes at a fixed place that tells a format.
type signature struct {
	off   int
	magic string
	kind  Kind
	name  string // of a format that is refused, with what to do
}

// The order counts: a tarball's first member could hold any bytes further down.
var signatures = []signature{
	{0, "\xed\xab\xee\xdb", KindRPM, ""},
	{0, "\x1f\x8b", KindTarball, ""},         // gzip
	{0, "\xfd7zXZ\x00", KindTarball, ""},     // xz
	{0, "\x28\xb5\x2f\xfd", KindTarball, ""}, // zstd
	{0, "BZh", KindTarball, ""},              // bzip2
	{257, "ustar", KindTarball, ""},          // tar, of POSIX or of GNU
	{0, "QFI\xfb", "", "a qcow2 image: convert it with qemu-img convert -O raw"},
	{0, "KDMV", "", "a VMDK image: convert it with qemu-img convert -O raw"},
	{0, "vhdxfile", "", "a VHDX image: convert it with qemu-img convert -O raw"},
	{0, "conectix", "", "a VHD image: convert it with qemu-img convert -O raw"},
	{0, "070701", "", "a bare cpio archive: give the RPM that it came from, or the image tarball in it"},
	{0, "PK\x03\x04", "", "a zip archive: give the image tarball or the disk image in it"},
	{0, "!<arch>\n", "", "a Debian package or an ar archive: give the image tarball or the disk image in it"},
	{510, "\x55\xaa", KindDisk, ""},  // MBR, also before a GPT
	{512, "EFI PART", KindDisk, ""},  // GPT whose protective MBR is gone
	{4096, "EFI PART", KindDisk, ""}, // the same with sectors of 4 KiB
	{1080, "\x53\xef", KindDisk, ""}, // ext2, ext3, ext4 without a table
}

// sniffLen is how much of a source decides its kind.
const sniffLen = 4096 + 8

// Sniff tells what a source of the given size is by its first bytes, and by
// the backup of a partition table at its end.
func Sniff(r io.ReaderAt, size int64) (Kind, error) {
	if size == 0 {
		return "", errors.New("is empty; give an RPM, an image tarball or a raw disk image")
	}
	head := make([]byte, min(size, sniffLen))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	for _, s := range signatures {
		if len(head) >= s.off+len(s.magic) && string(head[s.off:s.off+len(s.magic)]) == s.magic {
			if s.kind == "" {
				return "", fmt.Errorf("is %s", s.name)
			}
			return s.kind, nil
		}
	}
	if isOldTar(head) {
		return KindTarball, nil
	}
	for _, sector := range []int64{512, 4096} {
		tail := make([]byte, 8)
		if _, err := r.ReadAt(tail, size-sector); size > sector && err == nil && string(tail) == "EFI PART" {
			return KindDisk, nil
		}
	}
	if len(bytes.Trim(head, "\x00")) == 0 {
		return "", errors.New("begins with zeros: neither an RPM, nor an image tarball, nor a disk image with a partition table or an ext file system")
	}
	return "", errors.New("is neither an RPM, nor an image tarball, nor a raw disk image")
}

// isOldTar knows a tar header without a magic word by its checksum: the sum of
// all bytes with the checksum's own field taken as blanks.
func isOldTar(head []byte) bool {
	if len(head) < 512 || head[0] == 0 {
		return false
	}
	var stored, sum uint32
	for _, c := range bytes.TrimLeft(head[148:156], " ") {
		if c < '0' || c > '7' {
			break
		}
		stored = stored<<3 + uint32(c-'0')
	}
	for i, c := range head[:512] {
		if i >= 148 && i < 156 {
			c = ' '
		}
		sum += uint32(c)
	}
	return stored == sum
}

// contentName says what a partition without an ext file system holds, as far as
// its first bytes tell; "" where they do not.
func contentName(r io.ReaderAt) string {
	head := make([]byte, 66<<10)
	n, _ := r.ReadAt(head, 0)
	head = head[:n]
	has := func(off int, magic string) bool {
		return len(head) >= off+len(magic) && string(head[off:off+len(magic)]) == magic
	}
	switch {
	case has(0, "XFSB"):
		return "an xfs file system"
	case has(0x10040, "_BHRfS_M"):
		return "a btrfs file system"
	case has(4086, "SWAPSPACE2"), has(4086, "SWAP-SPACE"):
		return "swap space"
	case has(512, "LABELONE"):
		return "an LVM physical volume"
	case has(0, "LUKS\xba\xbe"):
		return "an encrypted volume (LUKS)"
	case has(0, "hsqs"):
		return "a squashfs file system"
	case has(3, "NTFS    "):
		return "an NTFS file system"
	case has(54, "FAT"), has(82, "FAT32"):
		return "a FAT file system"
	}
	return ""
}
