package render

import "strings"

// Origin says where a line of the rendered configuration comes from.
type Origin struct {
	// Template is the line of the template, counted from 1; 0 for a line of the servo's.
	Template int `json:"template,omitempty"`
	// Listener names the listener for which the servo wrote the line, as in http-80.
	Listener string `json:"listener,omitempty"`
	// Blank is true for the empty line behind a section, which has the origin of the
	// section's header.
	Blank bool `json:"blank,omitempty"`
}

// line is a line of the servo's file, without its newline.
type line struct {
	text string
	from Origin
}

// servoSection is what the servo holds of a section.
type servoSection struct {
	header Origin
	body   []line
}

// servoFile is what the servo makes of the file it reads.
type servoFile struct {
	order    []string // keys, as they were first met
	sections map[string]*servoSection
}

// templateLines cuts a template as the servo reads it: at newlines alone.
func templateLines(template []byte) []line {
	var lines []line
	number := 0
	for text := range strings.Lines(string(template)) {
		number++
		lines = append(lines, line{strings.TrimSuffix(text, "\n"), Origin{Template: number}})
	}
	return lines
}

func read(lines []line) *servoFile {
	f := &servoFile{sections: map[string]*servoSection{}}
	var current *servoSection
	for _, l := range lines {
		text := strip(l.text)
		switch {
		case headerKind(text) != "":
			current = f.begin(text, l.from)
		case current != nil && text != "":
			current.body = append(current.body, line{text, l.from})
		}
	}
	return f
}

// begin starts a section, and empties it if there was one.
func (f *servoFile) begin(key string, from Origin) *servoSection {
	s := &servoSection{header: from}
	if _, ok := f.sections[key]; !ok {
		f.order = append(f.order, key)
	}
	f.sections[key] = s
	return s
}

// written gives the keys of the sections that are written, in order.
func (f *servoFile) written() []string {
	var out []string
	keys := hashOrder(f.order)
	for _, word := range servoWords[:3] {
		if key, ok := lastOf(keys, word); ok {
			out = append(out, key)
		}
	}
	for _, word := range servoWords[3:] {
		for _, key := range keys {
			if headerKind(key) == word {
				out = append(out, key)
			}
		}
	}
	return out
}

// write gives the file as the servo writes it.
func (f *servoFile) write() []line {
	var lines []line
	for _, key := range f.written() {
		s := f.sections[key]
		lines = append(lines, line{key, s.header})
		for _, l := range s.body {
			lines = append(lines, line{"  " + l.text, l.from})
		}
		blank := s.header
		blank.Blank = true
		lines = append(lines, line{"", blank})
	}
	return lines
}

// writeAndRead gives what the servo holds when it has written the file and reads it again.
// It is read(f.write()) without the work: a section that is not written is gone, keys are
// met in the order in which they were written, and lines are stripped, which changes none
// but those that were made in this round.
func (f *servoFile) writeAndRead() *servoFile {
	next := &servoFile{order: f.written(), sections: map[string]*servoSection{}}
	for _, key := range next.order {
		s := f.sections[key]
		if s.header.Listener != "" {
			for i := range s.body {
				s.body[i].text = strip(s.body[i].text)
			}
		}
		next.sections[key] = s
	}
	return next
}

// lastOf finds the one section of its kind that is written: the last in hash order.
func lastOf(keys []string, word string) (string, bool) {
	found, ok := "", false
	for _, key := range keys {
		if headerKind(key) == word {
			found, ok = key, true
		}
	}
	return found, ok
}

// frontendOn finds a frontend that the servo takes for the listener on this port.
func (f *servoFile) frontendOn(port string) (string, bool) {
	for _, key := range f.order {
		if headerKind(key) == "frontend" && strings.HasSuffix(key, "-"+port) {
			return key, true
		}
	}
	return "", false
}
