package lint

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"lbimage/haproxy-config/keywords"
)

// errorCodes are the status codes for which HAProxy takes an answer of one's own. The
// list has grown: since tells from which version on; for the others every version does.
var errorCodes = map[int]Version{
	200: {}, 400: {}, 401: {Major: 2, Minor: 2}, 403: {}, 404: {Major: 2, Minor: 2}, 405: {Major: 1, Minor: 6}, 407: {Major: 2, Minor: 2},
	408: {}, 410: {Major: 2, Minor: 2}, 413: {Major: 2, Minor: 2}, 414: {Major: 3, Minor: 2}, 421: {Major: 2, Minor: 0}, 422: {Major: 2, Minor: 6}, 425: {Major: 1, Minor: 8},
	429: {Major: 1, Minor: 6}, 431: {Major: 3, Minor: 2}, 500: {}, 501: {Major: 2, Minor: 3}, 502: {}, 503: {}, 504: {},
}

var errorCodesRefused = v20 // before, a code that is not known is passed over with a warning

// maxErrorFile is the size of an error file that HAProxy takes: its buffer, unless
// tune.bufsize says otherwise.
const maxErrorFile = 16384

// errorFiles looks at errorfile and errorloc: the code, and the file where it can be read.
func (c *checker) errorFiles() {
	room := defaultHeaders
	for _, s := range c.all {
		for _, l := range s.Lines {
			words := l.Words()
			switch l.Keyword() {
			case "tune.http.maxhdr":
				if s.Kind == "global" && len(words) > 1 && !words[1].Expands {
					room = leadingNumber(words[1].Value)
				}
				continue
			case "errorfile", "errorloc", "errorloc302", "errorloc303":
			default:
				continue
			}
			if len(words) < 3 || words[1].Expands {
				continue // the table asks for two arguments
			}
			c.errorCode(l, 1)
			switch {
			case l.Keyword() != "errorfile":
				c.errorHeaders(l, redirectHeaders, room)
			case !words[2].Expands && c.o.ReadFile != nil:
				c.errorFile(l, room)
			}
		}
	}
}

// An answer's headers have to fit into HAProxy's table of them, with one place to spare. It
// reads the answer where the line stands, so that a tune.http.maxhdr further down comes too late.
const (
	defaultHeaders  = 101
	redirectHeaders = 3 // of the answer that HAProxy makes for errorloc
)

func (c *checker) errorHeaders(l *Line, headers, room int) {
	if headers > 0 && room >= 0 && headers >= room {
		c.word(c.until(v20, Info, Error, Warning), l, 2, "many-headers", "raise tune.http.maxhdr, above this line",
			"the answer has %d headers; with tune.http.maxhdr %d HAProxy 2.0 and later refuse it", headers, room)
	}
}

// errorCode looks at the nth word of a line, which has to be a status that HAProxy answers
// with itself.
func (c *checker) errorCode(l *Line, n int) bool {
	w := l.Words()[n]
	code, err := strconv.Atoi(w.Value)
	since, ok := errorCodes[code]
	if err == nil && ok && !c.o.HAProxy.Before(since) {
		return true
	}
	var all []int
	for code, since := range errorCodes {
		if !c.o.HAProxy.Before(since) {
			all = append(all, code)
		}
	}
	slices.Sort(all)
	list := ""
	for i, code := range all {
		if i > 0 {
			list += ", "
		}
		list += strconv.Itoa(code)
	}
	severity := c.until(errorCodesRefused, Warning, Error, Error)
	if ok && !keywords.LookedAt(c.o.HAProxy) {
		severity = Warning // it may have the code already
	}
	c.word(severity, l, n, "bad-status", "there are "+list, "%s: HAProxy never answers with the status code %s itself", l.Keyword(), w.Value)
	return severity != Error
}

func (c *checker) errorFile(l *Line, room int) {
	name := l.Words()[2].Value
	b, err := c.o.ReadFile(name)
	switch {
	case errors.Is(err, ErrUnseen):
		return
	case errors.Is(err, fs.ErrNotExist):
		c.word(Error, l, 2, "missing-errorfile", "put it there, or remove the line", "the file %s is missing", name)
		return
	case err != nil:
		c.word(Error, l, 2, "missing-errorfile", "put a readable file there, or remove the line", "the file %s cannot be read: %v", name, err)
		return
	case len(b) > maxErrorFile:
		c.word(c.until(v20, Warning, Error, Warning), l, 2, "large-errorfile", "make it smaller", "the file %s has %d bytes; HAProxy takes %d", name, len(b), maxErrorFile)
	}
	if want, have := announced(b); want >= 0 && want != have {
		c.word(c.until(v26, Warning, Error, Warning), l, 2, "errorfile-length", "write its real length, or leave Content-length out", "the file %s announces %d bytes behind its headers, and has %d", name, want, have)
		return
	}
	if !bytes.Contains(b, []byte("\n\n")) && !bytes.Contains(b, []byte("\n\r\n")) && len(b) > 0 {
		severity := c.until(v21, Error, Error, Warning)
		if c.o.HAProxy.Before(v20) {
			severity = Info
		}
		c.word(severity, l, 2, "errorfile-without-blank-line", "end its headers with an empty line",
			"the file %s has no empty line behind its headers; HAProxy 2.0 and later refuse it", name)
		return
	}
	c.errorHeaders(l, headersOf(b), room)
}

// headersOf counts the headers of an answer, folded lines apart.
func headersOf(b []byte) int {
	head, _, _ := bytes.Cut(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	n := 0
	for i, line := range bytes.Split(head, []byte("\n")) {
		if i > 0 && bytes.IndexByte(line, ':') > 0 {
			n++
		}
	}
	return n
}

// announced gives the Content-length in an error file, or -1, and how many bytes stand
// behind its headers.
func announced(b []byte) (want, have int) {
	want = -1
	head, body, ok := bytes.Cut(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	if !ok {
		return want, 0
	}
	for _, line := range bytes.Split(head, []byte("\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if n, err := strconv.Atoi(string(bytes.TrimSpace(value))); err == nil && strings.EqualFold(string(name), "content-length") {
			want = n
		}
	}
	if crlf := bytes.Index(b, []byte("\r\n\r\n")); crlf >= 0 { // the body counts as it is
		body = b[crlf+4:]
	} else if lf := bytes.Index(b, []byte("\n\n")); lf >= 0 {
		body = b[lf+2:]
	}
	return want, len(body)
}

// httpError looks at 'http-error status CODE …', whose codes are those of errorfile.
func (c *checker) httpError(d directive, n int) {
	s := keywords.SyntaxOf("proxy", "http-error", c.o.HAProxy)
	if c.reply(d, n, "http-error") && c.follow(d, n, s, "http-error") && d.has(n+1) {
		c.errorCode(d.line, d.at+n+1)
	}
}
