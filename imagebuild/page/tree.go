package page

import (
	"bufio"
	"bytes"
	"fmt"
	"html/template"
	"io"
	"os"
	"slices"
	"strings"
)

// Bounds of a tree.
const (
	maxNodes  = 50_000   // remembered; what comes later is counted where it lies
	maxSlack  = 1000     // more for folders at the top, so that each of them has its counts
	maxRows   = 5000     // shown
	maxBodies = 10 << 20 // bytes of what is told of paths, all together
	openUpTo  = 40       // rows in a tree whose folders stand open from the start
)

// Mark says what became of a path.
type Mark string

const (
	Added   Mark = "added"
	Removed Mark = "removed"
	Changed Mark = "changed"
)

var marks = []Mark{Added, Removed, Changed}

// Tone is the colour of a mark.
func (m Mark) Tone() Tone {
	return map[Mark]Tone{Added: Good, Removed: Bad, Changed: Warn}[m]
}

// Row is a path in a tree.
type Row struct {
	Path  string // from the root, with a slash before it
	Mark  Mark
	Badge string // in place of the mark's own word
	What  string // in what respects, in a few words
	Plus  int    // lines
	Minus int
	Dir   bool
	// Inner is how many names at the front of the path, of folders, do not count it: of a member of an archive those up to
	// the archive, which is counted itself.
	Inner int
	// Body is told of the path when it is unfolded: a template's name and data; Name empty for none.
	Set  *template.Template
	Name string
	Data any
}

// Tree collects paths, folders before what is in them, and shows them as folders that unfold. Its memory is bounded: what
// is told of a path lies in a temporary file.
type Tree struct {
	// More gives the command that shows a path which is left out, and "" where there is none.
	More func(path string) string

	file  *os.File
	w     *bufio.Writer
	size  int64
	nodes int
	root  node
	err   error
}

type span struct{ off, n int64 }

type node struct {
	name   string
	kids   []*node // in the order in which they came
	counts [3]int  // of marks, of the node itself and below
	here   bool    // the node itself is told of
	dir    bool
	mark   Mark
	head   span
	body   span
	shown  bool // the body is
	lost   int  // paths below that were not remembered
}

// NewTree makes an empty tree. Its temporary file is made in dir, or in the system's folder for such where dir is empty.
func NewTree(dir string) (*Tree, error) {
	f, err := os.CreateTemp(dir, "lbimage-page-")
	if err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	return &Tree{file: f, w: bufio.NewWriterSize(f, 64<<10)}, nil
}

// Close gives the temporary file up.
func (t *Tree) Close() error { return t.file.Close() }

// Add takes a path.
func (t *Tree) Add(r Row) error {
	k := slices.Index(marks, r.Mark)
	n := &t.root
	if r.Inner == 0 {
		n.counts[k]++
	}
	names := strings.Split(strings.Trim(r.Path, "/"), "/")
	if names[0] == "" { // the root itself
		names = nil
	}
	for i, name := range names {
		var next *node
		if last := len(n.kids) - 1; last >= 0 && n.kids[last].name == name { // they come in order
			next = n.kids[last]
		}
		if next == nil {
			if t.nodes >= maxNodes && (i > 0 || t.nodes >= maxNodes+maxSlack) {
				n.lost++
				return nil
			}
			t.nodes++
			next = &node{name: name}
			n.kids = append(n.kids, next)
		}
		if i >= r.Inner {
			next.counts[k]++
		}
		n = next
	}
	n.here, n.dir, n.mark = true, r.Dir, r.Mark
	if n.head, t.err = t.spool("row", common(), r); t.err != nil {
		return t.err
	}
	if r.Name != "" {
		n.body, t.err = t.spool(r.Name, r.Set, r.Data)
	}
	return t.err
}

func (t *Tree) spool(name string, set *template.Template, data any) (span, error) {
	var b bytes.Buffer
	if err := set.ExecuteTemplate(&b, name, data); err != nil {
		return span{}, err
	}
	s := span{t.size, int64(b.Len())}
	t.size += s.n
	if _, err := t.w.Write(b.Bytes()); err != nil {
		return span{}, fmt.Errorf("writing a temporary file: %w", err)
	}
	return s, nil
}

// total is the number of paths that are told of, at a node and below.
func (n *node) total() int { return n.counts[0] + n.counts[1] + n.counts[2] }

// rows is how many rows a node and what is below would take.
func (n *node) rows() int {
	sum := 1
	for _, k := range n.kids {
		sum += k.rows()
	}
	return sum
}

// write shows the tree.
func (t *Tree) write(w *bufio.Writer) error {
	if err := t.w.Flush(); err != nil {
		return fmt.Errorf("writing a temporary file: %w", err)
	}
	all := t.root.rows()
	cut(&t.root, maxRows)
	t.choose()
	o := &out{t: t, w: w, open: all <= openUpTo}
	o.html("<ul class=\"tree\">\n")
	if t.root.here {
		t.root.name = "/"
		o.row(&t.root, "/", "/")
	}
	o.list(&t.root, "")
	o.html("</ul>\n")
	return o.err
}

// cut shortens the lists of folders so that what stays takes at most so many rows. Those that need little keep all, the
// others share what is left.
func cut(n *node, most int) {
	most-- // its own
	if len(n.kids) == 0 || n.rows()-1 <= most {
		return
	}
	if len(n.kids) > most {
		for _, k := range n.kids[most:] {
			n.lost += k.total()
		}
		n.kids = n.kids[:most]
	}
	order := slices.Clone(n.kids)
	need := map[*node]int{}
	for _, k := range order {
		need[k] = k.rows()
	}
	slices.SortStableFunc(order, func(a, b *node) int { return need[a] - need[b] })
	for i, k := range order {
		share := min(need[k], most/(len(order)-i))
		if share < need[k] {
			cut(k, share)
		}
		most -= share
	}
}

// choose finds which bodies are shown: the short ones first.
func (t *Tree) choose() {
	var all []*node
	var walk func(*node)
	walk = func(n *node) {
		if n.body.n > 0 {
			all = append(all, n)
		}
		for _, k := range n.kids {
			walk(k)
		}
	}
	walk(&t.root)
	slices.SortStableFunc(all, func(a, b *node) int { return int(a.body.n - b.body.n) })
	room := int64(maxBodies)
	for _, n := range all {
		if room -= n.body.n; room < 0 {
			return
		}
		n.shown = true
	}
}

// out writes a tree.
type out struct {
	t    *Tree
	w    *bufio.Writer
	open bool
	err  error
}

func (o *out) html(s string) {
	if o.err == nil {
		_, o.err = o.w.WriteString(s)
	}
}

func (o *out) copy(s span) {
	if o.err == nil {
		_, o.err = io.Copy(o.w, io.NewSectionReader(o.t.file, s.off, s.n))
	}
}

func (o *out) list(n *node, path string) {
	for _, k := range n.kids {
		name, below := k.name, path+"/"+k.name
		for !k.here && len(k.kids) == 1 && k.lost == 0 { // a folder that only leads to another
			k = k.kids[0]
			name, below = name+"/"+k.name, below+"/"+k.name
		}
		o.row(k, name, below)
	}
	if n.lost > 0 {
		o.html("<li class=\"left leaf\">" + Counted(n.lost, "more path", "more paths") + o.more(path) + "</li>\n")
	}
}

func (o *out) more(path string) string {
	if o.t.More != nil {
		if path == "" {
			path = "/"
		}
		if command := o.t.More(path); command != "" {
			return ": <code>" + string(Text(command)) + "</code>"
		}
	}
	return ""
}

// row shows a path, and below it what is told of it and what lies in it.
func (o *out) row(n *node, name, path string) {
	folder := len(n.kids) > 0 || n.lost > 0
	if path == "/" { // the root as a path; what lies in it stands beside it
		folder = false
	}
	if n.dir && n.here && !folder && name != "/" {
		name += "/"
	}
	unfolds := folder || n.body.n > 0
	switch {
	case !unfolds:
		o.html(`<li><div class="leaf">`)
	case folder && o.open:
		o.html("<li><details open><summary>")
	default:
		o.html("<li><details><summary>")
	}
	if folder {
		end := "/"
		if n.here && !n.dir { // an archive
			end = "!/"
		}
		o.html(`<span class="name folder">` + string(Text(name+end)) + "</span>")
	} else {
		o.html(`<span class="name">` + string(Text(name)) + "</span>")
	}
	if n.here {
		o.copy(n.head)
	}
	if folder {
		o.html(`<span class="sum">`)
		for i, m := range marks {
			if n.counts[i] > 0 {
				o.html(fmt.Sprintf(`<span class="b %s">%s %s</span>`, m.Tone(), Count(n.counts[i]), m))
			}
		}
		o.html("</span>")
	}
	if !unfolds {
		o.html("</div></li>\n")
		return
	}
	o.html("</summary>\n")
	if n.body.n > 0 {
		o.html(`<div class="body">`)
		if n.shown {
			o.copy(n.body)
		} else {
			o.html(`<p class="left">Too much for this page` + o.more(path) + "</p>\n")
		}
		o.html("</div>\n")
	}
	if folder {
		o.html("<ul>\n")
		o.list(n, path)
		o.html("</ul>\n")
	}
	o.html("</details></li>\n")
}
