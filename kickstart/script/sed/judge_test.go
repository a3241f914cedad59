package sed

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/tests/needs"
)

// job is a program and a text.
type job struct {
	program  string
	extended bool
	text     string
}

// gnu gives what GNU sed makes of each, with sed -i on a file of its own: ok is false where it refuses the program.
func gnu(t *testing.T, jobs []job) (out []string, ok []bool) {
	t.Helper()
	sed := needs.Program(t, "sed")
	dir := t.TempDir()
	var script strings.Builder
	for i, j := range jobs {
		for name, s := range map[string]string{"p": j.program, "t": j.text} {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(name, i)), []byte(s), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		flag := ""
		if j.extended {
			flag = "-E"
		}
		fmt.Fprintf(&script, "%s %s -i -f p%d t%d 2>/dev/null\necho $? >s%d\n", sed, flag, i, i, i)
	}
	cmd := exec.Command(needs.Program(t, "bash"), "-c", script.String())
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C.UTF-8")
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	for i := range jobs {
		b, err := os.ReadFile(filepath.Join(dir, fmt.Sprint("t", i)))
		if err != nil {
			t.Fatal(err)
		}
		s, _ := os.ReadFile(filepath.Join(dir, fmt.Sprint("s", i)))
		out, ok = append(out, string(b)), append(ok, string(s) == "0\n")
	}
	return out, ok
}

// pick gives one of several.
func pick(r *rand.Rand, list ...string) string { return list[r.Intn(len(list))] }

// randomRegex is one of POSIX, basic or extended, over a small alphabet.
func randomRegex(r *rand.Rand, extended bool, depth int) string {
	e := `\`
	if extended {
		e = ""
	}
	var out strings.Builder
	if r.Intn(5) == 0 {
		out.WriteString("^")
	}
	for n := r.Intn(4) + 1; n > 0; n-- {
		switch k := r.Intn(12); {
		case k < 5:
			out.WriteString(pick(r, "a", "b", "#", " ", "ab", `\.`, "é"))
		case k < 7:
			out.WriteString(pick(r, ".", "[ab]", "[^a]", "[[:space:]]", "[a-c]", `\w`, `\s`, `\S`, "[]#]", `[\t ]`, `[^#[:alpha:]]`, "[é#]", `\W`))
		case k == 7 && depth < 2:
			out.WriteString(e + "(" + randomRegex(r, extended, depth+1) + e + ")")
		case k == 8 && depth < 2:
			out.WriteString(e + "(" + randomRegex(r, extended, depth+1) + e + "|" + randomRegex(r, extended, depth+1) + e + ")")
		case k == 9:
			out.WriteString(pick(r, `\ba`, `b\b`, `\<a`, `a\>`, `\B`, "*", "^", "$", "x{", "|", `\n`, `\t`))
			continue
		default:
			out.WriteString("a")
		}
		out.WriteString(pick(r, "", "", "", "*", "*", e+"+", e+"?", e+"{2"+e+"}", e+"{1,2"+e+"}", e+"{,2"+e+"}", "**"))
	}
	if r.Intn(5) == 0 {
		out.WriteString("$")
	}
	return out.String()
}

func randomAddress(r *rand.Rand, extended bool) string {
	one := func() string {
		switch r.Intn(8) {
		case 0:
			return fmt.Sprint(r.Intn(4) + 1)
		case 1:
			return "$"
		case 2:
			return fmt.Sprintf("%d~%d", r.Intn(3), r.Intn(4))
		case 3:
			return `\,` + randomRegex(r, extended, 1) + `,`
		}
		return "/" + randomRegex(r, extended, 1) + "/" + pick(r, "", "", "", "I")
	}
	switch r.Intn(6) {
	case 0, 1:
		return ""
	case 2:
		return one() + "," + pick(r, one(), one(), fmt.Sprint("+", r.Intn(3)), fmt.Sprint("~", r.Intn(4)), fmt.Sprint(r.Intn(5)+1), "$")
	case 3:
		return pick(r, "0,/"+randomRegex(r, extended, 1)+"/", one())
	}
	return one()
}

func randomCommand(r *rand.Rand, extended bool, depth int) string {
	a := randomAddress(r, extended) + pick(r, "", "", "", "!", " ", " ! ")
	switch k := r.Intn(14); {
	case k < 6:
		d := pick(r, "/", "/", "/", "|", ",", "#")
		re := strings.ReplaceAll(randomRegex(r, extended, 0), d, `\`+d)
		if r.Intn(12) == 0 {
			re = ""
		}
		with := pick(r, "", "x", "#", "&", "[&]", "b\\&", `\1`, `\1x\1`, "a", `\n`, "\\\n", `x\t`, "ab")
		return a + "s" + d + re + d + strings.ReplaceAll(with, d, `\`+d) + d + pick(r, "", "", "g", "2", "2g", "p", "I", "gp")
	case k == 6:
		return a + "d"
	case k == 7:
		return a + pick(r, "p", "=")
	case k == 8:
		return a + pick(r, "y/ab/ba/", "y/a/\\n/", "y,#,\\,,", "y/a\\/b/xyz/")
	case k == 9:
		return a + pick(r, "a", "i", "c") + pick(r, " x y", "\\\nfoo", "  foo\\\nbar", "\\ foo", "x\\\\y", "x\\ty") + "\n"
	case k == 10:
		return a + "q"
	case k == 11 && depth < 2:
		return a + "{" + randomProgram(r, extended, depth+1) + "}"
	case k == 12:
		return "# " + pick(r, "s/a/b/", "}") + "\n"
	}
	return a + "s/a/b/"
}

func randomProgram(r *rand.Rand, extended bool, depth int) string {
	var out strings.Builder
	if depth == 0 && r.Intn(12) == 0 {
		out.WriteString("#n\n")
	}
	for n := r.Intn(3) + 1; n > 0; n-- {
		out.WriteString(randomCommand(r, extended, depth))
		if !strings.HasSuffix(out.String(), "\n") {
			out.WriteString(pick(r, ";", "\n", " ; "))
		}
	}
	return strings.TrimSuffix(out.String(), "\n") + pick(r, "", "\n")
}

func randomText(r *rand.Rand) string {
	var out strings.Builder
	for n := r.Intn(5); n > 0; n-- {
		for m := r.Intn(7); m > 0; m-- {
			out.WriteString(pick(r, "a", "a", "b", "#", " ", "c", ".", "A", "\t", "ab"))
		}
		if r.Intn(20) == 0 {
			out.WriteString("é")
		}
		out.WriteString("\n")
	}
	if r.Intn(4) == 0 {
		return strings.TrimSuffix(out.String(), "\n")
	}
	return out.String()
}

// TestAsGNU holds Apply against GNU sed itself.
func TestAsGNU(t *testing.T) {
	r := rand.New(rand.NewSource(seed(t)))
	var jobs []job
	var programs []*Program
	tried, read := 0, 0
	for len(jobs) < rounds(t) {
		tried++
		j := job{extended: r.Intn(2) == 0, text: randomText(r)}
		j.program = strings.TrimSuffix(randomProgram(r, j.extended, 0), "\n")
		p, err := Parse(j.program, j.extended)
		if err != nil {
			continue
		}
		read++
		jobs, programs = append(jobs, j), append(programs, p)
	}
	t.Logf("%d of %d programs were read", read, tried)
	want, ok := gnu(t, jobs)
	unsure := 0
	for i, j := range jobs {
		got, err := programs[i].Apply([]byte(j.text))
		switch {
		case !ok[i]:
			t.Errorf("sed refuses %q (extended %v)", j.program, j.extended)
		case err != nil:
			unsure++
		case string(got) != want[i]:
			t.Errorf("%q (extended %v) of %q\n gives %q\n  want %q", j.program, j.extended, j.text, got, want[i])
		}
	}
	t.Logf("%d texts were not told", unsure)
	if unsure*4 > len(jobs) || read*20 < tried {
		t.Error("hardly anything was told")
	}
}

// seed and rounds make a longer search out of a test, with LBIMAGE_SED_SEED and LBIMAGE_SED_ROUNDS.
func seed(t *testing.T) int64 { return int64(setting(t, "LBIMAGE_SED_SEED", 1)) }

func rounds(t *testing.T) int { return setting(t, "LBIMAGE_SED_ROUNDS", 300) }

func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	var n int
	if _, err := fmt.Sscan(v, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
