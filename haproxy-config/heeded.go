package haproxyconfig

import (
	"slices"
	"strings"
)

// MaxWords is how many words HAProxy takes from a line, in every version.
const MaxWords = 64

// firstHeeded are the directives of global of which HAProxy goes by the first and says
// 'already specified' of the others.
// Source: what 2.6 says of each of its directives given twice (Debian's build; a test in
// lint asks it again). It lacks stats-file, which stands here as in the keyword tables before.
var firstHeeded = strings.Fields(`
	ca-base chroot cluster-secret crt-base fd-hard-limit gid group log-send-hostname maxconn
	maxconnrate maxpipes maxsessrate maxsslrate pidfile server-state-base server-state-file
	spread-checks stats-file tune.maxaccept tune.maxpollevents tune.rcvbuf.client
	tune.rcvbuf.server tune.runqueue-depth tune.sndbuf.client tune.sndbuf.server uid ulimit-n
	user`)

// onceOnly are the directives of global of which HAProxy refuses a second, from a version on.
// Source: as above. Sources of HAProxy before 1.8 pass over a second ca-base; in between
// no version was asked, nor any other about tune.ssl.capture-*.
var onceOnly = map[string]Version{
	"ca-base":                          {Major: 2, Minor: 6},
	"crt-base":                         {Major: 2, Minor: 6},
	"tune.ssl.capture-buffer-size":     {Major: 2, Minor: 6},
	"tune.ssl.capture-cipherlist-size": {Major: 2, Minor: 6},
}

// FirstHeeded reports whether HAProxy goes by the first of several such lines in a
// section of this kind, and not by the last.
func FirstHeeded(kind string, keyword []string) bool {
	return kind == "global" && len(keyword) == 1 && slices.Contains(firstHeeded, keyword[0])
}

// OnceOnly reports whether this version of HAProxy refuses a configuration with a second such
// line in a section of this kind. A version that is not known counts as late.
func OnceOnly(kind string, keyword []string, v Version) bool {
	if kind != "global" || len(keyword) != 1 {
		return false
	}
	since, ok := onceOnly[keyword[0]]
	return ok && !v.Before(since)
}

// otherSpelling are the directives that set what another sets.
var otherSpelling = map[string]string{"uid": "user", "gid": "group", "tune.ssl.capture-cipherlist-size": "tune.ssl.capture-buffer-size"}

// SettingOf gives the name of what a directive of global sets: of two spellings of one setting
// it is the same.
func SettingOf(keyword string) string {
	if other := otherSpelling[keyword]; other != "" {
		return other
	}
	return keyword
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
