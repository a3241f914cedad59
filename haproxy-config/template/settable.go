package template

import (
	"slices"
	"strings"
	"sync"

	"lbimage/haproxy-config/keywords"
)

// valueKind is what a directive's value has to be.
type valueKind uint8

const (
	anyValue valueKind = iota
	number
	duration
)

// keywordInfo is what is known of a directive that can be set by name.
type keywordInfo struct {
	keyword string
	homes   []string // sections of the template where it may stand, the usual one first
	value   valueKind
	// repeats: several stand side by side, so that setting one means adding it.
	repeats bool
	// keyed: the word behind it is part of what is set, as in errorfile 503.
	keyed bool
}

// The directives that can be set in a template by name: those of one value that people
// tune. Where each may stand and what its value has to be, the tables of keywords say.
var (
	settableNames = []string{
		"ca-base", "chroot", "crt-base", "description", "gid", "group", "hard-stop-after", "log",
		"log-send-hostname", "log-tag", "maxcompcpuusage", "maxcomprate", "maxconn", "maxconnrate", "maxpipes",
		"maxsessrate", "maxsslconn", "maxsslrate", "maxzlibmem", "nbproc", "nbthread", "node", "pidfile",
		"server-state-base", "server-state-file", "spread-checks", "ssl-default-bind-ciphers",
		"ssl-default-bind-ciphersuites", "ssl-default-bind-options", "ssl-default-server-ciphers",
		"ssl-default-server-ciphersuites", "ssl-default-server-options", "ssl-dh-param-file", "ssl-server-verify",
		"stats maxconn", "stats socket", "stats timeout", "tune.bufsize", "tune.comp.maxlevel",
		"tune.http.cookielen", "tune.http.logurilen", "tune.http.maxhdr", "tune.idletimer", "tune.maxaccept",
		"tune.maxpollevents", "tune.maxrewrite", "tune.pipesize", "tune.rcvbuf.client", "tune.rcvbuf.server",
		"tune.sndbuf.client", "tune.sndbuf.server", "tune.ssl.cachesize", "tune.ssl.default-dh-param",
		"tune.ssl.lifetime", "tune.ssl.maxrecord", "uid", "ulimit-n", "user",

		"backlog", "balance", "cookie", "default-server", "default_backend", "errorfile", "errorloc",
		"errorloc302", "errorloc303", "fullconn", "hash-type", "http-reuse", "load-server-state-from-file",
		"log-format", "max-keep-alive-queue", "mode", "monitor-uri", "rate-limit sessions", "retries", "retry-on",
		"source", "unique-id-format", "unique-id-header",
	}
	repeating = []string{"log", "stats socket", "default-server"}
	withCode  = []string{"errorfile", "errorloc", "errorloc302", "errorloc303"}
	// HAProxy takes any word for these and reads it as 0, which is root.
	numbersOnly = []string{"gid", "uid"}
)

// valuesOf is the version whose values are asked for: sizes that only later ones read with a
// unit stay plain numbers, which all read.
var valuesOf = Version{Major: 2, Minor: 6}

var settable = sync.OnceValue(func() []keywordInfo {
	var all []keywordInfo
	for _, name := range settableNames {
		k := keywordInfo{keyword: name, repeats: slices.Contains(repeating, name), keyed: slices.Contains(withCode, name)}
		for _, home := range []string{"global", "defaults"} {
			e := keywords.Section(home).Get(name)
			if e == nil || home == "defaults" && !strings.Contains(e.Places, "D") {
				continue
			}
			k.homes = append(k.homes, home)
			switch e.ValueAt(valuesOf).Kind {
			case keywords.Int, keywords.IntHex, keywords.Lenient, keywords.Size:
				k.value = number
			case keywords.TimeMS, keywords.TimeS:
				k.value = duration
			}
		}
		if slices.Contains(numbersOnly, name) {
			k.value = number
		}
		all = append(all, k)
	}
	return all
})

func settableKeyword(keyword string) (keywordInfo, bool) {
	first, key, _ := strings.Cut(keyword, " ")
	i := slices.IndexFunc(settable(), func(k keywordInfo) bool {
		return k.keyword == keyword || k.keyed && k.keyword == first && key != ""
	})
	if i < 0 {
		return keywordInfo{}, false
	}
	return settable()[i], true
}

// SettingNames gives every directive that can be set in a template by its name
// alone. errorfile and errorloc take a code behind it, as in 'errorfile 503'.
func SettingNames() []string {
	var names []string
	for _, k := range settable() {
		names = append(names, k.keyword)
	}
	return names
}
