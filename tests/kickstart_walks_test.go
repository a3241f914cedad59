package tests

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
	"lbimage/tests/needs"
)

// walked counts what was held against a shell.
type walked struct {
	rounds, failing, noImage, statements, held, untold, plans, refused, edits, leftPaths, spoilt int
}

func (w walked) String() string {
	return fmt.Sprintf("%d kickstart files (%d without an image, %d with commands that failed): %d statements, %d held, %d could not be told; %d plans with %d edits (%d refused), %d paths that a listed command explains; %d things spoilt, each seen",
		w.rounds, w.noImage, w.failing, w.statements, w.held, w.untold, w.plans, w.edits, w.refused, w.leftPaths, w.spoilt)
}

// walker holds kickstart files against what their scripts do in a tree.
type walker struct {
	base  root
	image string // of base
	dir   string
	walked
}

// noise are files that the machine's own programs leave beside what they are asked for.
var noise = regexp.MustCompile(`^/etc/((passwd|shadow|group|gshadow|subuid|subgid)-|\.pwd\.lock|subuid|subgid)$`)

// walk gives what is wrong.
func (w *walker) walk(t *testing.T, file string, rng *rand.Rand) (wrong []string) {
	t.Helper()
	w.rounds++
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	after := w.base.copy(t, filepath.Join(w.dir, "after"))
	complaints, ok := after.install(t, file)
	if !ok {
		w.noImage++
		return nil
	}
	if complaints != "" {
		w.failing++
		t.Logf("failed: %s", complaints)
	}
	image := after.pack(t, filepath.Join(w.dir, "after.img"))

	// What is told of the image holds, or cannot be told.
	now := statements(t, file, image)
	for _, s := range now {
		w.statements++
		switch s.Verdict {
		case "holds":
			w.held++
		case "cannot be told":
			if w.untold++; s.Why == "" {
				bad("no reason: %s", s)
			}
		default:
			if complaints == "" {
				bad("made by the scripts: %s", s)
			}
		}
	}

	// A plan for the image as it was before makes it what the scripts make of it.
	made, edits, left, recipe, refused := planned(t, file, w.image, w.dir)
	w.edits += edits
	plan := ""
	switch {
	case refused != "":
		w.refused++
		t.Logf("refused: %.300s", refused)
	case complaints == "":
		w.plans++
		for _, d := range pathsApart(t, made, image) {
			switch {
			case len(d.Aspects) == 1 && d.Aspects[0] == "hardlink": // sed -i gives a file another inode even where it changes nothing
			case numbers.MatchString(d.Path) && numbered(t, made, d.Path) == numbered(t, image, d.Path):
			case noise.MatchString(d.Path), d.Path == "/etc/shadow" && shadow(t, made) == shadow(t, image):
			case explained(d.Path, left):
				w.leftPaths++
			default:
				bad("planned %s (%s, %v): %v, the shell: %v\n%s", d.Path, d.Kind, d.Aspects, d.A, d.B, d.Diff)
				plan = recipe
			}
		}
	}

	if plan != "" {
		bad("the plan:\n%s", plan)
	}

	// What is spoilt is seen.
	if len(wrong) == 0 && complaints == "" {
		wrong = w.spoil(t, file, after, now, rng)
	}
	return wrong
}

// shadow is /etc/shadow without the days of changes, and with one way to lock.
func shadow(t *testing.T, image string) string {
	text := regexp.MustCompile(`(?m)^([^:]*):(!*)([^:]*):[^:]*:`).ReplaceAllStringFunc(must(t, "", lbimage, "cat", image, "/etc/shadow"), func(l string) string {
		parts := strings.Split(l, ":")
		if strings.HasPrefix(parts[1], "!") {
			parts[1] = "!" + strings.TrimLeft(parts[1], "!")
		}
		return parts[0] + ":" + parts[1] + "::"
	})
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// numbers are the files of accounts: releases do not agree on the numbers of accounts of the system.
var numbers = regexp.MustCompile(`^/etc/(passwd|group)$`)

// numbered is such a file without the numbers of accounts of the system.
func numbered(t *testing.T, image, name string) string {
	return regexp.MustCompile(`:[1-4]\d\d\b`).ReplaceAllString(must(t, "", lbimage, "cat", image, name), ":N")
}

var accountFiles = regexp.MustCompile(`^/(etc/(passwd|shadow|group|gshadow)|home/[^/]+|var/spool/mail/[^/]+)$`)

// sameFiles are names that lead to one file in the tree.
var sameFiles = strings.NewReplacer("/srv/link", "/srv/real", "/srv/other-twin", "/srv/twin", "/srv/conflink", "/srv/conf", "/etc/rc.local", "/etc/rc.d/rc.local")

// explained says whether a path differs because of a command that the plan lists as left.
func explained(p string, left []told) bool {
	written := path.Base(p)
	p = sameFiles.Replace(p)
	for _, l := range left {
		at, text := sameFiles.Replace(l.Path), sameFiles.Replace(l.Text)
		if about := strings.Fields(l.About); strings.HasPrefix(about[len(about)-1], "/") && strings.HasPrefix(p, sameFiles.Replace(about[len(about)-1])+"/") {
			return true
		}
		if l.About == "a command of %post" { // all that is below what it names
			for word := range strings.FieldsSeq(text) {
				if word = strings.Trim(word, `"';`); strings.HasPrefix(word, "/") && word != "/" && strings.HasPrefix(p, word+"/") {
					return true
				}
			}
		}
		account := strings.HasPrefix(l.About, "user ") || strings.HasPrefix(l.About, "group ") || strings.HasPrefix(l.About, "password ")
		switch {
		case strings.Contains(l.Text, written), strings.Contains(text, path.Dir(p)+"/*"), strings.Contains(text, strings.TrimSuffix(path.Base(p), ".bak")),
			at != "" && (at == p || strings.HasPrefix(p, at+"/") || strings.HasPrefix(at, p+"/")),
			account && accountFiles.MatchString(p),
			strings.Contains(l.Text, "chkconfig") && strings.HasPrefix(p, "/etc/rc.d/rc"),
			l.About == "a command of %post" && !strings.Contains(l.Text, "/"):
			return true
		}
	}
	return false
}

// spoil changes something that the scripts made, and gives what was not seen.
func (w *walker) spoil(t *testing.T, file string, after root, now []told, rng *rand.Rand) (wrong []string) {
	t.Helper()
	before := map[string]string{}
	for _, s := range statements(t, file, w.image) {
		before[s.key()] = s.Verdict
	}
	var made []told
	for _, s := range now {
		if s.Verdict == "holds" && before[s.key()] == "does not hold" && s.Path != "" {
			made = append(made, s)
		}
	}
	rng.Shuffle(len(made), func(i, k int) { made[i], made[k] = made[k], made[i] })
	for _, s := range made[:min(2, len(made))] {
		tree := after.copy(t, filepath.Join(w.dir, "spoilt"))
		how := w.damage(t, tree, s, rng)
		if how == "" {
			continue
		}
		w.spoilt++
		image := tree.pack(t, filepath.Join(w.dir, "spoilt.img"))
		for _, n := range statements(t, file, image) {
			if n.key() != s.key() || n.Text != s.Text {
				continue
			}
			if n.Verdict == "holds" || n.Verdict == "cannot be told" && n.Why == "" {
				wrong = append(wrong, fmt.Sprintf("spoilt, %s, and not seen: %s", how, n))
			}
		}
	}
	return wrong
}

var marks = regexp.MustCompile(`mark\d{3}`)

// damage undoes what a statement is about, and says how; empty where there is nothing to undo.
func (w *walker) damage(t *testing.T, tree root, s told, rng *rand.Rand) string {
	t.Helper()
	real := filepath.Join(string(tree), s.Path)
	what, _, _ := strings.Cut(s.About, " ")
	if dir, err := filepath.EvalSymlinks(filepath.Dir(real)); err != nil || !strings.HasPrefix(dir, string(tree)) {
		return "" // a folder that is a link out of this tree as the machine sees it
	}
	info, err := os.Lstat(real)
	if err == nil && info.Mode()&os.ModeSymlink != 0 && what != "link" {
		return ""
	}
	regular := err == nil && info.Mode().IsRegular()
	switch {
	case what == "mode" && err == nil && rng.IntN(2) == 0:
		mode := fmt.Sprintf("%o", (uint32(info.Mode().Perm())^0o137)&0o777)
		must(t, "", "chmod", mode, real)
		if strings.HasPrefix(s.Want, "mode 0") || strings.HasPrefix(s.Want, "mode 1") || strings.HasPrefix(s.Want, "mode 2") || regexp.MustCompile(`^mode [0-7]+$`).MatchString(s.Want) {
			return "mode " + mode
		}
		return "" // u+x may hold all the same
	case what == "owner" && err == nil && rng.IntN(2) == 0:
		must(t, "", "chown", "-h", "12345:12345", real)
		return "owner 12345"
	case what == "lines" && regular && !strings.Contains(s.Want, "sed") && rng.IntN(2) == 0, what == "file" && regular && s.Want != "nothing there" && rng.IntN(2) == 0:
		text, err := os.ReadFile(real)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range marks.FindAllString(s.Text, -1) {
			cut := regexp.MustCompile(`(?m)^.*`+m+`.*\n?`).ReplaceAll(text, nil)
			if len(cut) != len(text) {
				if err := os.WriteFile(real, cut, info.Mode().Perm()); err != nil {
					t.Fatal(err)
				}
				return "without the lines of " + m + " in " + s.Path
			}
		}
	}
	// As it was before.
	paths := []string{s.Path}
	switch what {
	case "user", "group", "password":
		paths = []string{"/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"}
	case "service":
		paths = []string{"/etc/rc.d"}
	}
	for _, p := range paths {
		if p == "/" || strings.Contains(p, "..") {
			return ""
		}
		must(t, "", "rm", "-rf", filepath.Join(string(tree), p))
		if _, err := os.Lstat(filepath.Join(string(w.base), p)); err == nil {
			must(t, "", "cp", "-a", filepath.Join(string(w.base), p), filepath.Join(string(tree), p))
		}
	}
	return "as before: " + strings.Join(paths, " ")
}

// newWalker makes the tree that scripts run in.
func newWalker(t *testing.T) *walker {
	t.Helper()
	if os.Getuid() != 0 {
		needs.Missing(t, "scripts of %post run behind chroot, which is root's")
	}
	needs.Programs(t, append([]string{"chroot", "timeout", "ldd", "mknod"}, programs...)...)
	if out, err := exec.Command("chroot", "/", "true").CombinedOutput(); err != nil {
		needs.Missing(t, "chroot is not allowed here: "+string(out))
	}
	dir, err := os.MkdirTemp("/dev/shm", "lbimage-test-")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	w := &walker{dir: dir}
	w.base = makeRoot(t, dir)
	w.image = w.base.pack(t, filepath.Join(dir, "base.img"))
	return w
}

// Random scripts of %post are run in the tree of an image. What is told of them is so, and a plan for the image makes what
// they make. KICKSTART_SEED and KICKSTART_ROUNDS make it a long walk.
func TestKickstartWalks(t *testing.T) {
	seed, rounds := uint64(1), 8
	if v := os.Getenv("KICKSTART_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	if v := os.Getenv("KICKSTART_ROUNDS"); v != "" {
		rounds, _ = strconv.Atoi(v)
	}
	w := newWalker(t)
	file := filepath.Join(w.dir, "lb.ks")
	for round := range rounds {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		text := newScripter(rng).kickstart()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			defer func() {
				if t.Failed() {
					t.Logf("seed %d, round %d:\n%s", seed, round, text)
				}
			}()
			if wrong := w.walk(t, file, rng); len(wrong) > 0 {
				t.Error(strings.Join(wrong, "\n"))
			}
		})
	}
	t.Log(w.walked)
	if w.held == 0 || w.edits == 0 || w.spoilt == 0 {
		t.Error("hardly anything was judged")
	}
}

// scriptsOf writes a kickstart file of the scripts of another one alone.
func scriptsOf(t *testing.T, file, to string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := kickstart.Parse(file, text, grammar.RHEL6)
	if err != nil {
		t.Fatal(err)
	}
	out := "#version=RHEL6\n"
	for _, n := range f.Nodes {
		if s, ok := n.(*kickstart.Section); ok && s.Name == "%post" {
			out += s.Head + s.Body + "%end\n"
		}
	}
	if err := os.WriteFile(to, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
	return to
}

// The project's own templates are run in the tree of an image, and held against it, as random scripts are. KICKSTART_FILES names
// more kickstart files, as a pattern.
func TestKickstartTemplatesInATree(t *testing.T) {
	w := newWalker(t)
	// The sample has some of it already.
	must(t, string(w.base), "sed", "-i", "/ttyS0/d", "etc/securetty")
	must(t, string(w.base), "sed", "-i", "/NOZEROCONF/d", "etc/sysconfig/network")
	must(t, string(w.base), "sed", "-i", "s/^#Defaults/Defaults/", "etc/sudoers")
	w.image = w.base.pack(t, filepath.Join(w.dir, "base.img"))
	rng, times := rand.New(rand.NewPCG(1, 1)), 1
	if os.Getenv("KICKSTART_ROUNDS") != "" {
		times = 3
	}
	mirrors := filepath.Join("..", "kickstart", "templates", "mirrors.cfg")
	var files []string
	for _, name := range []string{"production", "development"} {
		file := filepath.Join(w.dir, name+".ks")
		args := []string{"kickstart", "render", name, "--mirrors", mirrors, "-o", file}
		if name == "development" {
			args = append(args, "--set", "password-hash=$6$saltsalt$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.")
		}
		must(t, "", lbimage, args...)
		files = append(files, file)
	}
	if v := os.Getenv("KICKSTART_FILES"); v != "" {
		more, err := filepath.Glob(v)
		if err != nil || len(more) == 0 {
			t.Fatalf("KICKSTART_FILES=%s: %v", v, err)
		}
		files = append(files, more...)
	}
	for _, whole := range files {
		file := scriptsOf(t, whole, filepath.Join(w.dir, "scripts of "+filepath.Base(whole)))
		for range times { // each time other things are spoilt
			if wrong := w.walk(t, file, rng); len(wrong) > 0 {
				t.Errorf("%s:\n%s", file, strings.Join(wrong, "\n"))
				break
			}
		}
	}
	t.Log(w.walked)
	if w.failing > 0 || w.noImage > 0 || w.plans != w.rounds || w.untold > 0 || w.leftPaths > 0 {
		t.Error("not all of it is read, or brought")
	}
}
