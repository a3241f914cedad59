package selinux

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"lbimage/overlay"
)

// Contexts are the file contexts of a policy. Lookups fill it with compiled patterns: one goroutine at a time.
type Contexts struct {
	files   []string // those that were read, from the image's root
	specs   []spec   // in the order in which they count: the last one that matches
	exact   map[string][]int
	stems   map[string][]int // specs by the first folder that their paths have: "/usr/"
	rest    []int            // those for which it is not certain
	subs    []substitute     // file_contexts.subs
	dist    []substitute     // file_contexts.subs_dist
	skipped []Skipped
}

// Skipped is a line of the policy's files that could not be used.
type Skipped struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

func (s Skipped) String() string { return fmt.Sprintf("%s:%d: %s", s.File, s.Line, s.Reason) }

// substitute is one beginning of a path that stands for another.
type substitute struct{ from, to string }

// ContextsPath is the file with a policy's file contexts. The others lie beside it.
func ContextsPath(policyType string) string {
	return path.Join("/etc/selinux", policyType, "contexts/files/file_contexts")
}

// Load reads the file contexts of a policy. Where it has none the error wraps fs.ErrNotExist; the files with local ones,
// those of homes and the substitutions may be missing.
func Load(t overlay.ReadTree, policyType string) (*Contexts, error) {
	main := ContextsPath(policyType)
	c := &Contexts{exact: map[string][]int{}, stems: map[string][]int{}}
	var regexps, literals []spec
	for _, ext := range []string{"", ".homedirs", ".local"} {
		text, err := read(t, main+ext, maxFile)
		if ext != "" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		specs, skipped, err := parse(text, len(c.files), main+ext)
		if err != nil {
			return nil, err
		}
		c.files = append(c.files, main+ext)
		c.skipped = append(c.skipped, skipped...)
		for _, s := range specs {
			if s.literal {
				literals = append(literals, s)
			} else {
				regexps = append(regexps, s)
			}
		}
	}
	if len(regexps)+len(literals) > maxSpecs {
		return nil, fmt.Errorf("%s: more than %d patterns", main, maxSpecs)
	}
	c.specs = append(regexps, literals...)
	c.index()
	for ext, to := range map[string]*[]substitute{".subs": &c.subs, ".subs_dist": &c.dist} {
		text, err := read(t, main+ext, maxFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		*to = parseSubs(string(text))
	}
	return c, nil
}

// parse reads a file of contexts.
func parse(text []byte, file int, name string) (specs []spec, skipped []Skipped, err error) {
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		s, ok, err := parseSpec(line)
		switch {
		case err != nil:
			skipped = append(skipped, Skipped{name, n, err.Error()})
		case ok:
			s.file, s.line = file, n
			specs = append(specs, s)
		}
		if len(specs)+len(skipped) > maxSpecs {
			return nil, nil, fmt.Errorf("%s: more than %d patterns", name, maxSpecs)
		}
	}
	return specs, skipped, nil
}

// parseSubs reads a file of substitutions. The last line comes first.
func parseSubs(text string) []substitute {
	var out []substitute
	for line := range strings.Lines(text) {
		f := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(blanks, r) })
		if len(f) >= 2 && f[0][0] != '#' && len(out) < maxSpecs {
			out = append(out, substitute{f[0], f[1]})
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func (c *Contexts) index() {
	for i, s := range c.specs {
		switch stem := stemOf(s.head); {
		case s.exact:
			c.exact[s.head] = append(c.exact[s.head], i)
		case stem != "":
			c.stems[stem] = append(c.stems[stem], i)
		default:
			c.rest = append(c.rest, i)
		}
	}
}

// stemOf is the first folder of a path: "/usr/" of "/usr/bin"; "" where there is none.
func stemOf(p string) string {
	if p == "" || p[0] != '/' {
		return ""
	}
	if i := strings.IndexByte(p[1:], '/'); i > 0 {
		return p[:i+2]
	}
	return ""
}

// Lookup gives the label that a path has for files of a type (those bits of mode alone count), without the NUL at its end
// that the attribute has. Not ok: the policy gives it none. The path begins with a slash and is taken
// as it is: neither symbolic links nor ".." are followed.
func (c *Contexts) Lookup(name string, mode fs.FileMode) (label string, ok bool) {
	i := c.find(c.canonical(name), mode.Type())
	if i < 0 || c.specs[i].context == none {
		return "", false
	}
	return c.specs[i].context, true
}

// canonical is a path as the patterns are written for it.
func (c *Contexts) canonical(name string) string {
	for strings.Contains(name, "//") {
		name = strings.ReplaceAll(name, "//", "/")
	}
	if len(name) > 1 {
		name = strings.TrimSuffix(name, "/")
	}
	if s, ok := substituted(c.subs, name); ok {
		name = s
	}
	if s, ok := substituted(c.dist, name); ok {
		name = s
	}
	return latin1(name)
}

func substituted(list []substitute, name string) (string, bool) {
	for _, s := range list {
		rest, ok := strings.CutPrefix(name, s.from)
		if !ok || rest != "" && rest[0] != '/' {
			continue
		}
		if s.to == "/" {
			rest = strings.TrimPrefix(rest, "/")
		}
		return s.to + rest, true
	}
	return "", false
}

// find gives the last spec that matches, -1 for none.
func (c *Contexts) find(name string, kind fs.FileMode) int {
	best := -1
	for _, i := range c.exact[name] {
		if s := &c.specs[i]; s.kind == anyKind || s.kind == kind {
			best = i
		}
	}
	lists := [2][]int{c.stems[stemOf(name)], c.rest}
	for {
		// the larger of what is last in both
		from, at := -1, best
		for n, l := range lists {
			if len(l) > 0 && l[len(l)-1] > at {
				from, at = n, l[len(l)-1]
			}
		}
		if from < 0 {
			return best
		}
		lists[from] = lists[from][:len(lists[from])-1]
		s := &c.specs[at]
		if s.kind != anyKind && s.kind != kind {
			continue
		}
		ok, err := s.matches(name)
		if err != nil {
			c.skipped = append(c.skipped, Skipped{c.files[s.file], s.line, err.Error()})
		}
		if ok {
			return at
		}
	}
}

// Files are those that were read, and Skipped their lines that could not be used.
func (c *Contexts) Files() []string    { return c.files }
func (c *Contexts) Skipped() []Skipped { return c.skipped }

// Len is the number of patterns.
func (c *Contexts) Len() int { return len(c.specs) }
