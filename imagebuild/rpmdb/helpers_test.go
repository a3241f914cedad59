package rpmdb

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// judge finds a program that judges a test.
var judge = needs.Program

// run gives a program's standard output.
func run(t testing.TB, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(judge(t, program), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", program, args, err, stderr.Bytes())
	}
	return string(out)
}

// databases gives the folder with real databases that go-rpmdb is tested with, in the cache of Go modules.
func databases(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/knqyf263/go-rpmdb").Output()
	dir := filepath.Join(strings.TrimSpace(string(out)), "pkg", "testdata")
	if _, err2 := os.Stat(dir); err != nil || err2 != nil {
		t.Skipf("%s needs go-rpmdb's test data in the cache of Go modules", t.Name())
	}
	return dir
}

// image gives a tree with a database at a place.
func image(t testing.TB, file, at string) *treetest.Memory {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return treetest.Fill(map[string]string{at: string(b)})
}

func open(t testing.TB, tree overlay.ReadTree) *DB {
	t.Helper()
	db, err := Open(context.Background(), tree, Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return db
}
