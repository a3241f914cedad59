package fsedit

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/ext"
)

// The shell's words mean here what they mean on a mounted image: the same commands,
// run by a shell in a mounted image and by this package, give the same tree.
func TestAsTheShell(t *testing.T) {
	need(t, "sh", "truncate", "fallocate", "setfattr", "mknod")
	local := t.TempDir()
	write(t, filepath.Join(local, "text"), strings.Repeat("a line\n", 2000))
	steps := []struct {
		shell string
		do    func(tree *Tree) error
	}{
		{"mkdir -p a/b/c && mkdir -m 1777 a/t", func(x *Tree) error {
			must(t, x.Mkdir("/a/b/c", 0o755, true))
			return x.Mkdir("/a/t", Perm(0o1777), false)
		}},
		{"cp $LOCAL/text a/text && cp $LOCAL/text a/b && cp a/text a/copy", func(x *Tree) error {
			for _, p := range []string{"/a/text", "/a/b/text", "a/copy"} {
				must(t, x.Put(context.Background(), filepath.Join(local, "text"), p, plain))
			}
			return nil
		}},
		{"ln a/text a/hard && ln -s text a/soft && ln -sf nowhere a/soft && ln -f a/copy a/b/text && ln -s ../b a/t/dir", func(x *Tree) error {
			must(t, x.Link("/a/text", "/a/hard", false, false))
			must(t, x.Link("text", "/a/soft", true, false))
			must(t, x.Link("nowhere", "/a/soft", true, true))
			must(t, x.Link("/a/copy", "/a/b/text", false, true))
			return x.Link("../b", "/a/t/dir", true, false)
		}},
		{"mv a/copy a/t/dir/c && mv a/b/c a/moved && mv -T a/moved a/t/moved", func(x *Tree) error {
			must(t, x.Move("/a/copy", "/a/t/dir/c"))
			must(t, x.Move("/a/b/c", "/a/moved"))
			return x.Move("/a/moved", "/a/t/moved")
		}},
		{"chmod u=rwxs,g=rx,o= a/text && chmod -R g+wX a/t && chmod 2750 a/b && chmod 711 a/b", func(x *Tree) error {
			for _, c := range []struct {
				mode, path string
				recursive  bool
			}{{"u=rwxs,g=rx,o=", "/a/text", false}, {"g+wX", "/a/t", true}, {"2750", "/a/b", false}, {"711", "/a/b", false}} {
				m, err := ParseMode(c.mode)
				must(t, err)
				must(t, x.Chmod(c.path, m, c.recursive))
			}
			return nil
		}},
		{"chown -R 70000:8 a/b && chown -h :9 a/soft && chown 5 a/text", func(x *Tree) error {
			must(t, x.Chown("/a/b", Owner{70000, 8}, true, false))
			must(t, x.Chown("/a/soft", Owner{-1, 9}, false, true))
			return x.Chown("/a/text", Owner{5, -1}, false, false)
		}},
		{"truncate -s 100000 a/text && fallocate -p -o 2000 -l 6000 a/text && printf patch | dd of=a/text bs=1 seek=50000 conv=notrunc 2>/dev/null", func(x *Tree) error {
			must(t, x.Truncate("/a/text", 100000))
			must(t, x.Punch("/a/text", 2000, 6000))
			return x.Write("/a/text", 50000, strings.NewReader("patch"), "-")
		}},
		{"mknod -m 600 null c 1 3 && mknod -m 640 big b 300 70000 && mknod -m 644 fifo p", func(x *Tree) error {
			must(t, x.Mknod("/null", "c", 0o600, 1, 3))
			must(t, x.Mknod("/big", "b", 0o640, 300, 70000))
			return x.Mknod("/fifo", "p", 0o644, 0, 0)
		}},
		{"setfattr -n user.note -v text a/text && setfattr -n user.gone -v x a/text && setfattr -x user.gone a/text && setfattr -n trusted.t -v 0x0001 a", func(x *Tree) error {
			must(t, x.SetXattr("/a/text", "user.note", []byte("text")))
			must(t, x.SetXattr("/a/text", "user.gone", []byte("x")))
			must(t, x.RemoveXattr("/a/text", "user.gone"))
			return x.SetXattr("/a", "trusted.t", []byte{0, 1})
		}},
		{"mkdir gone && touch gone/x gone/y && rm gone/x && rm -r gone && mkdir empty && rmdir empty && rm -f none", func(x *Tree) error {
			must(t, x.Mkdir("/gone", 0o755, false))
			must(t, x.Touch("/gone/x", x.now, false, false))
			must(t, x.Touch("/gone/y", x.now, false, false))
			must(t, x.Remove("/gone/x", false, false))
			must(t, x.Remove("/gone", true, false))
			must(t, x.Mkdir("/empty", 0o755, false))
			must(t, x.Rmdir("/empty"))
			return x.Remove("/none", false, true)
		}},
		{"find . -exec touch -h -d @1500000000.25 {} +", func(x *Tree) error {
			at, err := ParseTime("@1500000000.25")
			must(t, err)
			for _, p := range []string{"/", "/a", "/a/b", "/a/b/text", "/a/hard", "/a/soft", "/a/t", "/a/t/dir", "/a/t/moved", "/a/text", "/null", "/big", "/fifo", "/lost+found", "/a/b/c"} {
				must(t, x.Touch(p, at, true, true))
			}
			return nil
		}},
	}
	for _, o := range []ext.FormatOptions{{Type: "ext3", BlockSize: 1024}, {Type: "ext4", Modern: true}} {
		theirs, ours := newImage(t, 16<<20, o), newImage(t, 16<<20, o)
		dir := mount(t, theirs, "rw")
		for _, step := range steps {
			cmd := exec.Command("sh", "-c", "umask 0022; "+step.shell)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "LOCAL="+local)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", step.shell, err, out)
			}
			edit(t, ours, step.do)
			judge(t, ours)
		}
		sameTree(t, mount(t, ours, "ro"), dir)
	}
}
