package lint

import (
	"strconv"
	"time"
)

// unwise looks at combinations that are valid, and probably not what is meant.
func (c *checker) unwise() {
	c.descriptors()
	c.buffers()
	c.rings()
	c.eachProxy(func(s Section, in settings) {
		c.keepAlive(s, in)
	})
}

// globalNumber gives the number that a directive of global sets, and its line.
func (c *checker) globalNumber(keyword string) (n int, at *Line) {
	for _, s := range c.all {
		if s.Kind != "global" {
			continue
		}
		for _, l := range s.Lines {
			if l.Starts(keyword) && len(l.Words()) > 1 && at == nil {
				if v, err := strconv.Atoi(l.Words()[1].Value); err == nil {
					n, at = v, l
				}
			}
		}
	}
	return n, at
}

// descriptors: a connection through HAProxy takes two file descriptors.
func (c *checker) descriptors() {
	maxconn, _ := c.globalNumber("maxconn")
	limit, at := c.globalNumber("ulimit-n")
	if at == nil || limit <= 0 || maxconn <= 0 {
		return
	}
	if need := 2*maxconn + 20; limit < need {
		c.word(Warning, at, 1, "low-ulimit", "leave ulimit-n out, and HAProxy works it out; or write at least "+strconv.Itoa(need),
			"ulimit-n %d is too low for maxconn %d: each connection takes two file descriptors", limit, maxconn)
	}
}

// keepAlive: a connection that waits for the next request longer than the client may be
// silent is let go by the shorter of the two.
func (c *checker) keepAlive(s Section, in settings) {
	keep, client := in.timeouts["http-keep-alive"], in.timeouts["client"]
	if keep <= 0 || client <= 0 || keep <= client {
		return
	}
	for _, l := range s.Lines {
		if l.Starts("timeout", "http-keep-alive") && len(l.Words()) > 2 {
			c.word(Warning, l, 2, "long-keep-alive", "write a time of at most "+client.Round(time.Millisecond).String(),
				"timeout http-keep-alive is longer than timeout client (%s): idle connections are not kept for long after all", client)
		}
	}
}

// HAProxy's own error pages have to fit into its buffers; otherwise it does not start.
const (
	leastBuffer  = 337
	leastHeaders = 5
)

// buffers looks for buffers that are too small for HAProxy itself. Of several lines the last one
// counts.
func (c *checker) buffers() {
	last := map[string]*Line{}
	for _, s := range c.all {
		if s.Kind != "global" {
			continue
		}
		for _, l := range s.Lines {
			if len(l.Words()) > 1 {
				last[l.Keyword()] = l
			}
		}
	}
	severity := c.until(v20, Warning, Error, Warning)
	if l := last["tune.bufsize"]; l != nil && !l.Words()[1].Expands {
		v := leadingNumber(l.Words()[1].Value)
		if v > 0 && v < leastBuffer && (c.o.HAProxy.Before(v31) || isNumber(l.Words()[1].Value)) {
			c.word(severity, l, 1, "small-buffers", "leave it out, or write 16384", "buffers of %d bytes do not hold HAProxy's own error pages", v)
		}
	}
	if l := last["tune.http.maxhdr"]; l != nil && !l.Words()[1].Expands {
		if v := leadingNumber(l.Words()[1].Value); v > 0 && v < leastHeaders {
			c.word(severity, l, 1, "small-buffers", "leave it out, or write at least 101", "%d headers are too few for HAProxy's own error pages", v)
		}
	}
}
