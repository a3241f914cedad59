package template

import (
	"slices"
	"strings"
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

var (
	inGlobal   = []string{"global"}
	inDefaults = []string{"defaults"}
	inBoth     = []string{"global", "defaults"}
)

// settable are the directives that can be set in a template by name, and where they may stand, as
// HAProxy 2.6 says.
var settable = []keywordInfo{
	{keyword: "ca-base", homes: inGlobal},
	{keyword: "chroot", homes: inGlobal},
	{keyword: "crt-base", homes: inGlobal},
	{keyword: "description", homes: inGlobal},
	{keyword: "gid", homes: inGlobal, value: number},
	{keyword: "group", homes: inGlobal},
	{keyword: "hard-stop-after", homes: inGlobal, value: duration},
	{keyword: "log", homes: inBoth, repeats: true},
	{keyword: "log-send-hostname", homes: inGlobal},
	{keyword: "log-tag", homes: inBoth},
	{keyword: "maxcompcpuusage", homes: inGlobal, value: number},
	{keyword: "maxcomprate", homes: inGlobal, value: number},
	{keyword: "maxconn", homes: inBoth, value: number},
	{keyword: "maxconnrate", homes: inGlobal, value: number},
	{keyword: "maxpipes", homes: inGlobal, value: number},
	{keyword: "maxsessrate", homes: inGlobal, value: number},
	{keyword: "maxsslconn", homes: inGlobal, value: number},
	{keyword: "maxsslrate", homes: inGlobal, value: number},
	{keyword: "maxzlibmem", homes: inGlobal, value: number},
	{keyword: "nbproc", homes: inGlobal, value: number},
	{keyword: "nbthread", homes: inGlobal, value: number},
	{keyword: "node", homes: inGlobal},
	{keyword: "pidfile", homes: inGlobal},
	{keyword: "server-state-base", homes: inGlobal},
	{keyword: "server-state-file", homes: inGlobal},
	{keyword: "spread-checks", homes: inGlobal, value: number},
	{keyword: "ssl-default-bind-ciphers", homes: inGlobal},
	{keyword: "ssl-default-bind-ciphersuites", homes: inGlobal},
	{keyword: "ssl-default-bind-options", homes: inGlobal},
	{keyword: "ssl-default-server-ciphers", homes: inGlobal},
	{keyword: "ssl-default-server-ciphersuites", homes: inGlobal},
	{keyword: "ssl-default-server-options", homes: inGlobal},
	{keyword: "ssl-dh-param-file", homes: inGlobal},
	{keyword: "ssl-server-verify", homes: inGlobal},
	{keyword: "stats maxconn", homes: inGlobal, value: number},
	{keyword: "stats socket", homes: inGlobal, repeats: true},
	{keyword: "stats timeout", homes: inGlobal, value: duration},
	{keyword: "tune.bufsize", homes: inGlobal, value: number},
	{keyword: "tune.comp.maxlevel", homes: inGlobal, value: number},
	{keyword: "tune.http.cookielen", homes: inGlobal, value: number},
	{keyword: "tune.http.logurilen", homes: inGlobal, value: number},
	{keyword: "tune.http.maxhdr", homes: inGlobal, value: number},
	{keyword: "tune.idletimer", homes: inGlobal, value: duration},
	{keyword: "tune.maxaccept", homes: inGlobal, value: number},
	{keyword: "tune.maxpollevents", homes: inGlobal, value: number},
	{keyword: "tune.maxrewrite", homes: inGlobal, value: number},
	{keyword: "tune.pipesize", homes: inGlobal, value: number},
	{keyword: "tune.rcvbuf.client", homes: inGlobal, value: number},
	{keyword: "tune.rcvbuf.server", homes: inGlobal, value: number},
	{keyword: "tune.sndbuf.client", homes: inGlobal, value: number},
	{keyword: "tune.sndbuf.server", homes: inGlobal, value: number},
	{keyword: "tune.ssl.cachesize", homes: inGlobal, value: number},
	{keyword: "tune.ssl.default-dh-param", homes: inGlobal, value: number},
	{keyword: "tune.ssl.lifetime", homes: inGlobal, value: duration},
	{keyword: "tune.ssl.maxrecord", homes: inGlobal, value: number},
	{keyword: "uid", homes: inGlobal, value: number},
	{keyword: "ulimit-n", homes: inGlobal, value: number},
	{keyword: "user", homes: inGlobal},

	{keyword: "backlog", homes: inDefaults, value: number},
	{keyword: "balance", homes: inDefaults},
	{keyword: "cookie", homes: inDefaults},
	{keyword: "default-server", homes: inDefaults, repeats: true},
	{keyword: "default_backend", homes: inDefaults},
	{keyword: "errorfile", homes: inDefaults, keyed: true},
	{keyword: "errorloc", homes: inDefaults, keyed: true},
	{keyword: "errorloc302", homes: inDefaults, keyed: true},
	{keyword: "errorloc303", homes: inDefaults, keyed: true},
	{keyword: "fullconn", homes: inDefaults, value: number},
	{keyword: "hash-type", homes: inDefaults},
	{keyword: "http-reuse", homes: inDefaults},
	{keyword: "load-server-state-from-file", homes: inDefaults},
	{keyword: "log-format", homes: inDefaults},
	{keyword: "max-keep-alive-queue", homes: inDefaults, value: number},
	{keyword: "mode", homes: inDefaults},
	{keyword: "monitor-uri", homes: inDefaults},
	{keyword: "rate-limit sessions", homes: inDefaults, value: number},
	{keyword: "retries", homes: inDefaults, value: number},
	{keyword: "retry-on", homes: inDefaults},
	{keyword: "source", homes: inDefaults},
	{keyword: "unique-id-format", homes: inDefaults},
	{keyword: "unique-id-header", homes: inDefaults},
}

func settableKeyword(keyword string) (keywordInfo, bool) {
	first, key, _ := strings.Cut(keyword, " ")
	i := slices.IndexFunc(settable, func(k keywordInfo) bool {
		return k.keyword == keyword || k.keyed && k.keyword == first && key != ""
	})
	if i < 0 {
		return keywordInfo{}, false
	}
	return settable[i], true
}

// SettingNames gives every directive that can be set in a template by its name
// alone. errorfile and errorloc take a code behind it, as in 'errorfile 503'.
func SettingNames() []string {
	var names []string
	for _, k := range settable {
		names = append(names, k.keyword)
	}
	return names
}
