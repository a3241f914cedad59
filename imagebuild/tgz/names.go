package tgz

import (
	"archive/tar"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

const maxName = 1024 // bytes; no real image comes near

// checkHeader refuses an entry that has no place in an image tarball: all that
// does not name a plain file or folder below the place of extraction.
func checkHeader(h *tar.Header) error {
	what := ""
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeDir:
	case tar.TypeLink:
		what = fmt.Sprintf("is a hard link to %q", h.Linkname)
	case tar.TypeSymlink:
		what = fmt.Sprintf("is a symbolic link to %q", h.Linkname)
	case tar.TypeChar, tar.TypeBlock:
		what = "is a device"
	case tar.TypeFifo:
		what = "is a pipe"
	default:
		what = fmt.Sprintf("is of the unknown type %q", h.Typeflag)
	}
	if what != "" {
		return fmt.Errorf("entry %q %s: an image tarball holds plain files and folders only; pack it again without this one", h.Name, what)
	}
	if why := badName(h.Name, h.Typeflag == tar.TypeDir); why != "" {
		name := h.Name
		if len(name) > 80 {
			name = name[:80] + "…"
		}
		return fmt.Errorf("entry %q: the name %s; pack it again with plain relative names", name, why)
	}
	if h.Size < 0 || h.Typeflag == tar.TypeDir && h.Size != 0 {
		return fmt.Errorf("entry %q: the size %d is not possible; pack it again", h.Name, h.Size)
	}
	return nil
}

// badName says what is wrong with an entry's name, or nothing.
func badName(name string, dir bool) string {
	if len(name) > maxName {
		return fmt.Sprintf("has %d bytes, more than %d", len(name), maxName)
	}
	if !utf8.ValidString(name) {
		return "is not valid UTF-8"
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f {
			return "holds a control character"
		}
	}
	clean := cleanName(name, dir)
	if path.IsAbs(name) || path.IsAbs(clean) {
		return "is absolute"
	}
	if clean == "" || clean == "." && !dir {
		return "is empty"
	}
	for part := range strings.SplitSeq(clean, "/") {
		if part == ".." {
			return `has the component ".."`
		}
	}
	if path.Clean(clean) != clean {
		return "is not in its shortest form"
	}
	return ""
}

// cleanName is the name without the "./" in front that GNU tar keeps where it was
// typed, and without a folder's slash at the end.
func cleanName(name string, dir bool) string {
	if dir {
		name = strings.TrimSuffix(name, "/")
	}
	return strings.TrimPrefix(name, "./")
}

// nameSet finds names that stand in an archive twice, or as file and as folder.
type nameSet struct {
	files, dirs map[string]bool
}

func (s *nameSet) add(h *tar.Header) error {
	if s.files == nil {
		s.files, s.dirs = make(map[string]bool), make(map[string]bool)
	}
	dir := h.Typeflag == tar.TypeDir
	name := cleanName(h.Name, dir)
	if s.files[name] || s.dirs[name] && !dir {
		return fmt.Errorf("entry %q stands in the archive twice; pack it again with one of each name", h.Name)
	}
	for up := path.Dir(name); up != "."; up = path.Dir(up) {
		if s.files[up] {
			return fmt.Errorf("entry %q lies below %q, which is a file; pack it again", h.Name, up)
		}
		s.dirs[up] = true
	}
	if dir {
		s.dirs[name] = true
	} else {
		s.files[name] = true
	}
	return nil
}
