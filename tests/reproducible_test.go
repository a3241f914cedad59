package tests

import (
	"os"
	"path/filepath"
	"testing"
)

// The same bytes whatever the machine is like: cores, time zone, locale, umask,
// folders, the name of the day.
func TestReproducible(t *testing.T) {
	dir := t.TempDir()
	disk := filepath.Join(dir, imageFile)
	makeDisk(t, shapes[2], disk)
	tarball := filepath.Join(dir, "image.tgz")
	packTarball(t, disk, tarball)
	for _, source := range []string{tarball, disk} {
		want, wantRecord := "", ""
		for _, env := range [][]string{
			{},
			{"GOMAXPROCS=1", "TZ=Asia/Kathmandu"},
			{"GOMAXPROCS=2", "LC_ALL=tr_TR.UTF-8", "LANG=tr_TR.UTF-8"},
			{"GOMAXPROCS=16", "TMPDIR=" + t.TempDir(), "GOGC=20"},
		} {
			work := t.TempDir()
			r := call(t, work, env, "sh", append([]string{"-c", `umask 077; exec "$0" "$@"`, lbimage}, customizeArgs(source, "updated.tgz")...)...)
			if r.code != 0 {
				t.Fatalf("%v: exit %d: %s", env, r.code, r.stderr)
			}
			got, record := sum(t, filepath.Join(work, "updated.tgz")), sum(t, filepath.Join(work, "updated.tgz.json"))
			if want == "" {
				want, wantRecord = got, record
			}
			if got != want || record != wantRecord {
				t.Errorf("%v: other bytes", env)
			}
			if st, _ := os.Stat(filepath.Join(work, "updated.tgz")); st.Mode() != 0o644 {
				t.Errorf("%v: mode %v", env, st.Mode())
			}
		}
	}
}

// SOURCE_DATE_EPOCH is the time of all that is new.
func TestSourceDateEpoch(t *testing.T) {
	need(t, "tar")
	dir := t.TempDir()
	disk := filepath.Join(dir, imageFile)
	makeDisk(t, shapes[5], disk)
	out := filepath.Join(dir, "updated.tgz")
	r := call(t, dir, []string{"SOURCE_DATE_EPOCH=1500000000", "TZ=UTC"}, lbimage, customizeArgs(disk, out)...)
	if r.code != 0 {
		t.Fatal(r.stderr)
	}
	unpacked := t.TempDir()
	must(t, unpacked, "tar", "-xzf", out)
	st, err := os.Stat(filepath.Join(unpacked, imageFile))
	if err != nil || st.ModTime().Unix() != 1500000000 {
		t.Errorf("the entry's time is %v, %v", st.ModTime(), err)
	}
	if r := call(t, dir, []string{"SOURCE_DATE_EPOCH=yesterday"}, lbimage, customizeArgs(disk, "b.tgz")...); r.code != 2 {
		t.Errorf("a bad SOURCE_DATE_EPOCH: exit %d: %s", r.code, r.stderr)
	}
}
