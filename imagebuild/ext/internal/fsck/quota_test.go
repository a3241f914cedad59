package fsck

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

var quotaShapes = []shape{
	{name: "ext4_project", args: "-b 1024 -I 256 -E quotatype=usrquota:grpquota:prjquota -O none,quota,project,orphan_file," + csumFeatures, index: true},
	{name: "ext4_quota_4k", args: "-b 4096 -I 256 -O none,quota,inline_data," + without(csumFeatures, "has_journal"), index: true},
	{name: "ext4_quota_eainode", args: "-b 1024 -I 256 -O none,quota,ea_inode," + csumFeatures, index: true},
	{name: "ext3_quota", args: "-b 1024 -I 128 -E quotatype=usrquota -O none,quota," + ext3Features, index: true},
}

// quotaHarms are wrong quotas, in place of the harms of TestTable.
var quotaHarms = []harm{
	{"a file of another user", "sif file uid 7", codeQuotaUsage, ""},
	{"a file of another group", "sif file gid 70000", codeQuotaUsage, "ext4"},
	{"a file of another group, which nobody counts", "sif file gid 70000", "", "ext3"},
	{"a file of another project", "sif file projid 9", codeQuotaUsage, "ext4_project"},
	{"a new folder", "mkdir added", codeQuotaUsage, ""},
	{"no quota file", "clri <3>", codeSpecialInode, ""},
	{"a quota file too short", "sif <3> size 1024", codeQuotaFile, ""},
	{"another quota file", "ssv usr_quota_inum 4", codeQuotaMagic, "ext4"},
	{"no user's quota file", "ssv usr_quota_inum 0", codeSpecialInode, ""},
	{"a quota file outside", "ssv prj_quota_inum 99999", codeQuotaInode, "ext4"},
	{"version", "zap_block -f <3> -o 4 -l 1 -p 9 0", codeQuotaFile, ""},
	{"no blocks", "zap_block -f <3> -o 20 -l 4 -p 0 0", codeQuotaFile, ""},
	{"free block outside", "zap_block -f <3> -o 24 -l 1 -p 200 0", codeQuotaFile, ""},
	{"entries outside", "zap_block -f <3> -o 28 -l 1 -p 200 0", codeQuotaFile, ""},
	{"grace time", "zap_block -f <3> -o 8 -l 4 -p 1 0", "", ""},
}

// TestQuotas holds the verdicts on quota files against e2fsck.
func TestQuotas(t *testing.T) {
	tree := makeTree(t, false)
	for _, s := range quotaShapes {
		t.Run(s.name, func(t *testing.T) {
			dir := t.TempDir()
			whole := filepath.Join(dir, "whole.img")
			s.build(t, whole, tree)
			if found := problemsOf(t, whole); len(found) > 0 {
				t.Fatalf("%s", firstProblems(found, 8))
			}
			for _, h := range quotaHarms {
				if strings.Contains(s.name, h.only) {
					t.Run(h.name, func(t *testing.T) { h.test(t, whole, filepath.Join(dir, "harmed.img")) })
				}
			}
		})
	}
}

// TestQuotaMagic: the kernel refuses a quota file with another magic number,
// e2fsck does not.
func TestQuotaMagic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fs.img")
	quotaShapes[0].build(t, path, makeTree(t, false))
	run(t, exec.Command(tool(t, "debugfs"), "-w", "-R", "zap_block -f <3> -o 0 -l 4 -p 1 0", path))
	if found := problemsOf(t, path); len(found) != 1 || found[0].Code != codeQuotaMagic {
		t.Errorf("%s", firstProblems(found, 8))
	}
}

// TestQuotaRanges compares a few owners at a time, with the same result.
func TestQuotaRanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fs.img")
	quotaShapes[0].build(t, path, makeTree(t, false))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{ctx: context.Background(), r: bytes.NewReader(b), size: int64(len(b)), maxProblems: 1000, limits: theLimits}
	if err := c.run(); err != nil {
		t.Fatal(err)
	}
	inode := make(layout.Inode, c.inodeSize)
	for ino := c.firstInode; ino < 60; ino++ { // as if each were of another owner
		off := int(c.group(0).InodeTable())<<c.blockBits + int(ino-1)*c.inodeSize
		copy(inode, b[off:])
		if inode.LinksCount() > 0 {
			inode.SetUID(ino << 20)
			inode.SetChecksum(inode.ComputeChecksum(c.csumSeed, ino))
			copy(b[off:], inode)
		}
	}
	var results [2][]Problem
	for i, most := range []int{maxOwners, 3} {
		c.found = nil
		for kind, ino := range []uint32{3, 4} {
			q := &quotaCheck{c: c, kind: kind, ino: ino, most: most}
			if q.open() {
				q.compare()
			}
		}
		results[i] = c.problems()
	}
	if len(results[0]) < 20 || !slices.Equal(results[0], results[1]) {
		t.Errorf("at once %s; in ranges %s", firstProblems(results[0], 5), firstProblems(results[1], 5))
	}
}

// FuzzQuotas lets a quota file hold anything: the check ends, in bounds.
func FuzzQuotas(f *testing.F) {
	path := filepath.Join(f.TempDir(), "fs.img")
	quotaShapes[0].build(f, path, makeTree(f, false))
	image, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	c := &checker{ctx: context.Background(), r: bytes.NewReader(image), size: int64(len(image)), maxProblems: 1000, limits: theLimits}
	if err := c.run(); err != nil {
		f.Fatal(err)
	}
	q := &quotaCheck{c: c, ino: layout.InodeUserQuota, most: maxOwners}
	if !q.open() {
		f.Fatal("no quota file")
	}
	f.Add([]byte{0x17, 0, 1, 0, 4, 9, 1, 4, 1})
	f.Add([]byte{0, 8, 0xFF, 0, 4, 3, 0, 12, 4, 0, 16, 4})
	f.Fuzz(func(t *testing.T, patches []byte) {
		b := slices.Clone(image)
		for ; len(patches) >= 3; patches = patches[3:] {
			n := (uint32(patches[0]) | uint32(patches[1])<<8) % (q.head.Blocks() * layout.QuotaBlockSize)
			b[q.runs[0].pblk<<c.blockBits+uint64(n)] = patches[2] // one run, or the start of it
		}
		if _, err := Check(context.Background(), bytes.NewReader(b), int64(len(b)), Options{}); err != nil {
			t.Error(err)
		}
	})
}
