package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// OwnersFile is the file at the top of an overlay that says who its files belong to in the image, and with which mode where
// that of the file on this machine will not do: git keeps one bit of it. Its lines are
//
//	PATH USER:GROUP [MODE]
//	PATH/** USER:GROUP
//
// with users and groups of the image, by name or number, and the mode in octal: 0440, 6700. PATH is a path of the overlay; it
// may hold blanks. PATH/** are all files, folders and links below a folder, ** alone those of the whole overlay. The line of
// a path itself counts before that of a folder, and a deeper folder before a higher one, whatever their order. Lines that
// begin with # are comments. A folder that the image has changes hands for a line of its own alone, not for one with **. A line about nothing that is in the overlay is refused.
const OwnersFile = ".owners"

const maxOwnersFile = 4 << 20

func (v *Overlay) readOwners(root *os.Root) error {
	info, err := root.Lstat(OwnersFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > maxOwnersFile {
		return fmt.Errorf("%s: must be a text file of at most %d MiB", OwnersFile, maxOwnersFile>>20)
	}
	text, err := root.ReadFile(OwnersFile)
	if err != nil {
		return err
	}
	owners, err := parseOwners(text)
	if err != nil {
		return fmt.Errorf("%s:%w", OwnersFile, err)
	}
	return v.own(owners)
}

// own gives the entries the owners and modes of the lines.
func (v *Overlay) own(lines []ownerLine) error {
	index := make(map[string]int, len(v.entries))
	for i, e := range v.entries {
		index[e.name] = i
	}
	below := map[string]ownerLine{} // by folder
	for _, o := range lines {
		if o.below {
			if _, twice := below[o.name]; twice {
				return fmt.Errorf("%s:%d: %s stands twice", OwnersFile, o.line, o)
			}
			if i, ok := index[o.name]; o.name != "." && (!ok || !v.entries[i].mode.IsDir()) {
				return fmt.Errorf("%s:%d: %s is no folder of the overlay", OwnersFile, o.line, o.name)
			}
			below[o.name] = o
			continue
		}
		i, ok := index[o.name]
		if !ok {
			return fmt.Errorf("%s:%d: %s is not in the overlay", OwnersFile, o.line, o.name)
		}
		if v.entries[i].named {
			return fmt.Errorf("%s:%d: %s stands twice", OwnersFile, o.line, o.name)
		}
		if o.mode != nil && v.entries[i].mode&fs.ModeSymlink != 0 {
			return fmt.Errorf("%s:%d: %s is a symbolic link, which has no mode: leave it out", OwnersFile, o.line, o.name)
		}
		v.entries[i].named = true
		v.entries[i].owner, v.entries[i].given = &o.owner, o.mode
	}
	if len(below) == 0 {
		return nil
	}
	for i, e := range v.entries {
		for dir := e.name; !v.entries[i].named && dir != "."; {
			dir = path.Dir(dir)
			if o, ok := below[dir]; ok {
				v.entries[i].owner = &o.owner
				break
			}
		}
	}
	return nil
}

type ownerLine struct {
	line  int
	name  string
	below bool // what is below, and not the folder itself
	owner Owner
	mode  *fs.FileMode
}

func (o ownerLine) String() string {
	switch {
	case !o.below:
		return o.name
	case o.name == ".":
		return "**"
	}
	return o.name + "/**"
}

// parseOwners reads the lines. A path may hold blanks: the last word is the owner, or the mode, which no owner can be.
func parseOwners(text []byte) ([]ownerLine, error) {
	var out []ownerLine
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.Trim(line, blanks)
		if line == "" || line[0] == '#' {
			continue
		}
		o := ownerLine{line: i + 1}
		rest, word := lastWord(line)
		if before, owner := lastWord(rest); before != "" && strings.Trim(word, "0123456789") == "" {
			mode, err := ParseMode(word)
			switch {
			case err == nil:
				o.mode = &mode
				rest, word = before, owner
			case strings.Contains(owner, ":"): // where the owner stands, and no part of the path
				return nil, fmt.Errorf("%d: %w", i+1, err)
			}
		}
		if rest == "" {
			return nil, fmt.Errorf("%d: %q: write PATH USER:GROUP, and perhaps a MODE", i+1, shorten(line))
		}
		var err error
		if o.owner, err = ParseOwner(word); err != nil {
			return nil, fmt.Errorf("%d: %w", i+1, err)
		}
		o.name = split0(rest)
		if o.name == "**" {
			o.name, o.below = ".", true
		} else if name, ok := strings.CutSuffix(o.name, "/**"); ok {
			o.name, o.below = name, true
		}
		if o.below && o.mode != nil {
			return nil, fmt.Errorf("%d: one mode for files and folders alike will not do: name them", i+1)
		}
		out = append(out, o)
	}
	return out, nil
}

// lastWord cuts the last word off.
func lastWord(line string) (rest, word string) {
	cut := strings.LastIndexAny(line, blanks)
	return strings.TrimRight(line[:max(cut, 0)], blanks), line[cut+1:]
}
