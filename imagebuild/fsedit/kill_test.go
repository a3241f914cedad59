package fsedit

import (
	"context"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/ext"
)

// TestKilled kills an edit at many moments: the image is the old one or the new one,
// and nothing stands beside it.
func TestKilled(t *testing.T) {
	if img := os.Getenv("FSEDIT_KILLED"); img != "" {
		_, err := Edit(context.Background(), img, Options{TempDir: filepath.Dir(filepath.Dir(img))}, killedEdit(t, os.Getenv("FSEDIT_LOCAL")))
		must(t, err)
		return
	}
	img := newImage(t, 32<<20, ext.FormatOptions{Type: "ext3", BlockSize: 1024})
	local := write(t, filepath.Join(t.TempDir(), "local"), strings.Repeat("0123456789abcdef", 1<<18))
	before := sum(t, img)
	old := readFile(t, img)
	start := time.Now()
	edit(t, img, killedEdit(t, local))
	span := time.Since(start)
	after := sum(t, img)
	random := rand.New(rand.NewSource(time.Now().UnixNano()))
	seen := map[string]int{}
	for range 25 {
		must(t, os.WriteFile(img, old, 0o644))
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), "FSEDIT_KILLED="+img, "FSEDIT_LOCAL="+local)
		must(t, cmd.Start())
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case <-time.After(time.Duration(random.Int63n(int64(2*span) + int64(20*time.Millisecond)))):
			_ = cmd.Process.Kill()
			<-done
		case <-done:
		}
		switch sum(t, img) {
		case before:
			seen["old"]++
		case after:
			seen["new"]++
		default:
			t.Fatal("the image is neither the old nor the new one")
		}
		onlyFile(t, img)
	}
	t.Logf("%v", seen)
}

func killedEdit(t *testing.T, local string) func(*Tree) error {
	return func(tree *Tree) error {
		for _, name := range []string{"/a", "/b", "/c"} {
			must(t, tree.Put(context.Background(), local, name, plain))
		}
		return tree.Remove("/b", false, false)
	}
}
