package layout_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/tests/needs"
)

// needTools makes sure of the programs that judge a test.
var needTools = needs.Programs

func TestMain(m *testing.M) {
	os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	os.Exit(m.Run())
}

// run runs a tool without its configuration or the user's time zone and gives
// its standard output. An exit code above max is a failure.
func run(t *testing.T, max int, stdin, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "MKE2FS_CONFIG=/dev/null", "LC_ALL=C", "TZ=GMT")
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && (cmd.ProcessState == nil || cmd.ProcessState.ExitCode() > max) {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out.Bytes(), errs.Bytes())
	}
	return out.String()
}

// debugfs runs commands that change the image.
func debugfs(t *testing.T, image string, commands ...string) string {
	t.Helper()
	return run(t, 0, strings.Join(commands, "\n")+"\n", "debugfs", "-w", "-f", "-", image)
}

// makeImage has mke2fs make an image that holds every kind of record: hashed
// folders, an extent tree with a node of its own, attributes in inodes and in
// blocks, links, device nodes.
func makeImage(t *testing.T, args ...string) string {
	t.Helper()
	needTools(t, "mke2fs", "debugfs", "e2fsck")
	dir := t.TempDir()
	tree := filepath.Join(dir, "tree")
	many := filepath.Join(tree, "many")
	must(t, os.MkdirAll(many, 0o755))
	for i := range 300 {
		must(t, os.WriteFile(filepath.Join(many, fmt.Sprintf("%03d_%s", i, strings.Repeat("x", i%80))), nil, 0o644))
	}
	must(t, os.WriteFile(filepath.Join(many, "caf\xc3\xa9"), []byte("high bytes"), 0o644))
	must(t, os.WriteFile(filepath.Join(tree, "plain"), bytes.Repeat([]byte("plain"), 3000), 0o755))
	must(t, os.Symlink("plain", filepath.Join(tree, "link")))
	must(t, os.Symlink(strings.Repeat("y/", 80), filepath.Join(tree, "longlink")))
	f, err := os.Create(filepath.Join(tree, "holes"))
	must(t, err)
	for i := range 200 {
		_, err := f.WriteAt([]byte{1}, int64(i)*16384)
		must(t, err)
	}
	must(t, f.Close())

	image := filepath.Join(dir, "image")
	must(t, os.WriteFile(image, nil, 0o644))
	must(t, os.Truncate(image, 24<<20))
	run(t, 0, "", "mke2fs", append(append([]string{"-q", "-F", "-d", tree}, args...), image)...)
	value := filepath.Join(dir, "value")
	must(t, os.WriteFile(value, bytes.Repeat([]byte("v"), 300), 0o644))
	debugfs(t, image,
		"mknod null c 1 3", "mknod far b 259 7000", "mknod pipe p",
		"ea_set plain user.short one", "ea_set -f "+value+" holes user.long", "ea_set -f "+value+" plain user.long")
	run(t, 1, "", "e2fsck", "-fyD", image)
	run(t, 0, "", "e2fsck", "-fn", image)
	return image
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
