package judge

import (
	"bufio"
	"bytes"
	"debug/elf"
	"path"
	"strings"

	"lbimage/overlay"
)

// Limits on ld.so.conf: files that include files.
const (
	maxConfFiles = 64
	maxConfSize  = 1 << 20
)

// multiarch are the folders that Debian and its kin add for each processor.
var multiarch = map[string]string{
	"x86_64": "x86_64-linux-gnu", "i686": "i386-linux-gnu", "aarch64": "aarch64-linux-gnu",
	"arm": "arm-linux-gnueabihf", "ppc64le": "powerpc64le-linux-gnu", "s390x": "s390x-linux-gnu",
	"riscv64": "riscv64-linux-gnu",
}

// systemFolders are where the image's loader looks for libraries, whatever asks for them. The loader reads
// them from a cache that ldconfig wrote; this reads what ldconfig would.
func systemFolders(t Tree, o object) ([]string, error) {
	c := conf{tree: t}
	if err := c.read("/etc/ld.so.conf"); err != nil {
		return nil, err
	}
	dirs := c.folders
	if o.class == elf.ELFCLASS64 {
		dirs = append(dirs, "/lib64", "/usr/lib64")
	}
	if m, ok := multiarch[archName(o)]; ok {
		dirs = append(dirs, "/lib/"+m, "/usr/lib/"+m)
	}
	return append(dirs, "/lib", "/usr/lib", "/usr/local/lib"), nil
}

// conf reads ld.so.conf and what it includes.
type conf struct {
	tree    Tree
	folders []string
	files   int
}

func (c *conf) read(name string) error {
	if c.files++; c.files > maxConfFiles { // a ring of includes ends here, too
		return nil
	}
	text, err := readSmall(c.tree, name, maxConfSize)
	if err != nil || text == nil {
		return err
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\r:,=", r) })
		switch {
		case len(words) == 0 || words[0] == "hwcap":
		case words[0] == "include":
			for _, pattern := range strings.Fields(line)[1:] {
				if err := c.include(path.Join(path.Dir(name), pattern), pattern); err != nil {
					return err
				}
			}
		default: // a folder may be followed by "=libc5" and the like, which is cut off as a word
			for _, w := range words {
				if strings.HasPrefix(w, "/") {
					c.folders = append(c.folders, path.Clean(w))
				}
			}
		}
	}
	return nil
}

// include reads the files that a pattern means. Only its last component has wildcards in practice.
func (c *conf) include(pattern, asWritten string) error {
	if strings.HasPrefix(asWritten, "/") {
		pattern = path.Clean(asWritten)
	}
	dir, last := path.Split(pattern)
	if !strings.ContainsAny(last, "*?[") {
		return c.read(pattern)
	}
	r, err := overlay.Resolve(c.tree, dir)
	if overlay.LeadsNowhere(err) || err == nil && (!r.Exists() || !r.Info.IsDir()) {
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := c.tree.ReadDir(r.Name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if ok, _ := path.Match(last, e.Name()); ok && !strings.HasPrefix(e.Name(), ".") {
			if err := c.read(path.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// expand replaces what a search path may leave open: $ORIGIN is the folder of the object that has it, $LIB is
// lib64 or lib. A folder with anything else open, or a relative one, is left out.
func expand(dirs []string, origin string, o object) []string {
	lib := "lib"
	if o.class == elf.ELFCLASS64 {
		lib = "lib64"
	}
	replace := strings.NewReplacer("${ORIGIN}", origin, "$ORIGIN", origin, "${LIB}", lib, "$LIB", lib)
	var out []string
	for _, d := range dirs {
		if d = replace.Replace(d); strings.HasPrefix(d, "/") && !strings.Contains(d, "$") {
			out = append(out, path.Clean(d))
		}
	}
	return out
}
