package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// crashed gives a disk whose journal holds a new first block of a file, and a
// place in the log, in bytes of the disk.
func crashed(t *testing.T, s shape, disk, name, content string) (inLog int64) {
	t.Helper()
	place := fmt.Sprintf("%s?offset=%d", disk, s.fsOffset())
	physical := func(request string) string { return strings.TrimSpace(must(t, "", "debugfs", "-R", request, place)) }
	dir := t.TempDir()
	block := make([]byte, s.block)
	copy(block, content)
	if err := os.WriteFile(filepath.Join(dir, "block"), block, 0o644); err != nil {
		t.Fatal(err)
	}
	commands := fmt.Sprintf("jo -c -v 3\njw -b %s %s/block\njc\n", physical("bmap "+name+" 0"), dir)
	if err := os.WriteFile(filepath.Join(dir, "commands"), []byte(commands), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "", "debugfs", "-w", "-f", filepath.Join(dir, "commands"), place)
	blk, err := strconv.ParseInt(physical("bmap <8> 2"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return s.fsOffset() + blk*int64(s.block)
}

// A disk that was not unmounted is edited on top of what its journal holds, and
// the user is told.
func TestJournalIsBroughtIn(t *testing.T) {
	need(t, "tar")
	const name, content = "/etc/group", "brought:in:\n"
	for _, i := range []int{0, 3} {
		s := shapes[i]
		t.Run(s.name, func(t *testing.T) {
			dir := t.TempDir()
			disk := filepath.Join(dir, imageFile)
			makeDisk(t, s, disk)
			crashed(t, s, disk, name, content)
			before := sum(t, disk)
			if got := must(t, dir, lbimage, "cat", disk, name); !strings.HasPrefix(got, content) {
				t.Errorf("cat shows %q", got)
			}
			if got := must(t, dir, lbimage, "inspect", disk); !strings.Contains(got, "was not unmounted") {
				t.Errorf("inspect says nothing of the journal:\n%s", got)
			}
			out := filepath.Join(dir, "updated.tgz")
			said := must(t, dir, lbimage, customizeArgs(disk, out)...)
			if strings.Count(said, "the journal was brought in: 1 transaction with 1 block") != 1 {
				t.Errorf("customize says\n%s", said)
			}
			if sum(t, disk) != before {
				t.Error("the source was changed")
			}
			b, err := os.ReadFile(out + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var r struct {
				Image struct {
					Recovery *struct{ Transactions, Blocks int }
				}
			}
			if err := json.NewDecoder(bytes.NewReader(b)).Decode(&r); err != nil {
				t.Fatal(err)
			}
			if c := r.Image.Recovery; c == nil || c.Transactions != 1 || c.Blocks != 1 {
				t.Errorf("the record has %+v", c)
			}
			must(t, dir, "tar", "-xzf", out)
			judgeFS(t, disk, s.fsOffset())
			if got := catFile(t, disk, s.fsOffset(), name); !strings.HasPrefix(got, content) {
				t.Errorf("%s holds %q", name, got)
			}
		})
	}
}
