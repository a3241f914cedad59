package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	haproxyconfig "lbimage/haproxy-config"
)

// fuzzed are the versions that a fuzzed configuration is for.
var fuzzed = []string{"", "1.4", "1.5-dev21", "1.5", "2.0", "2.2", "2.6", "3.0", "3.4", "4.0"}

// FuzzCheck: no bytes make it fail, and what it finds lies within the file.
func FuzzCheck(f *testing.F) {
	f.Add([]byte("defaults\n timeout client 5s\n"), 6)
	f.Add([]byte(".if 1\nglobal\n.endif\nbackend b\n server a 1:1 check track \"$X\"\n"), 7)
	f.Add([]byte("frontend f\n mode http\n http-request set-header A %[req.hdr(a,lower if {\n"), 6)
	for _, name := range []string{"ok-mix-web", "bad-acl", "bad-checks-tcp", "bad-stick-tables", "ok-http-request-actions", "bad-bind-addresses"} {
		if b, err := os.ReadFile(filepath.Join("..", "..", "tests", "haproxy", "corpus", name+".cfg")); err == nil {
			f.Add(b, 6)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, n int) {
		if len(text) > 1<<16 {
			t.Skip("long ones are for the benchmark")
		}
		o := Options{Template: n&1 == 1}
		if v := fuzzed[uint(n)%uint(len(fuzzed))]; v != "" {
			o.HAProxy = version(t, v)
		}
		begin := time.Now()
		file := haproxyconfig.Parse(text)
		for _, found := range Check(file, o) {
			lines := file.Lines()
			switch {
			case found.Rule == "" || found.Message == "" || found.Severity == "":
				t.Errorf("a finding that says nothing: %+v", found)
			case found.Line < 0 || found.Line > len(lines):
				t.Errorf("line %d of %d: %+v", found.Line, len(lines), found)
			case found.Line > 0 && (found.Column < 0 || found.Column > len(lines[found.Line-1].Text())+1):
				t.Errorf("column %d: %+v", found.Column, found)
			}
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("%d bytes took %v", len(text), took)
		}
	})
}

// large is a configuration of about n lines.
func large(n int) []byte {
	var b strings.Builder
	b.WriteString("defaults\n mode http\n timeout connect 5s\n timeout client 5s\n timeout server 5s\n")
	for i := range n / 10 {
		fmt.Fprintf(&b, "frontend f%d\n bind :%d\n acl a path_beg /x\n http-request deny if a\n default_backend b%d\n", i, 1024+i%60000, i)
		fmt.Fprintf(&b, "backend b%d\n balance roundrobin\n server a 192.0.2.1:80 check\n server b 192.0.2.2:80 check\n option httpchk\n", i)
	}
	return []byte(b.String())
}

// TestTimeGrowsWithLines: ten times the lines take about ten times as long.
func TestTimeGrowsWithLines(t *testing.T) {
	o := Options{HAProxy: version(t, "2.6")}
	took := func(n int, make func(int) []byte) time.Duration {
		f := haproxyconfig.Parse(make(n))
		best := time.Hour
		for range 3 {
			begin := time.Now()
			Check(f, o)
			best = min(best, time.Since(begin))
		}
		return best
	}
	took(100, large) // the tables are read at first
	for _, make := range []func(int) []byte{large, crowded} {
		small, big := took(1000, make), took(10000, make)
		if big > 40*small+50*time.Millisecond {
			t.Errorf("1,000 lines take %v, 10,000 take %v", small, big)
		}
	}
}

// crowded is one section of about n lines.
func crowded(n int) []byte {
	var b strings.Builder
	b.WriteString("backend b\n mode http\n timeout connect 5s\n timeout server 5s\n stick-table type ip size 5\n")
	for i := range n / 4 {
		fmt.Fprintf(&b, " acl a%d path_beg /x\n http-request deny if a%d\n server s%d 192.0.2.1:80 check ssl verify none\n use-server s%d if a%d\n", i, i, i, i, i)
	}
	return []byte(b.String())
}

func BenchmarkTemplate(b *testing.B) {
	text := []byte("#template\nglobal\n maxconn 100000\n ulimit-n 655360\n pidfile /var/run/haproxy.pid\n user servo\n group servo\n\ndefaults\n timeout connect 5s\n timeout client 1m\n timeout server 1m\n errorfile 503 /etc/load-balancer-servo/503.http\n")
	f := haproxyconfig.Parse(text)
	o := Options{HAProxy: version(b, "2.6"), Template: true}
	for b.Loop() {
		Check(f, o)
	}
}

func BenchmarkCrowded(b *testing.B) {
	f := haproxyconfig.Parse(crowded(10000))
	o := Options{HAProxy: version(b, "2.6")}
	for b.Loop() {
		Check(f, o)
	}
}

func BenchmarkLines(b *testing.B) {
	f := haproxyconfig.Parse(large(10000))
	o := Options{HAProxy: version(b, "2.6")}
	for b.Loop() {
		Check(f, o)
	}
}
