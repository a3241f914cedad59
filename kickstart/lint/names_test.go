package lint

import (
	"bufio"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"lbimage/kickstart/grammar"
)

// The names of time zones are those that Go's copy of the IANA's data has.
func TestTimezones(t *testing.T) {
	if all := timezones(); len(all) < 500 || !slices.IsSorted(all) {
		t.Errorf("%d names, sorted: %v", len(all), slices.IsSorted(all))
	}
	for _, name := range timezones() {
		if _, err := time.LoadLocation(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The names of languages are those that the C library has here; older ones are kept apart.
func TestLanguages(t *testing.T) {
	const supported = "/usr/share/i18n/SUPPORTED"
	f, err := os.Open(supported)
	if err != nil {
		t.Skipf("%s needs %s, of Debian's package locales", t.Name(), supported)
	}
	defer f.Close()
	form := regexp.MustCompile(`^([a-z]{2,3}_[A-Z]{2})`)
	n := 0
	for scan := bufio.NewScanner(f); scan.Scan(); {
		if m := form.FindString(scan.Text()); m != "" {
			n++
			if !slices.Contains(languages(), m) {
				t.Errorf("the list lacks %s", m)
			}
		}
	}
	if n < 300 {
		t.Errorf("%s has only %d names", supported, n)
	}
}

// Tables of services name packages and releases that there are.
func TestServiceTable(t *testing.T) {
	known := grammar.Versions()
	for _, b := range broughtBy {
		if b.from > b.to || !slices.Contains(known, b.from) || !slices.Contains(known, b.to) || strings.TrimSpace(b.packages) != b.packages || b.packages == "" {
			t.Errorf("%+v", b)
		}
		for _, o := range broughtBy {
			if o != b && o.service == b.service && o.from <= b.to && b.from <= o.to {
				t.Errorf("two lines for %s in one release", b.service)
			}
		}
	}
	for _, m := range movedPackages {
		if m.from > m.to || !slices.Contains(known, m.from) || !slices.Contains(known, m.to) {
			t.Errorf("%+v", m)
		}
	}
	for _, v := range known {
		if inCore[v] == "" || len(fileSystems[v]) == 0 {
			t.Errorf("%s is missing", v)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"a*", "abc", true}, {"*c", "abc", true}, {"a?c", "abc", true}, {"a?", "abc", false}, {"*", "", true}, {"a**c", "abbc", true},
		{"*b*d", "abcd", true}, {"*b*e", "abcd", false}, {"abc", "abc", true}, {"ab", "abc", false},
	} {
		if got := matches(c.pattern, c.name); got != c.want {
			t.Errorf("%s of %s: %v", c.pattern, c.name, got)
		}
	}
}
