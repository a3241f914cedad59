package check_test

import (
	"os"
	"testing"

	"lbimage/imagebuild/check"
	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// What was in a folder is gone, whatever takes the folder's place: a file, or a link to a folder with such names. The kernel
// says 'not a directory' of the one, and follows the other.
func TestReadBackOfWhatWasInAFolder(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("owners need root")
	}
	for name, anew := range map[string]overlay.Edit{
		"file": overlay.File{Path: "/d", Content: []byte("x")}, "link": overlay.Symlink{Path: "/d", Target: "e"}, "nothing": overlay.Dir{Path: "/f"},
	} {
		root, err := os.OpenRoot(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { root.Close() })
		tree := treetest.Folder{Root: root}
		for _, dir := range []string{"d", "d/sub", "e", "e/sub"} {
			if err := root.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		changes, err := (overlay.Remove{Path: "/d", Tree: true}).Apply(tree)
		if err != nil {
			t.Fatal(err)
		}
		more, err := anew.Apply(treetest.Folder{Root: root})
		if err != nil {
			t.Fatal(err)
		}
		if got := check.ReadBack(tree, append(changes, more...)); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}
