package accounts

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"lbimage/overlay"
)

// Bounds on an account file or a file of settings: bytes, and lines, each of which takes memory.
const (
	maxFile  = 4 << 20
	maxLines = 1 << 17
)

// table is an account file: lines of fields with colons between them. Lines that are not touched are kept
// as they are.
type table struct {
	asked   string // "/etc/passwd"
	path    string // where it leads, links followed
	lines   []string
	changed bool
}

// readTable reads an account file; nil when the image has none.
func readTable(t overlay.ReadTree, asked string) (*table, error) {
	data, where, err := readFile(t, asked)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(data, []byte("\n")); n > maxLines {
		return nil, fmt.Errorf("%s: %d lines, more than the %d that a file of its kind may have", where, n, maxLines)
	}
	return parseTable(asked, where, data), nil
}

// needTable is readTable for a file that must be there.
func needTable(t overlay.ReadTree, asked string) (*table, error) {
	tab, err := readTable(t, asked)
	if err == nil && tab == nil {
		err = fmt.Errorf("%s: %w: an image needs one before accounts can be made in it", asked, fs.ErrNotExist)
	}
	return tab, err
}

func parseTable(asked, where string, data []byte) *table {
	tab := &table{asked: asked, path: where}
	for line := range strings.Lines(string(data)) {
		tab.lines = append(tab.lines, strings.TrimSuffix(line, "\n"))
	}
	return tab
}

// readFile reads a regular file of the image and tells where it is.
func readFile(t overlay.ReadTree, name string) (data []byte, where string, err error) {
	data, r, err := overlay.ReadFile(t, name, maxFile)
	if errors.Is(err, overlay.ErrNotFile) {
		err = fmt.Errorf("%w: put the file there that the image's programs expect", err)
	}
	return data, r.Path(), err
}

// bytes is the text of the file.
func (tab *table) bytes() []byte {
	var b strings.Builder
	for _, l := range tab.lines {
		b.WriteString(l)
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

// isNIS is for the lines by which NIS is asked, or accounts of it are left out.
func isNIS(line string) bool { return strings.HasPrefix(line, "+") || strings.HasPrefix(line, "-") }

// fieldsOf cuts a line; nil where it is none of an account: a comment, one of NIS, one with fewer fields.
// The C library skips blanks before a name, and so does this.
func fieldsOf(line string, least int) []string {
	line = strings.TrimLeft(line, " \t")
	if line == "" || line[0] == '#' || isNIS(line) {
		return nil
	}
	f := strings.Split(line, ":")
	if len(f) < least || f[0] == "" {
		return nil
	}
	return f
}

// columns says which fields must be there for the C library to take a line, and which hold an id.
var columns = map[string]struct {
	least int
	all   int // as many as the tools write
	id    int // the field of the uid or gid; 0: none
	id2   int // that of a user's primary group
}{
	passwdFile:  {4, 7, 2, 3},
	groupFile:   {3, 4, 2, 0},
	shadowFile:  {2, 9, 0, 0},
	gshadowFile: {2, 4, 0, 0},
}

const (
	passwdFile  = "/etc/passwd"
	groupFile   = "/etc/group"
	shadowFile  = "/etc/shadow"
	gshadowFile = "/etc/gshadow"
)

// entry gives the fields of a line that is an account's.
func (tab *table) entry(i int) []string {
	c := columns[tab.asked]
	f := fieldsOf(tab.lines[i], c.least)
	for _, col := range []int{c.id, c.id2} {
		if col == 0 || f == nil {
			continue
		}
		if _, ok := fieldID(f[col]); !ok {
			return nil
		}
	}
	return f
}

// find gives the line and fields of a name: the first counts, as for the C library.
func (tab *table) find(name string) (int, []string) {
	for i := range tab.lines {
		if f := tab.entry(i); f != nil && f[0] == name {
			return i, f
		}
	}
	return -1, nil
}

// findID is find by number.
func (tab *table) findID(id uint32) (int, []string) {
	col := columns[tab.asked].id
	for i := range tab.lines {
		if f := tab.entry(i); f != nil {
			if n, _ := fieldID(f[col]); n == id {
				return i, f
			}
		}
	}
	return -1, nil
}

// alone sees to it that a name which shall be changed stands only once: the tools refuse to guess, too.
func (tab *table) alone(name string) error {
	first := 0
	for i := range tab.lines {
		if f := tab.entry(i); f == nil || f[0] != name {
			continue
		}
		if first != 0 {
			return fmt.Errorf("%s:%d: %s stands on line %d already: leave one of the two lines, then run again", tab.path, i+1, name, first)
		}
		first = i + 1
	}
	return nil
}

// ids are the numbers that a next one is looked for beside. The tools know no comments there: a whole line behind a "#"
// keeps its number, too. A number that is asked for may be taken all the same: see findID.
func (tab *table) ids() map[uint32]bool {
	c := columns[tab.asked]
	used := make(map[uint32]bool, len(tab.lines))
	for i, line := range tab.lines {
		f := tab.entry(i)
		if f == nil {
			if f = strings.Split(line, ":"); len(f) != c.all || isNIS(line) {
				continue
			}
		}
		if n, ok := fieldID(f[c.id]); ok {
			used[n] = true
		}
	}
	return used
}

// put replaces the line of a name, or adds one at the end, before those of NIS.
func (tab *table) put(fields ...string) {
	line := strings.Join(fields, ":")
	if i, _ := tab.find(fields[0]); i >= 0 {
		tab.setLine(i, line)
		return
	}
	at := len(tab.lines)
	for i, l := range tab.lines {
		if isNIS(l) {
			at = i
			break
		}
	}
	tab.lines = append(tab.lines[:at:at], append([]string{line}, tab.lines[at:]...)...)
	tab.changed = true
}

func (tab *table) setLine(i int, line string) {
	if tab.lines[i] != line {
		tab.lines[i], tab.changed = line, true
	}
}

// addMember adds a name to the list in the last of want fields, and says whether it was not there.
func (tab *table) addMember(i int, f []string, want int, name string) bool {
	for len(f) < want {
		f = append(f, "")
	}
	list := f[want-1]
	for m := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(m) == name {
			return false
		}
	}
	if list != "" {
		name = strings.TrimRight(list, ",") + "," + name
	}
	f[want-1] = strings.TrimPrefix(name, ",")
	tab.setLine(i, strings.Join(f, ":"))
	return true
}

// edit writes the table back.
func (tab *table) edit() overlay.Rewrite {
	return overlay.Rewrite{Path: tab.asked, Edit: func(old []byte) ([]byte, []string, error) {
		if !tab.changed {
			return old, nil, nil // even without its last newline
		}
		return tab.bytes(), nil, nil
	}}
}

// fieldID reads the id in a field as the C library does: blanks and a plus before it do not count.
func fieldID(s string) (uint32, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimLeft(s, " \t\v\f\r"), "+"), 10, 32)
	return uint32(n), err == nil
}

// parseID reads the id in a request. The last one, 2³²-1, means "none" to the kernel.
func parseID(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && n != 1<<32-1
}

func formatID(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// set changes one field of a line.
func (tab *table) set(i int, f []string, col int, value string) {
	f[col] = value
	tab.setLine(i, strings.Join(f, ":"))
}
