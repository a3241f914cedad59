package treediff_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/treediff"
	"lbimage/overlay/treetest"
)

func twoFiles(a, b string) (treediff.Side, treediff.Side) {
	return treediff.Side{Tree: treetest.Fill(map[string]string{"etc/f": a})}, treediff.Side{Tree: treetest.Fill(map[string]string{"etc/f": b})}
}

// patch(1) makes B of A by what is told of random texts, with and without an end of the last line, and the number of lines
// is that of the diff.
func TestPatchMakesBOfA(t *testing.T) {
	patch := judge(t, "patch")
	r := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	for i := range 40 {
		a := randomText(r, r.IntN(120))
		var b []byte
		for line := range bytes.Lines(a) {
			switch r.IntN(8) {
			case 0:
			case 1:
				b = append(b, "new line\n"...)
				fallthrough
			default:
				b = append(b, line...)
			}
		}
		if r.IntN(3) == 0 {
			b = append(b, "no end"...)
		}
		if r.IntN(3) == 0 {
			a = append(a, "no end either"...)
		}
		if bytes.Equal(a, b) {
			continue
		}
		sa, sb := twoFiles(string(a), string(b))
		list, sum := compare(t, sa, sb, treediff.Options{})
		if len(list) != 1 || list[0].Lines == nil {
			t.Fatalf("%d: %s", i, asJSON(t, list))
		}
		file := filepath.Join(dir, "f")
		must(t, os.WriteFile(file, a, 0o644))
		cmd := exec.Command(patch, "-s", "--posix", file)
		cmd.Stdin = strings.NewReader(list[0].Diff)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%d: patch: %v\n%s%s", i, err, out, list[0].Diff)
		}
		got, err := os.ReadFile(file)
		must(t, err)
		if !bytes.Equal(got, b) {
			t.Fatalf("%d: patch makes %q of %q, not %q", i, got, a, b)
		}
		minus, plus := strings.Count(list[0].Diff, "\n-")-1, strings.Count(list[0].Diff, "\n+")-1
		if strings.HasPrefix(list[0].Diff, "---") {
			minus++
		}
		if *list[0].Lines != (treediff.Lines{OnlyA: minus, OnlyB: plus}) || sum.Lines != *list[0].Lines {
			t.Errorf("%d: %+v, but %d and %d in\n%s", i, list[0].Lines, minus, plus, list[0].Diff)
		}
	}
}

func TestWhatIsNoTextHasNoLines(t *testing.T) {
	for name, c := range map[string]struct{ a, b string }{
		"control characters of ASCII":  {"a\n", "a\x1b[2J\n"},
		"control characters beyond it": {"a\n", "a\u009b2J\n"},
		"zero bytes":                   {"a\x00\n", "b\x00\n"},
		"more than 1 MiB":              {"a\n", strings.Repeat("0123456\n", 1<<17+1)},
	} {
		a, b := twoFiles(c.a, c.b)
		list, _ := compare(t, a, b, treediff.Options{})
		if len(list) != 1 || list[0].Lines != nil || list[0].Diff != "" || len(list[0].A.SHA256) != 64 || list[0].A.SHA256 == list[0].B.SHA256 {
			t.Errorf("%s: %s", name, asJSON(t, list))
		}
	}
}

// Large texts without a line in common do not take for ever.
func TestLargeTextsWithNothingInCommon(t *testing.T) {
	var a, b strings.Builder
	for i := range 60000 {
		fmt.Fprintf(&a, "a%d\n", i)
		fmt.Fprintf(&b, "b%d\n", i)
	}
	sa, sb := twoFiles(a.String(), b.String())
	list, _ := compare(t, sa, sb, treediff.Options{NoDiff: true})
	if len(list) != 1 || *list[0].Lines != (treediff.Lines{OnlyA: 60000, OnlyB: 60000}) || list[0].Diff != "" {
		t.Errorf("%+v", list[0])
	}
}
