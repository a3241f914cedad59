package rpm

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestCompareVersions has the cases that rpm's own manual and test suite speak of, by their meaning.
func TestCompareVersions(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"1.0", "1.0", 0}, {"1.0", "2.0", -1}, {"2.0.1a", "2.0.1", 1}, {"5.5p1", "5.5p10", -1}, {"xyz10", "xyz10.1", -1},
		{"xyz.4", "8", -1}, {"5.16.1.3-1", "5.16.1.3_1", 0}, {"20101121", "20101122", -1}, {"2_0", "2.0", 0}, {"a+", "a_", 0},
		{"+_", "_+", 0}, {"10.0001", "10.1", 0}, {"4.999.9", "5.0", -1}, {"1.0~rc1", "1.0", -1}, {"1.0~rc1", "1.0~rc2", -1},
		{"1.0~rc1~git123", "1.0~rc1", -1}, {"1.0^", "1.0", 1}, {"1.0^git1", "1.0^git2", -1}, {"1.0^git1", "1.01", -1},
		{"1.0^20160101", "1.0.1", -1}, {"1.0~rc1^git1", "1.0~rc1", 1}, {"1.0^git1~pre", "1.0^git1", -1}, {"", "1", -1}, {"", "~", 1},
	} {
		if got := CompareVersions(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := CompareVersions(c.b, c.a); got != -c.want {
			t.Errorf("%q and %q: %d, want %d", c.b, c.a, got, -c.want)
		}
	}
}

func randomVersion(r *rand.Rand) string {
	parts := []string{"0", "1", "10", "01", "2", "a", "b", "ab", "rc", "el6", ".", "_", "~", "^", "+", "..", "é"}
	var s string
	for range r.IntN(6) {
		s += parts[r.IntN(len(parts))]
	}
	return s
}

// TestCompareVersionsJudged asks rpm about random pairs.
func TestCompareVersionsJudged(t *testing.T) {
	needTools(t, "rpm")
	r := rand.New(rand.NewPCG(4, 4))
	var pairs [][2]string
	var script strings.Builder
	for range 6000 {
		a, b := randomVersion(r), randomVersion(r)
		if a == "" || b == "" || strings.Contains(a+b, "é") { // rpm.vercmp takes whole versions of plain letters
			continue
		}
		pairs = append(pairs, [2]string{a, b})
		fmt.Fprintf(&script, "print(rpm.vercmp(%q,%q)..' ')", a, b)
	}
	out := run(t, "", "rpm", "--eval", "%{lua:"+script.String()+"}")
	answers := strings.Fields(out)
	if len(answers) != len(pairs) || len(pairs) < 2000 {
		t.Fatalf("%d answers to %d pairs", len(answers), len(pairs))
	}
	for i, p := range pairs {
		want, err := strconv.Atoi(answers[i])
		if err != nil {
			t.Fatal(err)
		}
		if got := CompareVersions(p[0], p[1]); got != want {
			t.Errorf("%q and %q: %d, rpm says %d", p[0], p[1], got, want)
		}
	}
}

// TestOverlapsJudged has rpm test whether a package could be installed that requires many ranges of what
// another provides.
func TestOverlapsJudged(t *testing.T) {
	needTools(t, "rpm", "rpmbuild")
	r := rand.New(rand.NewPCG(7, 7))
	ops := []string{"<", "<=", "=", ">=", ">"}
	evr := func() string {
		s := []string{"", "", "0:", "1:"}[r.IntN(4)] + []string{"1.0", "1.1", "2"}[r.IntN(3)]
		return s + []string{"", "-1", "-2", "-1.el6"}[r.IntN(4)]
	}
	var provides, requires []Dependency
	var spec strings.Builder
	add := func(tag string, d Dependency) Dependency {
		fmt.Fprintf(&spec, "%s: %s\n", tag, d)
		return d
	}
	sense := map[string]uint32{"<": senseLess, "<=": senseLess | senseEqual, "=": senseEqual, ">=": senseGreater | senseEqual, ">": senseGreater}
	random := func(name string) Dependency {
		if r.IntN(12) == 0 {
			return Dependency{Name: name}
		}
		op := ops[r.IntN(len(ops))]
		d := Dependency{Name: name, Op: op, Version: evr()}
		if r.IntN(2) == 0 { // they may be left out
			d.Flags = sense[op]
		}
		return d
	}
	head := func(name string) {
		spec.Reset()
		fmt.Fprintf(&spec, "Name: %s\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n", name)
	}
	const n = 600
	head("provider")
	for i := range n {
		provides = append(provides, add("Provides", random(fmt.Sprintf("cap%d", i))))
	}
	first := rpmbuild(t, spec.String()+"%description\nx\n%files\n", "w9.gzdio")
	head("requirer")
	for i := range n {
		requires = append(requires, add("Requires", random(fmt.Sprintf("cap%d", i))))
	}
	second := rpmbuild(t, spec.String()+"%description\nx\n%files\n", "w9.gzdio")
	cmd := exec.Command("rpm", "--dbpath", filepath.Join(t.TempDir(), "db"), "-i", "--test", first, second)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, _ := cmd.CombinedOutput() // it fails: dependencies are missing
	refused := make(map[string]bool)
	for line := range strings.Lines(string(out)) {
		if name, ok := strings.CutSuffix(strings.TrimSpace(line), " is needed by requirer-1-1.noarch"); ok {
			refused[name] = true
		}
	}
	if len(refused) < n/10 || len(refused) > n*9/10 {
		t.Fatalf("rpm refuses %d of %d: %s", len(refused), n, out)
	}
	for i := range n {
		if got, want := provides[i].Overlaps(requires[i]), !refused[requires[i].String()]; got != want {
			t.Errorf("provides %q, requires %q: %v, rpm says %v", provides[i], requires[i], got, want)
		}
	}
}
