package provenance

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/dirhash"
)

// HashFolder is the digest that in-toto calls dirHash: the hash h1 of Go modules, in hexadecimal. It is of the names and
// contents of all files below; a symbolic link counts as a file that holds its target.
func HashFolder(dir string) (string, error) {
	links := map[string]string{}
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case strings.Contains(name, "\n"):
			return fmt.Errorf("%q: a name with a line break cannot be hashed; rename the file", name)
		case e.Type()&fs.ModeSymlink != 0:
			if links[name], err = os.Readlink(path); err != nil {
				return err
			}
		case !e.Type().IsRegular():
			return nil
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		return "", err
	}
	slices.Sort(names)
	sum, err := dirhash.Hash1(names, func(name string) (io.ReadCloser, error) {
		if target, ok := links[name]; ok {
			return io.NopCloser(strings.NewReader(target)), nil
		}
		return os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	})
	if err != nil {
		return "", err
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(sum, "h1:"))
	return hex.EncodeToString(raw), err
}
