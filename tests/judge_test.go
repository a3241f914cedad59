package tests

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Lines that e2fsck -fn prints of a file system with nothing to say about it.
var fsckFine = regexp.MustCompile(`^(e2fsck [0-9].*|Pass [0-9].*|\S+: [0-9]+/[0-9]+ files \(.*\), [0-9]+/[0-9]+ blocks)$`)

// fsckComplaints gives every line of e2fsck's that is not one of a clean run.
// The exit code alone is not enough: wrong totals or descriptor checksums are
// printed, and the code is 0.
func fsckComplaints(t testing.TB, disk string, offset int64) []string {
	t.Helper()
	need(t, "e2fsck")
	r := call(t, "", []string{"LC_ALL=C"}, "e2fsck", "-fn", fmt.Sprintf("%s?offset=%d", disk, offset))
	var bad []string
	for line := range strings.Lines(r.stdout + r.stderr) {
		if line = strings.TrimSpace(line); line != "" && !fsckFine.MatchString(line) {
			bad = append(bad, line)
		}
	}
	if r.code != 0 && len(bad) == 0 {
		bad = append(bad, fmt.Sprintf("exit %d", r.code))
	}
	return bad
}

func judgeFS(t testing.TB, disk string, offset int64) {
	t.Helper()
	for _, line := range fsckComplaints(t, disk, offset) {
		t.Errorf("e2fsck %s: %s", disk, line)
	}
}

// The judge is judged: wrong totals, which e2fsck forgives, are not forgiven.
func TestJudgeSeesWhatE2fsckForgives(t *testing.T) {
	disk := t.TempDir() + "/disk.img"
	makeDisk(t, shapes[5], disk)
	must(t, "", "debugfs", "-w", "-R", "ssv free_blocks_count 7", disk)
	if len(fsckComplaints(t, disk, 0)) == 0 {
		t.Error("a wrong count of free blocks passes")
	}
}

// catFile reads a file by debugfs.
func catFile(t testing.TB, disk string, offset int64, name string) string {
	t.Helper()
	return must(t, "", "debugfs", "-R", "cat "+name, fmt.Sprintf("%s?offset=%d", disk, offset))
}

// statFile gives debugfs's words on an inode.
func statFile(t testing.TB, disk string, offset int64, name string) string {
	t.Helper()
	return must(t, "", "debugfs", "-R", "stat "+name, fmt.Sprintf("%s?offset=%d", disk, offset))
}

func sum(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}

// theTemplate is what the edits make of the template.
const theTemplate = `#template
global
 maxconn 100000
 ulimit-n 655360
 pidfile /var/run/haproxy.pid

#drop privileges after port binding
 user servo
 group servo

defaults
 timeout connect 5s
 timeout client  2m
 timeout server  2m
 option http-server-close # affects KA on/off
 timeout http-keep-alive 10s
 timeout queue 1m
 timeout check 5s
 retries 3
 option dontlognull
 option redispatch
`

const theSysctl = sysctlConf + "net.ipv4.tcp_keepalive_time = 600\n"

// squeeze makes runs of blanks one, so that alignment does not count.
func squeeze(s string) string {
	return regexp.MustCompile(`[ \t]+`).ReplaceAllString(s, " ")
}
