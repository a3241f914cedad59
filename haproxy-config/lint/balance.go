package lint

import (
	"slices"
	"strconv"
	"strings"
)

// balance looks at 'balance ALGORITHM …'.
func (c *checker) balance(d directive, n int) {
	if !d.has(n) || d.expands(n) {
		return
	}
	name, rest, called := strings.Cut(d.words[n], "(")
	arg, _, closed := strings.Cut(rest, ")")
	bad := func(hint, format string, args ...any) {
		c.say(Error, d, n, "bad-value", hint, "balance "+name+" "+format, args...)
	}
	switch name {
	case "hdr":
		if !called || !closed || arg == "" {
			bad("write balance hdr(NAME)", "needs the name of a header in parentheses")
			return
		}
	case "rdp-cookie":
		if called && (!closed || arg == "") {
			bad("write balance rdp-cookie(NAME)", "needs the name of a cookie in the parentheses")
			return
		}
	case "random":
		if draws, err := strconv.ParseInt(arg, 0, 64); called && arg != "" && (err != nil || draws < 1) {
			bad("write balance random(2)", "takes a number of draws, and not %q", arg)
			return
		}
	}
	c.followBy(d, n, "balance", "balance")
}

// hashType looks at 'hash-type METHOD [FUNCTION [MODIFIER]]'.
func (c *checker) hashType(d directive, n int) {
	for i, of := range []string{"hash-type", "hash-function", "hash-modifier"} {
		if d.has(n+i) && !c.choice(d, n+i, of, "hash-type") {
			return
		}
	}
}

var (
	retryWords    = strings.Fields("none conn-failure empty-response junk-response response-timeout 0rtt-rejected all-retryable-errors receiver-timeout")
	retryStatuses = strings.Fields("401 403 404 408 425 500 501 502 503 504")
	retry2Since   = map[string]Version{"401": v23, "403": v23, "429": {Major: 3}, "421": {Major: 3}}
)

// retryOn looks at 'retry-on WORDS…'.
func (c *checker) retryOn(d directive, n int) {
	for i := n; d.has(i); i++ {
		w := d.words[i]
		since, listed := retry2Since[w]
		switch {
		case d.expands(i):
			return
		case w == "none" && (i > n || d.has(i+1)):
			c.say(Error, d, i, "contradiction", "remove it, or everything else", "retry-on none stands alone")
			return
		case listed && !c.o.HAProxy.Before(since), slices.Contains(retryWords, w), !listed && slices.Contains(retryStatuses, w):
		default:
			c.say(Error, d, i, "bad-value", "there are "+strings.Join(retryWords, ", ")+" and "+strings.Join(retryStatuses, ", "), "retry-on does not know %q", w)
			return
		}
	}
}
