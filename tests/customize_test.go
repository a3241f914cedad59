package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every shape of disk, as a raw image, goes through the whole job; others judge.
func TestCustomizeEveryShape(t *testing.T) {
	need(t, "tar", "gzip")
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			dir := t.TempDir()
			disk := filepath.Join(dir, imageFile)
			makeDisk(t, s, disk)
			before := sum(t, disk)
			out := filepath.Join(dir, "updated.tgz")
			must(t, dir, lbimage, customizeArgs(disk, out)...)
			if sum(t, disk) != before {
				t.Error("the source was changed")
			}
			judgeOutput(t, s, disk, out)
		})
	}
}

// judgeOutput unpacks an output and lets everybody look at it.
func judgeOutput(t *testing.T, s shape, source, tarball string) {
	t.Helper()
	if got := must(t, "", "tar", "-tzf", tarball); got != imageFile+"\n" {
		t.Errorf("tar lists %q", got)
	}
	must(t, "", "gzip", "-t", tarball)
	dir := t.TempDir()
	must(t, dir, "tar", "-xzf", tarball)
	disk := filepath.Join(dir, imageFile)
	off := s.fsOffset()
	judgeFS(t, disk, off)
	if got := catFile(t, disk, off, templatePath); squeeze(got) != squeeze(theTemplate) {
		t.Errorf("template:\n%s", got)
	}
	if got := catFile(t, disk, off, "/etc/sysctl.conf"); got != theSysctl {
		t.Errorf("sysctl.conf:\n%s", got)
	}
	if stat := statFile(t, disk, off, templatePath); !strings.Contains(squeeze(stat), "Mode: 0644") || !strings.Contains(squeeze(stat), "User: 498 Group: 498") {
		t.Errorf("mode or owner of the template:\n%s", stat)
	}
	if s.table != "bare" {
		need(t, "sfdisk")
		a, b := must(t, filepath.Dir(source), "sfdisk", "-d", filepath.Base(source)), must(t, dir, "sfdisk", "-d", imageFile)
		if a != b {
			t.Errorf("the partition table changed:\n%s\n%s", a, b)
		}
	}
	judgeBytes(t, s, source, disk)
	judgeMount(t, disk, off)
	judgeRecord(t, source, tarball)
}

// judgeBytes holds that nothing outside the file system differs, and within it
// few blocks.
func judgeBytes(t *testing.T, s shape, source, disk string) {
	t.Helper()
	a, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(disk)
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != len(b) {
		t.Fatalf("%d bytes became %d", len(a), len(b))
	}
	lo, hi := s.fsOffset(), s.fsOffset()+fsSize
	if !bytes.Equal(a[:lo], b[:lo]) || !bytes.Equal(a[hi:], b[hi:]) {
		t.Error("bytes outside the file system changed")
	}
	blocks := 0
	for off := 0; off < len(a); off += 4096 {
		if end := min(off+4096, len(a)); !bytes.Equal(a[off:end], b[off:end]) {
			blocks++
		}
	}
	if blocks == 0 || blocks > 32 {
		t.Errorf("%d blocks differ", blocks)
	}
}

// judgeMount lets the kernel read the result, where it may be asked.
func judgeMount(t *testing.T, disk string, offset int64) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	mnt := t.TempDir()
	r := call(t, "", nil, "mount", "-o", fmt.Sprintf("ro,loop,offset=%d,sizelimit=%d", offset, fsSize), disk, mnt)
	if r.code != 0 {
		t.Logf("no loop mount here: %s", r.stderr)
		return
	}
	defer must(t, "", "umount", mnt)
	got, err := os.ReadFile(filepath.Join(mnt, templatePath))
	if err != nil || squeeze(string(got)) != squeeze(theTemplate) {
		t.Errorf("the kernel reads %v:\n%s", err, got)
	}
	list, err := os.ReadDir(filepath.Join(mnt, "usr/share/zoneinfo"))
	if err != nil || len(list) != 400 {
		t.Errorf("the kernel lists %d files, %v", len(list), err)
	}
}

func judgeRecord(t *testing.T, source, tarball string) {
	t.Helper()
	judgeRecordForm(t, tarball+".json")
	b, err := os.ReadFile(tarball + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var r struct {
		Schema string
		Source struct{ SHA256 string }
		Output struct {
			SHA256 string
			Size   int64
		}
		Changes []struct{ Path, Op, Diff string }
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(tarball)
	if err != nil {
		t.Fatal(err)
	}
	if r.Source.SHA256 != sum(t, source) || r.Output.SHA256 != sum(t, tarball) || r.Output.Size != st.Size() {
		t.Errorf("the record's digests do not fit the files:\n%s", b)
	}
	if len(r.Changes) != 2 || !strings.Contains(r.Changes[0].Diff, "+ timeout connect 5s") {
		t.Errorf("the record's changes:\n%s", b)
	}
	if strings.Contains(string(b), filepath.Dir(source)) {
		t.Error("the record names a folder of this machine")
	}
}

// A plan prints diffs that patch(1) takes, and writes nothing.
func TestPlan(t *testing.T) {
	need(t, "patch")
	dir := t.TempDir()
	disk := filepath.Join(dir, imageFile)
	makeDisk(t, shapes[5], disk)
	before := sum(t, disk)
	out := must(t, dir, lbimage, append([]string{"customize", disk, "--plan"}, theEdits...)...)
	if sum(t, disk) != before {
		t.Error("the plan changed the source")
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("the plan left files: %v", list)
	}
	tree := t.TempDir()
	for name, text := range map[string]string{templatePath: template, "/etc/sysctl.conf": sysctlConf} {
		if err := os.MkdirAll(filepath.Dir(tree+name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(tree+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	diff := filepath.Join(t.TempDir(), "diff")
	if err := os.WriteFile(diff, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, tree, "patch", "-p1", "-i", diff)
	for name, want := range map[string]string{templatePath: theTemplate, "/etc/sysctl.conf": theSysctl} {
		got, _ := os.ReadFile(tree + name)
		if squeeze(string(got)) != squeeze(want) {
			t.Errorf("%s patched:\n%s", name, got)
		}
	}
}
