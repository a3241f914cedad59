package haproxyconfig

import "slices"

// Section is a run of lines that begins with a section word. It is a view: it
// shows the file as it was when [File.Sections] was called.
type Section struct {
	// Kind is the section word: global, defaults, frontend and so on. It is ""
	// for the lines before the first section.
	Kind string
	// Name is the word behind the section word, or "".
	Name string
	// From names the defaults that this section takes over ('from NAME').
	From string
	// Header is the line with the section word; nil before the first section.
	Header *Line
	// Lines are the lines behind the header, up to the next section.
	Lines []*Line
}

// Label is kind and name as in the file: "defaults", "frontend www".
func (s Section) Label() string { return label(s.Kind, s.Name) }

func label(kind, name string) string {
	if name == "" {
		return kind
	}
	return kind + " " + name
}

// sectionKind is what is known of a section word.
type sectionKind struct {
	word  string
	named bool // HAProxy asks for a name
	proxy bool // holds timeouts, options and the like
}

// sectionKinds are the section words of HAProxy 1.4 to 3.x. HAProxy knows one
// by itself wherever it is the first word of a line. Up to log-profile as 2.6
// takes them or as its successors' manuals list them; ruleset is 1.4's.
var sectionKinds = []sectionKind{
	{word: "global"},
	{word: "defaults", proxy: true},
	{word: "frontend", named: true, proxy: true},
	{word: "backend", named: true, proxy: true},
	{word: "listen", named: true, proxy: true},
	{word: "ruleset", named: true, proxy: true},
	{word: "userlist", named: true},
	{word: "peers", named: true},
	{word: "resolvers", named: true},
	{word: "mailers", named: true},
	{word: "namespace_list"},
	{word: "cache", named: true},
	{word: "program", named: true},
	{word: "http-errors", named: true},
	{word: "ring", named: true},
	{word: "log-forward", named: true},
	{word: "fcgi-app", named: true},
	{word: "crt-store"},
	{word: "traces"},
	{word: "log-profile", named: true},
	{word: "acme", named: true},
}

func sectionKindOf(word string) (sectionKind, bool) {
	i := slices.IndexFunc(sectionKinds, func(k sectionKind) bool { return k.word == word })
	if i < 0 {
		return sectionKind{}, false
	}
	return sectionKinds[i], true
}

// SectionWords gives every word that begins a section in some version of HAProxy.
func SectionWords() []string {
	var words []string
	for _, k := range sectionKinds {
		words = append(words, k.word)
	}
	return words
}

// IsProxy reports whether the section holds timeouts, options and the like: it is a
// defaults, frontend, backend or listen.
func (s Section) IsProxy() bool {
	k, _ := sectionKindOf(s.Kind)
	return k.proxy
}

// TakesName reports whether HAProxy asks for a name behind the section word.
func (s Section) TakesName() bool {
	k, _ := sectionKindOf(s.Kind)
	return k.named
}

// IsSectionWord reports whether HAProxy takes word for the beginning of a
// section when it is the first of its line.
func IsSectionWord(word string) bool {
	_, ok := sectionKindOf(word)
	return ok
}

// IsHeader reports whether HAProxy takes the line for the beginning of a section.
func (l *Line) IsHeader() bool { return len(l.words) > 0 && IsSectionWord(l.words[0].Value) }

// Sections gives the sections in order. Lines before the first header make a
// section without kind, if there are any.
func (f *File) Sections() []Section {
	var all []Section
	begin := 0
	flush := func(end int) {
		if end == begin {
			return
		}
		s := Section{Lines: slices.Clone(f.lines[begin:end])}
		if h := s.Lines[0]; h.IsHeader() {
			s.Header, s.Lines = h, s.Lines[1:]
			s.Kind, s.Name, s.From = headerParts(h)
		}
		all = append(all, s)
		begin = end
	}
	for i, l := range f.lines {
		if l.IsHeader() {
			flush(i)
		}
	}
	flush(len(f.lines))
	return all
}

func headerParts(h *Line) (kind, name, from string) {
	args := h.Values(1)
	kind = h.Keyword()
	if len(args) > 0 && args[0] != "from" {
		name, args = args[0], args[1:]
	}
	if len(args) > 1 && args[0] == "from" {
		from = args[1]
	}
	return kind, name, from
}

// Find gives the last section of this kind and name; a name of "" stands for
// any. The last is the one that counts: a later defaults replaces an earlier
// one for all that follows, and of two sections with the same header the servo
// keeps the later.
func (f *File) Find(kind, name string) (Section, bool) {
	all := f.Sections()
	for _, s := range slices.Backward(all) {
		if s.Kind == kind && kind != "" && (name == "" || s.Name == name) {
			return s, true
		}
	}
	return Section{}, false
}

// Depths gives for each line of a section how many .if blocks are open on it
// that were opened in the section; the lines .if, .else and .endif themselves
// count as inside. It is -1 from the line on which ends (.endif) or branches
// (.else) a block that was opened before the section.
func (s Section) Depths() []int {
	d := make([]int, len(s.Lines))
	depth, left := 0, false
	for i, l := range s.Lines {
		d[i] = depth
		switch l.Keyword() {
		case ".if":
			depth++
			d[i] = depth
		case ".endif":
			left = left || depth == 0
			depth = max(0, depth-1)
		case ".else", ".elif":
			left = left || depth == 0
		}
		if left {
			d[i] = -1
		}
	}
	return d
}
