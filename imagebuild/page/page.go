package page

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
)

// Head is the top of a page.
type Head struct {
	Kind    string // what the page is, in a word or two: "Comparison"
	Title   string // the heading, and that of the window
	Lead    string // a sentence or two below the heading; empty for none
	Verdict Verdict
	Links   []Link // to the sections of the page, in order
	Tool    string // the program with its version, for the footer
}

// Verdict is the outcome, in a few words.
type Verdict struct {
	Tone Tone
	Text string // empty for none
}

// Tone says what a thing means for the reader. It chooses a colour; words say the same.
type Tone string

const (
	Good  Tone = "good"
	Bad   Tone = "bad"
	Warn  Tone = "warn"
	Plain Tone = "plain"
)

// Link leads to a section.
type Link struct {
	ID    string // an identifier made by the program, never a text of an image
	Text  string
	Under bool // it belongs to the link before it that does not
}

//go:embed style.css
var style string

// policy is what a browser may do with the page: use its own style.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}()

// Page is a page that is being written. After an error all methods do nothing; Err and End give it.
type Page struct {
	w    *bufio.Writer
	head Head
	err  error
}

// Begin writes the head of a page to w.
func Begin(w io.Writer, head Head) *Page {
	p := &Page{w: bufio.NewWriterSize(w, 64<<10), head: head}
	p.Render(common(), "begin", struct {
		Head
		Policy string
		Style  template.CSS
	}{head, policy, template.CSS(style)})
	return p
}

// Render executes the template of that name.
func (p *Page) Render(set *template.Template, name string, data any) {
	if p.err == nil {
		p.err = set.ExecuteTemplate(p.w, name, data)
	}
}

// Tree writes the tree as far as there is room.
func (p *Page) Tree(t *Tree) {
	if p.err == nil {
		p.err = t.write(p.w)
	}
}

// Err is the first error.
func (p *Page) Err() error { return p.err }

// End writes the footer. It does not close the writer.
func (p *Page) End() error {
	if p.Render(common(), "end", p.head); p.err == nil {
		p.err = p.w.Flush()
	}
	return p.err
}
