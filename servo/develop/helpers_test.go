package develop

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/servo/servotest"
	testneeds "lbimage/tests/needs"
)

// judge finds a program that judges a test.
var judge = testneeds.Program

// source gives the files of a release's source, write puts them into a folder.
var source, write = servotest.Source, servotest.Write

// gitIn runs the real git, apart from the settings of this machine and its user.
func gitIn(t testing.TB, dir string, args ...string) string {
	t.Helper()
	out, err := gitCommand(dir, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func gitCommand(dir string, args ...string) *exec.Cmd {
	c := exec.Command("git", append([]string{"-c", "protocol.file.allow=always", "-c", "init.defaultBranch=master"}, args...)...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=T", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=T", "GIT_COMMITTER_EMAIL=t@example.com",
		"GIT_AUTHOR_DATE=2014-04-01T12:00:00Z", "GIT_COMMITTER_DATE=2014-04-01T12:00:00Z")
	return c
}

// repository makes a git repository with one commit on master.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	judge(t, "git")
	dir := t.TempDir()
	gitIn(t, dir, "init", "-q")
	write(t, dir, files)
	gitIn(t, dir, "add", "-A")
	gitIn(t, dir, "commit", "-q", "-m", "first")
	return dir
}

func mustOpen(t *testing.T, r Request) *Source {
	t.Helper()
	s, err := Open(t.Context(), r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refuses expects an error that holds all of these words.
func refuses(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func owner(t *testing.T, info fs.FileInfo) string {
	t.Helper()
	uid, gid, err := overlay.OwnerOf(info)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d:%d", uid, gid)
}
