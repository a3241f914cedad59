package treediff

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"lbimage/imagebuild/treediff/internal/unpack"
)

const (
	maxLayers = 8        // compressions around each other
	maxNested = 8        // archives in each other
	maxTotal  = 16 << 30 // bytes that a comparison unpacks in all
	maxFact   = 200      // bytes of a fact's text
)

// bare is a content without the compressions around it.
type bare struct {
	name    string // without the endings of compressions
	forms   []string
	facts   []unpack.Fact // of the compressions
	behind  []unpack.Fact // of what follows them
	form    unpack.Form
	content *io.SectionReader
	limit   string
}

// unwrap takes the compressions off a content.
func (w *walk) unwrap(name string, c *io.SectionReader, b *unpack.Budget) (bare, error) {
	u := bare{name: name, content: c}
	for u.form = unpack.FormOf(u.name, c); u.form.Compressed(); u.form = unpack.FormOf(u.name, u.content) {
		u.forms = append(u.forms, string(u.form))
		if len(u.forms) > maxLayers {
			u.limit = fmt.Sprintf("more than %d compressions lie around each other", maxLayers)
			return u, nil
		}
		inner, rest, facts, err := unpack.Inflate(w.ctx, u.form, u.content, b)
		if err != nil {
			u.limit, err = w.limit(err)
			return u, err
		}
		for _, f := range facts {
			u.facts = append(u.facts, unpack.Fact{What: string(u.form) + " " + f.What, Text: f.Text})
		}
		if unpack.FormOf("", inner) == unpack.CPIO && rest != nil { // more of an initramfs follows: the archive's reader takes all
			u.form = unpack.CPIO
			u.forms = append(u.forms, string(u.form))
			return u, nil
		}
		u.behind = append(u.behind, unpack.Behind(rest)...)
		u.content = inner
		if ext := path.Ext(u.name); len(ext) > 1 && len(ext) <= 5 {
			u.name = strings.TrimSuffix(u.name, ext)
		}
	}
	if u.form != unpack.Other {
		u.forms = append(u.forms, string(u.form))
	}
	return u, nil
}

// limit makes a reason of an error that the content is to blame for, and leaves others.
func (w *walk) limit(err error) (string, error) {
	var temp *unpack.TempError
	if w.ctx.Err() != nil || errors.As(err, &temp) {
		return "", err
	}
	return clip(err.Error()), nil
}

// clip keeps what is in an image from filling a page.
func clip(s string) string {
	if len(s) <= maxFact {
		return s
	}
	return s[:maxFact] + "…"
}

// factsThat gives the facts that differ, in the order of a, then those of b alone.
func factsThat(a, b []unpack.Fact) []Fact {
	find := func(list []unpack.Fact, what string) string {
		for _, f := range list {
			if f.What == what {
				return f.Text
			}
		}
		return ""
	}
	var out []Fact
	add := func(what, x, y string) {
		if x == y {
			return
		}
		if p, q := clip(x), clip(y); p != q {
			x, y = p, q
		} else {
			x, y = fmt.Sprintf("%s (%d bytes)", p, len(x)), fmt.Sprintf("%s (%d bytes, otherwise from there on)", q, len(y))
		}
		out = append(out, Fact{what, x, y})
	}
	for _, f := range a {
		add(f.What, f.Text, find(b, f.What))
	}
	for _, f := range b {
		if find(a, f.What) == "" {
			add(f.What, "", f.Text)
		}
	}
	return out
}
