package ext

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// grubDifferences compares the files below a folder of an image, as the boot
// loader GRUB reads them, with a folder of this machine. GRUB's driver was
// written apart from the kernel's and from e2fsprogs.
func grubDifferences(t testing.TB, img, in, local string) string {
	t.Helper()
	need(t, "grub-fstest")
	cmd := exec.Command("grub-fstest", img, "cmp", "(loop0)/"+in, local)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil && len(out) == 0 {
		return err.Error()
	}
	return strings.TrimSpace(string(out))
}

// GRUB reads what was written: files in many extents and in maps of every depth,
// with holes, at the end of deep folders, in folders of many names, and through
// links of both kinds.
func TestGrubReads(t *testing.T) {
	for _, s := range editable() {
		if slices.ContainsFunc([]string{"inline_data", "casefold", "ea_inode", "bigalloc"}, func(o string) bool { return strings.Contains(s.args, o) }) {
			continue // GRUB does not know them
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			img := copyOf(t, s)
			f := edit(t, img)
			local := t.TempDir()
			put := func(name string, b []byte) {
				must(t, os.MkdirAll(filepath.Join(local, filepath.Dir(name)), 0o755))
				must(t, os.WriteFile(filepath.Join(local, name), b, 0o644))
				must(t, f.MkdirAll(filepath.Dir("boot/"+name), 0o755))
				must(t, f.WriteFile("boot/"+name, b, 0o644))
			}
			must(t, f.MkdirAll("boot", 0o755))
			put("vmlinuz", data("kernel", 1_500_000))
			put("empty", nil)
			put("grub/a/b/c/d/grub.conf", []byte("default=0\n"))
			for i := range 300 {
				put(fmt.Sprintf("modules/module-with-a-long-name-%d.ko", i), data("module", i*7))
			}
			holes := make([]byte, 700_000)
			for off := 0; off < len(holes); off += 30_000 {
				copy(holes[off:], "data")
			}
			must(t, os.WriteFile(filepath.Join(local, "holes"), holes, 0o644))
			must(t, f.WriteFile("boot/holes", nil, 0o644))
			h, err := f.OpenFile("boot/holes", os.O_RDWR, 0)
			must(t, err)
			for off := 0; off < len(holes); off += 30_000 {
				_, err := h.WriteAt([]byte("data"), int64(off))
				must(t, err)
			}
			must(t, h.Close())
			must(t, f.Truncate("boot/holes", int64(len(holes))))
			must(t, f.Symlink("../vmlinuz", "boot/grub/short"))
			must(t, f.Symlink(strings.Repeat("../grub/", 12)+"../vmlinuz", "boot/grub/long"))
			must(t, f.Link("boot/vmlinuz", "boot/grub/hard"))
			for _, name := range []string{"short", "long", "hard"} {
				must(t, os.Link(filepath.Join(local, "vmlinuz"), filepath.Join(local, "grub", name)))
			}
			must(t, f.Sync())
			if d := grubDifferences(t, img.Name(), "boot", local); d != "" {
				t.Errorf("GRUB: %s", d)
			}
		})
	}
}

// GRUB as a judge tells of a byte that differs, and of a file that is missing.
func TestGrubTells(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_el6"))
	f := edit(t, img)
	must(t, f.Mkdir("boot", 0o755))
	must(t, f.WriteFile("boot/file", []byte("one"), 0o644))
	must(t, f.Sync())
	for name, content := range map[string]string{"file": "two", "other": "one"} {
		local := t.TempDir()
		must(t, os.WriteFile(filepath.Join(local, name), []byte(content), 0o644))
		if grubDifferences(t, img.Name(), "boot", local) == "" {
			t.Errorf("%s with %q: GRUB finds no difference", name, content)
		}
	}
}
