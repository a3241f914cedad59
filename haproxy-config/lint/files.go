package lint

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
)

// readable looks for a file that a directive names.
func (c *checker) readable(d directive, n int, name string) bool {
	if c.o.ReadOther == nil || d.expands(n) {
		return true
	}
	path := d.words[n]
	if strings.HasSuffix(name, "-file") && strings.Contains(name, " parameter ") {
		path = c.based(path, "ca-base")
	}
	if _, err := c.o.ReadOther(path); errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		what := "cannot be read"
		if errors.Is(err, fs.ErrNotExist) {
			what = "is missing"
		}
		c.say(Error, d, n, "missing-file", "put it there, or correct the name", "%s: the file %s %s", name, d.words[n], what)
		return false
	}
	return true
}

// checkCertificate looks for a certificate with its key, or a folder of them.
func checkCertificate(c *checker, d directive, n int, name, _ string) bool {
	if c.o.ReadOther == nil || d.expands(n) || strings.HasPrefix(d.words[n], "@") {
		return true
	}
	b, err := c.o.ReadOther(c.based(d.words[n], "crt-base"))
	if errors.Is(err, fs.ErrNotExist) {
		for _, kind := range []string{".rsa", ".ecdsa", ".dsa"} { // a bundle
			if _, err := c.o.ReadOther(c.based(d.words[n]+kind, "crt-base")); err == nil {
				return true
			}
		}
		c.say(Error, d, n, "missing-file", "put it there, or correct the name", "%s: the file %s is missing", name, d.words[n])
		return false
	}
	if err == nil && !bytes.Contains(b, []byte("-----BEGIN ")) {
		c.say(Error, d, n, "bad-certificate", "put a certificate and its key there, in the form of PEM", "%s: the file %s holds no certificate", name, d.words[n])
		return false
	}
	return true
}

// based puts the folder that global names before a name that is not absolute.
func (c *checker) based(name, keyword string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	for _, s := range c.all {
		for _, l := range s.Lines {
			if s.Kind == "global" && l.Starts(keyword) && len(l.Words()) > 1 {
				return l.Words()[1].Value + "/" + name
			}
		}
	}
	return name
}
