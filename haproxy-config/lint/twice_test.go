package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/internal/haproxytest"
	"lbimage/haproxy-config/keywords"
)

// TestTwiceAsHAProxySays: each directive of global given twice, to the real HAProxy.
func TestTwiceAsHAProxySays(t *testing.T) {
	t.Parallel()
	haproxy := haproxytest.New(t)
	v, err := haproxyconfig.ParseVersion(strings.SplitN(haproxy.Version, "-", 2)[0])
	if err != nil || v.Before(Version{Major: 2, Minor: 6}) || !v.Before(Version{Major: 2, Minor: 7}) {
		t.Skipf("the list was held against 2.6, this is haproxy %s", haproxy.Version)
	}
	values := map[string]string{"chroot": "/", "user": "daemon", "group": "daemon", "tune.ssl.capture-cipherlist-size": "7"}
	// Some files are read where they are named; what runs in the background is none of this test.
	skip := []string{"ssl-dh-param-file", "lua-load", "lua-load-per-thread", "daemon", "master-worker"}
	var names []string
	for _, name := range keywords.Of("global").Names(v) {
		if !slices.Contains(skip, name) && !strings.Contains(name, " ") {
			names = append(names, name)
		}
	}
	said := map[string]string{}
	for group := range slices.Chunk(names, 4) { // haproxy gives up after some more errors
		for _, usual := range []string{"7", "/tmp", ""} {
			text := "global\n"
			for _, name := range group {
				value := usual
				if own := values[name]; own != "" {
					value = own
				}
				text += strings.Repeat(" "+name+" "+value+"\n", 2)
			}
			for line := range strings.Lines(haproxy.Check(t, []byte(text)).Output) {
				for i, name := range group {
					if strings.Contains(line, fmt.Sprintf(":%d]", 2*i+3)) && strings.Contains(line, "already") {
						said[name] = line
					}
				}
			}
		}
	}
	if len(said) < 20 {
		t.Fatalf("haproxy says it of %d directives only: the test does not ask it well", len(said))
	}
	for _, name := range names {
		word := []string{name}
		first, once := haproxyconfig.FirstHeeded("global", word), haproxyconfig.OnceOnly("global", word, v)
		if (said[name] != "") != (first || once) {
			t.Errorf("%s: haproxy says %q, we take the first: %v, refuse two: %v", name, said[name], first, once)
		}
		if said[name] != "" && strings.Contains(said[name], "Continuing") == once {
			t.Errorf("%s: haproxy says %q, we say that it refuses two: %v", name, said[name], once)
		}
	}
}

// TestTwiceByVersion: a second ca-base is passed over at first, then refused.
func TestTwiceByVersion(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]string{"1.5.18": "warning duplicate-directive 3", "2.2.9": "warning duplicate-directive 3", "2.6.0": "error twice 3", "3.0.0": "error twice 3", "": "error twice 3"} {
		var o Options
		if v != "" {
			o.HAProxy = version(t, v)
		}
		got := strings.Join(found("global\n ca-base /a\n ca-base /b\n", o), ",")
		if got != want {
			t.Errorf("%q: %s, not %s", v, got, want)
		}
	}
}

// TestOnlyGlobalIsHeededFirst: of a proxy's directives the last counts.
func TestOnlyGlobalIsHeededFirst(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"defaults", "frontend", "listen", "backend"} {
		if haproxyconfig.FirstHeeded(kind, []string{"maxconn"}) || haproxyconfig.OnceOnly(kind, []string{"ca-base"}, Version{}) {
			t.Errorf("%s: the first counts", kind)
		}
	}
	for _, name := range []string{"stats-file", "user"} {
		if !haproxyconfig.FirstHeeded("global", []string{name}) {
			t.Errorf("%s: the last counts", name)
		}
	}
}
