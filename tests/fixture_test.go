package tests

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files that a fixture's edits are about, as they are before.
const (
	templatePath = "/etc/load-balancer-servo/haproxy_template.conf"
	template     = `#template
global
 maxconn 100000
 ulimit-n 655360
 pidfile /var/run/haproxy.pid

#drop privileges after port binding
 user servo
 group servo

defaults
 contimeout      1000
 clitimeout      10000
 srvtimeout      10000
 option http-server-close # affects KA on/off
`
	sysctlConf = "# Kernel sysctl configuration\n\nnet.ipv4.ip_forward = 0\nkernel.sysrq = 0\n"
	imageFile  = "eucalyptus-load-balancer-image.img"
)

// shape is a kind of disk: a file system on a partition table.
type shape struct {
	name     string
	table    string // mbr, logical, gpt or bare
	fsType   string
	features string
	block    int
	inode    int
}

const (
	oldExt3    = "has_journal,ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file"
	el6Ext4    = oldExt3 + ",extent,flex_bg,huge_file,uninit_bg,dir_nlink,extra_isize"
	modernExt4 = oldExt3 + ",extent,64bit,flex_bg,huge_file,dir_nlink,extra_isize,metadata_csum"
)

var shapes = []shape{
	{"ext3 on mbr", "mbr", "ext3", oldExt3, 4096, 256},
	{"ext3 with 1k blocks and short inodes", "mbr", "ext3", oldExt3, 1024, 128},
	{"ext4 of EL6 on mbr", "mbr", "ext4", el6Ext4, 4096, 256},
	{"modern ext4 on gpt", "gpt", "ext4", modernExt4, 4096, 256},
	{"modern ext4 with 2k blocks, logical partition", "logical", "ext4", modernExt4, 2048, 256},
	{"ext3 bare", "bare", "ext3", oldExt3, 4096, 256},
	{"ext2 bare", "bare", "ext2", "ext_attr,resize_inode,dir_index,filetype,sparse_super", 1024, 128},
}

const (
	fsSize    = 24 << 20
	partStart = 1 << 20 // of the partition with the root, and of the extended one
)

// fsOffset is where the root file system begins.
func (s shape) fsOffset() int64 {
	switch s.table {
	case "bare":
		return 0
	case "logical":
		return 2 * partStart
	}
	return partStart
}

// rootTree makes the files of a small system.
func rootTree(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	put := func(name, content string, mode os.FileMode) {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
	}
	put(templatePath, template, 0o644)
	put("etc/sysctl.conf", sysctlConf, 0o644)
	put("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nservo:x:498:498::/:/sbin/nologin\n", 0o644)
	put("etc/group", "root:x:0:\nservo:x:498:\n", 0o644)
	put("sbin/init", "#!/bin/sh\n", 0o755)
	rnd := rand.New(rand.NewPCG(212, 0))
	noise := make([]byte, 3<<20)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	put("usr/sbin/haproxy", string(noise), 0o755)
	for i := range 400 {
		put(fmt.Sprintf("usr/share/zoneinfo/City_of_number_%04d", i), fmt.Sprintf("TZif%06d\n", i), 0o644)
	}
	if err := os.Symlink("haproxy/haproxy.cfg", filepath.Join(root, "etc/haproxy.cfg")); err != nil {
		t.Fatal(err)
	}
	return root
}

// makeDisk builds a raw disk of a shape with the tools of others.
func makeDisk(t testing.TB, s shape, path string) {
	t.Helper()
	need(t, "mke2fs", "debugfs", "e2fsck")
	size := s.fsOffset() + fsSize
	script := ""
	switch s.table {
	case "mbr":
		script = fmt.Sprintf("label: dos\nlabel-id: 0x000b07a9\nstart=2048, size=%d, type=83, bootable\n", fsSize/512)
	case "gpt":
		size += 1 << 20
		script = fmt.Sprintf("label: gpt\nlabel-id: 6B1F5C0E-5D2A-4D0B-9A59-0212E1600003\nstart=2048, size=%d, type=linux, name=root\n", fsSize/512)
	case "logical":
		script = fmt.Sprintf("label: dos\nlabel-id: 0x000b07a9\nstart=2048, size=%d, type=5\nstart=4096, size=%d, type=83\n", partStart/512+fsSize/512, fsSize/512)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	if script != "" {
		need(t, "sfdisk")
		// Boot code, and what lies behind it: bytes that an edit must not touch.
		for off := range int64(63 * 512) {
			if off < 440 || off >= 40*512 && s.table != "gpt" {
				if _, err := f.WriteAt([]byte{byte(off*7 + 1)}, off); err != nil {
					t.Fatal(err)
				}
			}
		}
		shell(t, "sfdisk -q --no-reread --no-tell-kernel "+path, script)
	}
	f.Close()
	tree := rootTree(t)
	must(t, "", "mke2fs", "-q", "-F", "-t", s.fsType, "-b", fmt.Sprint(s.block), "-I", fmt.Sprint(s.inode), "-O", "none,"+s.features,
		"-L", "lb-root", "-U", "6b1f5c0e-5d2a-4d0b-9a59-0212e1600001", "-N", "2048",
		"-E", fmt.Sprintf("offset=%d,root_owner=0:0,hash_seed=6b1f5c0e-5d2a-4d0b-9a59-0212e1600002", s.fsOffset()),
		"-d", tree, path, fmt.Sprint(fsSize/s.block))
	// Whoever runs the test, the files are root's and the template the servo's;
	// e2fsck -D gives large folders their index.
	var owners strings.Builder
	for _, f := range []string{"/", "/etc", "/sbin", "/usr", "/etc/sysctl.conf", "/etc/passwd", "/etc/group"} {
		fmt.Fprintf(&owners, "sif %s uid 0\nsif %s gid 0\n", f, f)
	}
	fmt.Fprintf(&owners, "sif %s uid 498\nsif %s gid 498\n", templatePath, templatePath)
	at := fmt.Sprintf("%s?offset=%d", path, s.fsOffset())
	shell(t, "debugfs -w -f - '"+at+"'", owners.String())
	if r := call(t, "", nil, "e2fsck", "-fyD", at); r.code > 1 {
		t.Fatalf("e2fsck -fyD: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	judgeFS(t, path, s.fsOffset())
}

// shell runs a command line with an input; it has to succeed.
func shell(t testing.TB, line, input string) string {
	t.Helper()
	in := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(in, []byte(input), 0o644); err != nil {
		t.Fatal(err)
	}
	return must(t, "", "sh", "-c", line+" <"+in)
}

// packTarball makes a tarball of one image, as the package has it.
func packTarball(t testing.TB, disk, tarball string) {
	t.Helper()
	need(t, "tar", "gzip")
	must(t, filepath.Dir(disk), "tar", "--format=gnu", "--owner=root:0", "--group=root:0", "--mode=0644", "--mtime=@1400000000",
		"-czf", tarball, filepath.Base(disk))
}
