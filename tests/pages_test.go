package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// hostile is a name that would run a script, and one that reads backwards.
var hostile = []string{"etc/<script>alert(1)</script>", "etc/\u202etxt.exe", "etc/\"onload=alert(1) x=\"", "etc/&lt;b&gt;"}

// makePages writes a page of each kind, of images with names that want to be more than text.
func makePages(t *testing.T, dir string) map[string]string {
	t.Helper()
	lay := filepath.Join(dir, "overlay")
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(lay, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range hostile {
		write(name, "<script>alert(2)</script>\n\u202ebackwards\u202c\n"+strings.Repeat("wide ", 300)+"\n")
	}
	write("usr/share/"+strings.Repeat("a-long-name-without-an-end-", 8), "x\n")
	write("usr/share/deep/er/and/deep/er/file", strings.Repeat("line\n", 1000))
	write("etc/sysctl.conf", "net.ipv4.ip_forward = 0\n")
	base := filepath.Join(dir, "base.rpm")
	must(t, dir, lbimage, "sample", "-o", base)
	must(t, dir, lbimage, "customize", base, "-o", "one.tgz", "--overlay", lay, "--timeout", "client=2m", "--set", "retries=3", "--report", "customize.html")
	must(t, dir, lbimage, "customize", base, "--plan", "--overlay", lay, "--report", "plan.html")
	broken := filepath.Join(dir, "broken.conf")
	if err := os.WriteFile(broken, []byte("global\n maxconn 1\n\ndefaults\n timeout client 10x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := call(t, dir, nil, lbimage, "customize", base, "-o", "not.tgz", "--template", broken, "--report", "refused.html"); r.code != 3 {
		t.Fatalf("a template that HAProxy refuses: %+v", r)
	}
	if _, err := os.Stat(filepath.Join(dir, "not.tgz")); err == nil {
		t.Error("what the checks refuse is written")
	}
	recipe := "apiVersion: lbimage/v1\nsource:\n  path: base.rpm\nprofiles:\n  production:\n    haproxy:\n      timeouts:\n        client: 2m\n  development:\n    overlay:\n    - overlay\noutput:\n  name: \"{profile}.tgz\"\n"
	if err := os.WriteFile(filepath.Join(dir, "lbimage.yaml"), []byte(recipe), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, dir, lbimage, "build", "--report", "build.html")
	must(t, dir, lbimage, "diff", base, "one.tgz", "--html", "diff.html")
	must(t, dir, lbimage, "diff", base, base, "--html", "same.html")
	pages := map[string]string{}
	for _, name := range []string{"customize", "plan", "refused", "build", "diff", "same"} {
		pages[name] = filepath.Join(dir, name+".html")
	}
	return pages
}

func TestPages(t *testing.T) {
	pages := makePages(t, t.TempDir())
	t.Run("Reproducible", func(t *testing.T) { pagesAreReproducible(t, pages) })
	need(t, "chromium")
	b := newBrowser(t)
	t.Run("Judge", func(t *testing.T) { browserSeesFaults(t, b) })
	t.Run("Read", func(t *testing.T) { pagesAreReadable(t, b, pages) })
	t.Run("Hostile", func(t *testing.T) { hostileNamesAreText(t, b, pages) })
}

// Every page is read in a real browser: on a phone, a tablet and a wide screen, in the light and in the dark, folded and
// unfolded, printed, with scripts and without.
func pagesAreReadable(t *testing.T, b *browser, pages map[string]string) {
	for name, path := range pages {
		for _, width := range []int64{360, 768, 1600} {
			for _, scheme := range []string{"light", "dark"} {
				b.open(t, path, width, scheme)
				for _, f := range b.faults(t) {
					t.Errorf("%s, %d wide, %s: %s", name, width, scheme, f)
				}
				eval[int](t, b, unfold)
				for _, f := range b.faults(t) {
					t.Errorf("%s, %d wide, %s, unfolded: %s", name, width, scheme, f)
				}
			}
		}
		if bad := b.nameless(t); len(bad) > 0 {
			t.Errorf("%s: without a name for a screen reader: %v", name, bad)
		}
		var grounds [2]string
		for i, scheme := range []string{"light", "dark"} {
			b.open(t, path, 800, scheme)
			grounds[i] = eval[string](t, b, `getComputedStyle(document.body).backgroundColor`)
		}
		if grounds[0] == grounds[1] {
			t.Errorf("%s: the dark is like the light: %v", name, grounds)
		}
		b.media(t, "print", "light")
		for _, f := range b.faults(t) {
			t.Errorf("%s, printed: %s", name, f)
		}
		if name != "same" && name != "refused" { // which have nothing to unfold
			b.scripts(t, false)
			b.open(t, path, 800, "light")
			if before, after := b.toggle(t); before == after {
				t.Errorf("%s: without scripts the keyboard unfolds nothing", name)
			}
			b.scripts(t, true)
		}
		for _, h := range b.heard() {
			t.Errorf("%s: %s", name, h)
		}
	}
}

// What an image is called is text on each page, whatever it would like to be.
func hostileNamesAreText(t *testing.T, b *browser, pages map[string]string) {
	for _, name := range []string{"customize", "plan", "build", "diff"} {
		b.open(t, pages[name], 800, "light")
		eval[int](t, b, unfold)
		text := regexp.MustCompile(`\s+`).ReplaceAllString(eval[string](t, b, `document.body.innerText`), " ")
		for _, want := range []string{"<script>alert(1)<", `\u202etxt.exe`, `"onload=alert(1) x="`, `&lt;b&gt;`, "<script>alert(2)</script>"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not there as text", name, want)
			}
		}
		if h := b.heard(); len(h) > 0 {
			t.Errorf("%s: %v", name, h)
		}
	}
}

// The same images and the same request give the same page, on any machine.
func pagesAreReproducible(t *testing.T, first map[string]string) {
	second := makePages(t, t.TempDir())
	for name := range first {
		a, errA := os.ReadFile(first[name])
		b, errB := os.ReadFile(second[name])
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if name == "diff" || name == "same" { // which show the paths that were given
			a = []byte(strings.ReplaceAll(string(a), filepath.Dir(first[name]), ""))
			b = []byte(strings.ReplaceAll(string(b), filepath.Dir(second[name]), ""))
		}
		if string(a) != string(b) {
			t.Errorf("%s differs", name)
		}
		if strings.Contains(string(a), "/tmp") {
			t.Errorf("%s has a path of this machine", name)
		}
	}
}
