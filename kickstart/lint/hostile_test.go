package lint

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

// hostile are files that are large in one way or another.
func hostile() map[string]string {
	many := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	packages := "%packages\n" + many("package%d\n", 27000) + "%end\n"
	return map[string]string{
		"services":   "services --enabled=" + many("s%d,", 100000) + " --disabled=" + many("s%d,", 100000) + "\n" + packages,
		"patterns":   "services --enabled=" + many("s%d,", 1000) + "\n%packages\n" + strings.Repeat(strings.Repeat("*a", 50)+"b\n", 25000) + "%end\n",
		"repos":      many("repo --name=a%d --baseurl=http://me:pw@a/\n", 25500),
		"timezones":  many("timezone Europe/Berlin%d\n", 25500),
		"groups":     "%packages\n" + many("@cores%d\n", 27000) + "%end\n",
		"parts":      many("part / --fstype=ext%d\n", 25500),
		"nested":     "%post\n" + strings.Repeat("(", 400000) + "\n%end\n",
		"chain":      "%post\n" + strings.Repeat("a&&", 300000) + "\n%end\n",
		"posts":      strings.Repeat("%post\ncat << EOF\n$a $b\nEOF\n%end\n", 5500),
		"here":       "%post\n" + strings.Repeat("cat << EOF > /etc/selinux/config\n$a SELINUX=\nEOF\n", 9000) + "\n%end\n",
		"heredocs":   "%post\ncat " + strings.Repeat("<<A", 20000) + "\n%end\n",
		"long words": "timezone " + strings.Repeat("a", 1<<20) + "\nlang " + strings.Repeat("b", 1<<20) + "\n",
		"secrets":    "%post\n" + strings.Repeat("https://a:b@c ", 27000) + "\n" + strings.Repeat("-----BEGIN PRIVATE KEY-----\n", 20000) + "%end\n",
	}
}

// Large files are judged in the time that their size takes; what is found is cut.
func TestHostile(t *testing.T) {
	for name, text := range hostile() {
		f, err := kickstart.Parse(name, []byte(text), grammar.RHEL6)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		start := time.Now()
		found := Check(f, Options{})
		t.Logf("%s: %d findings in %v", name, len(found), time.Since(start).Round(time.Millisecond))
		if len(found) == 0 || len(found) > MaxFindings+1 {
			t.Errorf("%s: %d findings", name, len(found))
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, e := range examples {
		f.Add(e.bad, int(e.version))
		f.Add(e.good, int(e.version))
	}
	f.Fuzz(func(t *testing.T, text string, v int) {
		if len(text) > 1<<16 {
			return
		}
		file, err := kickstart.Parse("lb.ks", []byte(text), grammar.Version(5+uint(v)%5))
		if err != nil {
			return
		}
		known := map[string]bool{}
		for _, r := range Rules() {
			known[r.Name] = true
		}
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 2
		found := Check(file, Options{})
		for _, f := range found {
			if !known[f.Rule] || f.Message == "" || f.Place.File != "lb.ks" || f.Place.Line > lines || f.Place.Line < 0 || f.Severity.rank() < 0 {
				t.Errorf("%+v", f)
			}
		}
		if !slices.Equal(found, Check(file, Options{})) {
			t.Error("twice asked, two answers")
		}
	})
}
