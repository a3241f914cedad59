package lint

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strconv"
)

// errorCodes are the status codes for which HAProxy takes an answer of one's own. The
// list has grown: since tells from which version on; for the others every version does.
var errorCodes = map[int]Version{
	200: {}, 400: {}, 401: {Major: 2, Minor: 2}, 403: {}, 404: {Major: 2, Minor: 2}, 405: {Major: 1, Minor: 6}, 407: {Major: 2, Minor: 2},
	408: {}, 410: {Major: 2, Minor: 2}, 413: {Major: 2, Minor: 4}, 414: {Major: 3, Minor: 2}, 421: {Major: 2, Minor: 0}, 422: {Major: 2, Minor: 6}, 425: {Major: 1, Minor: 8},
	429: {Major: 1, Minor: 6}, 431: {Major: 3, Minor: 2}, 500: {}, 501: {Major: 2, Minor: 2}, 502: {}, 503: {}, 504: {},
}

var errorCodesRefused = v20 // before, a code that is not known is passed over with a warning

// maxErrorFile is the size of an error file that HAProxy takes: its buffer, unless
// tune.bufsize says otherwise.
const maxErrorFile = 16384

// errorFiles looks at errorfile and errorloc: the code, and the file where it can be read.
func (c *checker) errorFiles() {
	for _, s := range c.all {
		for _, l := range s.Lines {
			words := l.Words()
			switch l.Keyword() {
			case "errorfile", "errorloc", "errorloc302", "errorloc303":
			default:
				continue
			}
			if len(words) < 3 || words[1].Expands {
				continue // the table asks for two arguments
			}
			c.errorCode(l)
			if l.Keyword() == "errorfile" && !words[2].Expands && c.o.ReadFile != nil {
				c.errorFile(l)
			}
		}
	}
}

func (c *checker) errorCode(l *Line) {
	w := l.Words()[1]
	code, err := strconv.Atoi(w.Value)
	since, ok := errorCodes[code]
	if err == nil && ok && !c.o.HAProxy.Before(since) {
		return
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
	c.word(c.until(errorCodesRefused, Warning, Error, Error), l, 1, "bad-status", "there are "+list, "%s: HAProxy never answers with the status code %s itself", l.Keyword(), w.Value)
}

func (c *checker) errorFile(l *Line) {
	name := l.Words()[2].Value
	b, err := c.o.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.word(Error, l, 2, "missing-errorfile", "put it there, or remove the line", "the file %s is missing", name)
		return
	case err != nil:
		c.word(Error, l, 2, "missing-errorfile", "put a readable file there, or remove the line", "the file %s cannot be read: %v", name, err)
		return
	case len(b) > maxErrorFile:
		c.word(c.until(v20, Warning, Error, Warning), l, 2, "large-errorfile", "make it smaller", "the file %s has %d bytes; HAProxy takes %d", name, len(b), maxErrorFile)
	}
	if !bytes.Contains(b, []byte("\n\n")) && !bytes.Contains(b, []byte("\n\r\n")) && len(b) > 0 {
		severity := c.until(v21, Error, Error, Warning)
		if c.o.HAProxy.Before(v20) {
			severity = Info
		}
		c.word(severity, l, 2, "errorfile-without-blank-line", "end its headers with an empty line",
			"the file %s has no empty line behind its headers; HAProxy 2.0 and later refuse it", name)
	}
}
