package tests

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// conditions are what a machine is like while the program runs.
type conditions struct {
	env      []string
	umask    string
	oneCore  bool
	nobody   bool
	tempDir  string
	folder   string // where the recipe lies
	describe string
}

// randomConditions are drawn from what this machine can be.
func randomConditions(t *testing.T, rng *rand.Rand) conditions {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	c := conditions{umask: pick("022", "077", "002", "000", "027")}
	c.env = []string{
		"GOMAXPROCS=" + pick("1", "2", "3", "8"), "GOGC=" + pick("5", "20", "100", "400"), "TZ=" + pick("UTC", "Asia/Kathmandu", "America/New_York", "Pacific/Apia"),
		"LC_ALL=" + pick("C", "tr_TR.UTF-8", "de_DE.UTF-8", "ja_JP.eucJP"), "HOME=" + pick("/nonexistent", "/"), "COLUMNS=" + pick("20", "200"),
	}
	_, err := exec.LookPath("taskset")
	c.oneCore = err == nil && rng.IntN(3) == 0
	c.nobody = os.Getuid() == 0 && rng.IntN(2) == 0
	parents := []string{t.TempDir(), filepath.Join(t.TempDir(), "a folder with ümlauts")}
	if st, err := os.Stat("/dev/shm"); err == nil && st.IsDir() { // another file system, in memory
		if dir, err := os.MkdirTemp("/dev/shm", "lbimage-test-"); err == nil {
			t.Cleanup(func() { os.RemoveAll(dir) })
			parents = append(parents, dir)
		}
	}
	c.folder = filepath.Join(pick(parents...), "work")
	c.tempDir = filepath.Join(pick(parents...), "temp")
	c.describe = fmt.Sprintf("%v umask %s, one core: %v, nobody: %v, %s, temp %s", c.env, c.umask, c.oneCore, c.nobody, c.folder, c.tempDir)
	return c
}

// spread copies a folder; the entries of each folder come in a random order.
func spread(t *testing.T, rng *rand.Rand, from, to string) {
	t.Helper()
	var names []string
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, from))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rng.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
	must(t, "", "mkdir", "-p", to)
	for _, n := range names {
		if err := os.MkdirAll(filepath.Dir(to+n), 0o755); err != nil {
			t.Fatal(err)
		}
		must(t, "", "cp", "-p", from+n, to+n) // links are followed, as in a copy on another machine
	}
	// Folders that hold nothing, and the modes of all of them.
	err = filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		fi, err := d.Info()
		if err == nil {
			err = os.MkdirAll(to+strings.TrimPrefix(path, from), 0o755)
		}
		if err == nil {
			err = os.Chmod(to+strings.TrimPrefix(path, from), fi.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// run calls the program under the conditions.
func (c conditions) run(t *testing.T, args ...string) result {
	t.Helper()
	if err := os.MkdirAll(c.tempDir, 0o777); err != nil {
		t.Fatal(err)
	}
	command := append([]string{lbimage}, args...)
	if c.oneCore {
		command = append([]string{"taskset", "-c", "0"}, command...)
	}
	if c.nobody {
		need(t, "setpriv")
		must(t, "", "chown", "-R", "65534:65534", c.folder, c.tempDir)
		for _, dir := range []string{c.folder, c.tempDir} { // testing makes folders private
			for d := filepath.Dir(dir); len(d) > len("/dev/shm"); d = filepath.Dir(d) {
				if err := os.Chmod(d, 0o755); err != nil {
					t.Fatal(err)
				}
			}
		}
		command = append([]string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--no-new-privs", "--"}, command...)
	} else if os.Getuid() == 0 {
		must(t, "", "chown", "-R", "0:0", c.folder)
	}
	env := append(slices.Clone(c.env), "TMPDIR="+c.tempDir)
	return call(t, c.folder, env, "sh", append([]string{"-c", "umask " + c.umask + `; exec "$0" "$@"`}, command...)...)
}

// What is built under some conditions verifies under others. VERIFY_SEED and
// VERIFY_ROUNDS make it a long walk.
func TestVerifyWalks(t *testing.T) {
	seed, rounds := uint64(1), 2
	if v := os.Getenv("VERIFY_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	if v := os.Getenv("VERIFY_ROUNDS"); v != "" {
		rounds, _ = strconv.Atoi(v)
	}
	from := buildFolder(t, sampleRPM(t))
	for round := range rounds {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		built, verified := randomConditions(t, rng), randomConditions(t, rng)
		spread(t, rng, from, built.folder)
		if r := built.run(t, "build", "-o", "out"); r.code != 0 {
			t.Fatalf("round %d: build, %s: exit %d\n%s%s", round, built.describe, r.code, r.stdout, r.stderr)
		}
		for _, p := range profiles {
			if verified.folder != built.folder {
				os.RemoveAll(verified.folder)
				spread(t, rng, from, verified.folder)
			}
			output := outputOf(".", p)
			must(t, "", "cp", outputOf(filepath.Join(built.folder, "out"), p), outputOf(filepath.Join(built.folder, "out"), p)+".json", verified.folder)
			r := verified.run(t, "verify", output)
			if r.code != 0 || !strings.HasPrefix(r.stdout, "same ") {
				t.Fatalf("round %d: built under %s, verified under %s: exit %d\n%s%s", round, built.describe, verified.describe, r.code, r.stdout, r.stderr)
			}
		}
		t.Logf("round %d: built under %s, verified under %s", round, built.describe, verified.describe)
		os.RemoveAll(built.folder)
		os.RemoveAll(verified.folder)
	}
}
