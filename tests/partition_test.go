package tests

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where two partitions could be the root, both are named, and --partition
// decides; the other one stays as it is.
func TestTwoRoots(t *testing.T) {
	need(t, "sfdisk")
	dir := t.TempDir()
	bare := filepath.Join(dir, "bare.img")
	makeDisk(t, shapes[5], bare)
	content, err := os.ReadFile(bare)
	if err != nil {
		t.Fatal(err)
	}
	disk := filepath.Join(dir, imageFile)
	f, err := os.Create(disk)
	if err != nil {
		t.Fatal(err)
	}
	starts := []int64{partStart, partStart + fsSize}
	for _, at := range starts {
		if _, err := f.WriteAt(content, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	shell(t, "sfdisk -q --no-reread --no-tell-kernel "+disk, fmt.Sprintf("label: dos\nstart=%d, size=%d, type=83\nstart=%d, size=%d, type=83\n",
		starts[0]/512, fsSize/512, starts[1]/512, fsSize/512))

	out := filepath.Join(dir, "updated.tgz")
	r := call(t, dir, nil, lbimage, customizeArgs(disk, out)...)
	if r.code != 1 || !strings.Contains(r.stderr, "partition 1") || !strings.Contains(r.stderr, "partition 2") || !strings.Contains(r.stderr, "--partition") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	must(t, dir, lbimage, customizeArgs(disk, out, "--partition", "2")...)
	unpacked := t.TempDir()
	must(t, unpacked, "tar", "-xzf", out)
	got, err := os.ReadFile(filepath.Join(unpacked, imageFile))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got[starts[0]:starts[0]+fsSize], content) {
		t.Error("the first partition changed")
	}
	judgeFS(t, filepath.Join(unpacked, imageFile), starts[1])
	if text := catFile(t, filepath.Join(unpacked, imageFile), starts[1], templatePath); squeeze(text) != squeeze(theTemplate) {
		t.Errorf("template:\n%s", text)
	}
}
