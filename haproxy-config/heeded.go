package haproxyconfig

import (
	"slices"
	"strings"
)

// MaxWords is how many words HAProxy takes from a line, in every version.
const MaxWords = 64

// firstHeeded are the directives of global of which HAProxy goes by the first and says
// 'already specified' of the others, as 2.6 does.
var firstHeeded = strings.Fields(`
	ca-base chroot crt-base gid group log-send-hostname maxconn maxconnrate maxpipes
	maxsessrate maxsslrate pidfile server-state-base server-state-file spread-checks
	tune.maxaccept tune.maxpollevents tune.rcvbuf.client tune.rcvbuf.server
	tune.sndbuf.client tune.sndbuf.server uid ulimit-n user`)

// FirstHeeded reports whether HAProxy goes by the first of several such lines in a
// section of this kind, and not by the last.
func FirstHeeded(kind string, keyword []string) bool {
	return kind == "global" && len(keyword) == 1 && slices.Contains(firstHeeded, keyword[0])
}

// OldTimeout is a spelling of a timeout that HAProxy 2.1 took out.
type OldTimeout struct {
	// Word is the old keyword, Name what stands behind 'timeout' today.
	Word, Name string
}

// OldTimeouts gives the old spellings of timeouts.
func OldTimeouts() []OldTimeout { return slices.Clone(oldTimeouts) }

var oldTimeouts = []OldTimeout{
	{"contimeout", "connect"},
	{"clitimeout", "client"},
	{"srvtimeout", "server"},
}

// TimeoutOn gives the name of the timeout that a line sets, in either spelling, and how
// many words stand before the value. The name of a bare 'timeout' is "".
func TimeoutOn(l *Line) (name string, n int, ok bool) {
	for _, old := range oldTimeouts {
		if l.Starts(old.Word) {
			return old.Name, 1, true
		}
	}
	if !l.Starts("timeout") {
		return "", 0, false
	}
	if len(l.words) > 1 {
		return l.words[1].Value, 2, true
	}
	return "", 1, true
}
