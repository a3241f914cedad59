package script

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lbimage/kickstart/script/sed"
	"lbimage/tests/needs"
)

// writer makes random scripts of commands that are read, and of some that are not. @R stands for the root.
type writer struct {
	*rand.Rand
	depth int
	plain bool // nothing that cannot be told
	sub   int
}

func (w *writer) pick(list ...string) string { return list[w.Intn(len(list))] }

func (w *writer) file() string {
	return w.pick("@R/w/a", "@R/w/b", "@R/w/d/c", "@R/w/d/e", "@R/w/new", `"@R/w/$N"`, "@R/w/../w/a", "w/b", "./w/a", "@R/w/l")
}

func (w *writer) dir() string { return w.pick("@R/w/d", "@R/w/n1", "@R/w/n1/n2", "@R/w/d/n3") }

func (w *writer) word() string {
	return w.pick("x", "'a b'", `"q $V"`, "$V", `\$V`, `"\$V \"x\" \\"`, `a\ b`, "$'t\\tn'", `"$(echo in)"`, "${V:-d}", "'#c'", "k=v", "{p,q}z", `"${E:-e}"`, "`echo bq`", `""`, "-n", "~root", "$(printf '%s-' 1 2)", `'$V'`)
}

func (w *writer) say() string {
	switch w.Intn(7) {
	case 0:
		return "echo -e 'l1\\nl2\\t\\\\x'"
	case 1:
		return "echo -n " + w.word()
	case 2:
		return "printf '%s=%d;%%\\n' " + w.word() + " 5 z 6"
	case 3:
		return "printf 'a\\tb\\x41\\101\\n'"
	}
	return "echo " + w.word() + " " + w.word()
}

func (w *writer) document(command string) string {
	switch w.Intn(4) {
	case 0:
		return command + " <<'EOF'\nraw $V `x` \\$ \\\\\n\ttab\nEOF"
	case 1:
		return command + " <<-EOF\n\tv $V \\$V \\` \\\\ \\x\n\t\ttwo \"q\"\n\tjoined \\\n\tline\n\tEOF"
	case 2:
		return command + " <<\\EOF\n$V\\\nEOF"
	}
	return command + " << EOF\nv ${V} \\$V `echo s` $(echo t) \\\\ \\x 'a' \"b\\\"\njoined \\\nline\nEOF"
}

func (w *writer) effect() string {
	f := w.file()
	switch w.Intn(20) {
	case 0, 1, 2:
		return w.say() + " " + w.pick(">", ">>", ">>", ">|", "1>", "> /dev/null >") + " " + f
	case 3, 4:
		return w.document("cat " + w.pick(">", ">>") + " " + f)
	case 5:
		return "mkdir -p " + w.dir()
	case 6:
		return "touch " + f
	case 7:
		return w.pick("rm -f "+f, "rm -f "+f, "rm -f "+w.dir()+w.pick("/*", "/[a-c]", "/?", "/n*", "/[!a]*")+" "+f, "rm -rf "+w.dir()+w.pick("/*", "/e*"))
	case 8:
		return w.pick("rm -rf "+w.dir(), "> "+f, ": > "+f, "truncate -s 0 "+f)
	case 9:
		return "ln -sfn " + w.pick("@R/w/a", "b", "d/c", "@R/w/none") + " " + w.pick("@R/w/l", "@R/w/l2", "@R/w/d/l3")
	case 10:
		return "cp " + f + " " + w.file()
	case 11:
		return "mv -f " + f + " " + w.file()
	case 12, 13:
		return "sed -i " + w.pick("'s/a/b/g'", "-e 's/x/y/' -e '/l1/d'", "'$a added'", "'1i top'", "-r 's/(l)1/\\1X/'", "\"s/q/$V/\"", "-n '/a/p'", "'/v/,/t/s/^/#/'", "-e '/x/a\\' -e 'below'") + " " + f
	case 14:
		return "chmod " + w.pick("755", "600", "u=rw,go=", "0640") + " " + f
	case 15:
		return w.say() + " | tee " + w.pick("", "-a ") + f + w.pick("", " > /dev/null", " "+w.file())
	case 16:
		return "cat " + w.file() + " > " + f
	case 17:
		return "cat " + w.file() + " | sed 's/a/[&]/' > " + f
	case 18:
		return "install -m 640 @R/w/a @R/w/inst; install -d -m 700 " + w.dir()
	}
	return "echo 'here' | sed -e 's/e/E/g' >> " + f
}

func (w *writer) test() string {
	list := []string{`[ "$V" = val ]`, `[ -n "$E" ]`, "[ -f " + w.file() + " ]", "[ ! -e " + w.file() + " ]", "[ -d " + w.dir() + " ]", `[[ $V == v* ]]`, "true", "false",
		`[ "$V" = x -o -z "$E" ]`, `[[ -z $E && $V != q ]]`, "! true", "[ -s " + w.file() + " ]", "[ -L @R/w/l ]", "test 3 -gt 2"}
	if w.plain {
		list = []string{`[ "$V" = val ]`, `[[ $V == v* ]]`, "true", "false", "! false", "test 3 -gt 2", `[ "$N" = new ] && [ 1 = 1 ]`}
	} else if w.Intn(3) == 0 {
		return w.pick("[ -e @R/w/there ]", "grep -q a @R/w/a 2>/dev/null", "[ $((RANDOM % 2)) = 0 ]", "mystery")
	}
	return w.pick(list...)
}

func (w *writer) stmts(n int) string {
	var list []string
	for ; n > 0; n-- {
		list = append(list, w.stmt())
	}
	return strings.Join(list, "\n")
}

func (w *writer) stmt() string {
	if w.depth++; w.depth > 3 {
		w.depth--
		return w.effect()
	}
	defer func() { w.depth-- }()
	k := w.Intn(32)
	if k > 22 && (w.plain || w.Intn(3) > 0) {
		k = 0
	}
	switch k {
	case 10:
		return w.pick("V=val", "V='a b'", "V=$N", "E=", "N=new", "V=${V}x", "V+=y", "unset E", "export V=val", "V=$(echo cat)")
	case 11:
		return "for x in " + w.pick("a b", "'a b' new", "{1..3}", "$V", "") + "; do\n" + w.pick("echo $x >> @R/w/$x", w.stmts(2), `echo "$x" > "@R/w/$x"; `+w.pick("break", "continue", ":")+"\n"+w.effect()) + "\ndone"
	case 12, 13:
		return "if " + w.test() + "; then\n" + w.stmts(1+w.Intn(2)) + w.pick("", "\nelif "+w.test()+"; then\n"+w.stmts(1), "\nelse\n"+w.stmts(1)) + "\nfi"
	case 14:
		return w.test() + w.pick(" && ", " || ") + "{\n" + w.stmts(1) + "\n}"
	case 15:
		return "( cd " + w.pick("@R/w", "@R/w/d") + "\n" + w.stmts(1) + "\nV=lost\necho r > rel\n)"
	case 16:
		return "{\n" + w.say() + "\n" + w.pick(w.say(), w.document("cat"), "V=inner") + "\n} " + w.pick(">", ">>") + " " + w.file()
	case 17:
		w.sub++
		name := fmt.Sprint("fn", w.sub)
		return name + "() {\n" + w.pick("local V=\"$1\"\n", "") + "echo \"$1 $# $V\" >> " + w.file() + "\n" + w.stmts(1) + "\n" + w.pick("", "return 0\n") + "}\n" + name + " " + w.word()
	case 18:
		return "case $V in\nval|x) " + w.effect() + "\n;;\n*" + w.pick("b", "") + ")\n" + w.stmts(1) + "\n;;\nesac"
	case 19:
		return "eval 'V=evald; echo ev >> @R/w/a'"
	case 20:
		return w.pick("cd @R/w/d; echo $PWD > /dev/null", "cd @R; cd w; echo 1 > rel2; cd @R", "set -e", "set -u +e", "pushd @R/w > /dev/null; echo p > pushed; popd > /dev/null")
	case 21:
		return "( " + w.say() + "; " + w.say() + " ) 2>&1 | tee @R/w/log > /dev/null"
	case 22:
		return "bash -c \"echo sub '$V' >> @R/w/b\""
	case 23, 24:
		return "mystery"
	case 25:
		return "while read l; do\n" + w.stmts(1) + "\nV=$l\ndone <<< " + w.word()
	case 26:
		return "[ -e @R/w/there ] && exit 0"
	case 27:
		return "V=$(mystery; echo got)"
	case 28:
		return "for x in @R/w/*; do\nV=glob\n" + w.stmts(1) + "\ndone"
	case 29:
		return "rm -f @R/w/d/*"
	case 30:
		return "source @R/w/sourced"
	case 31:
		return "until true; do " + w.effect() + "\ndone"
	}
	return w.effect()
}

const initial = "mkdir -p w/d\necho 'old a\nx=1\nl1' > w/a\nprintf 'old b' > w/b\necho V=sourced > w/sourced\n"

// mystery changes what it likes.
const mystery = "mystery() { case $((RANDOM % 6)) in 0) echo m > @R/w/a;; 1) rm -f @R/w/b;; 2) mkdir -p @R/w/n1;; 3) echo m >> @R/w/d/c;; 4) touch @R/w/there;; esac; return $((RANDOM % 2)); }\n"

// asBash runs a script in a folder. ok is false where a command of it failed that is taken to work.
func asBash(t *testing.T, root, body string, seed int) (ok bool) {
	t.Helper()
	// An error that is not asked for is noted: those scripts say nothing.
	prelude := "cd @R\n" + fmt.Sprintf("RANDOM=%d\n", seed) + "set -E\ntrap 'case $BASH_COMMAND in mystery*|return*|\"[\"*|test*|false*|grep*|*RANDOM*) ;; *) echo \"$BASH_COMMAND\" >> @R.failed;; esac' ERR\n" + mystery
	text := strings.ReplaceAll(prelude+body, "@R", root)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second) // a loop that feeds itself
	defer cancel()
	cmd := exec.CommandContext(ctx, needs.Program(t, "bash"), "-c", "ulimit -f 1000\n"+text)
	cmd.Dir, cmd.Env = root, []string{"PATH=" + os.Getenv("PATH"), "HOME=/nowhere"}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	_ = cmd.Run()
	if strings.Contains(stderr.String(), "syntax error") {
		t.Fatalf("bash does not parse\n%s\n%s", body, stderr.String())
	}
	_, err := os.Stat(root + ".failed")
	return err != nil && !strings.Contains(stderr.String(), "No such file") && !strings.Contains(stderr.String(), "irectory") && !strings.Contains(stderr.String(), "are the same")
}

// start makes the tree that scripts start with.
func start(t *testing.T, root string) {
	t.Helper()
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(needs.Program(t, "bash"), "-c", initial)
	if cmd.Dir = root; cmd.Run() != nil {
		t.Fatal("the first tree is not made")
	}
}

// play does effects on real files: it knows nothing of scripts.
func play(root string, effects []Effect) error {
	for _, e := range effects {
		p, target := root+e.Path, e.Target
		if strings.HasPrefix(target, "/") && e.Kind != Symlink {
			target = root + target
		}
		if e.OrInside {
			if info, err := os.Stat(p); err == nil && info.IsDir() {
				p = filepath.Join(p, filepath.Base(e.Target))
			}
		}
		var err error
		switch e.Kind {
		case Write:
			err = os.WriteFile(p, []byte(e.Content), 0o644)
		case Append, Touch:
			var f *os.File
			if f, err = os.OpenFile(p, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
				_, err = f.WriteString(e.Content)
				f.Close()
			}
		case Sed:
			var text []byte
			var prog *sed.Program
			if text, err = os.ReadFile(p); err != nil {
				break
			}
			if prog, err = sed.Parse(e.Program, e.Extended); err != nil {
				break
			}
			if text, err = prog.Apply(text); err != nil {
				break
			}
			info, _ := os.Stat(p)
			os.Remove(p)
			if err = os.WriteFile(p, text, 0o644); err == nil {
				err = os.Chmod(p, info.Mode().Perm())
			}
		case Folder:
			err = os.MkdirAll(p, 0o755)
		case Symlink:
			if strings.HasPrefix(target, "/") {
				target = root + target
			}
			os.Remove(p)
			err = os.Symlink(target, p)
		case Copy:
			var text []byte
			if text, err = os.ReadFile(target); err == nil {
				info, _ := os.Stat(target)
				_, there := os.Stat(p)
				if err = os.WriteFile(p, text, info.Mode().Perm()); there == nil {
					continue
				}
			}
		case Move:
			err = os.Rename(target, p)
		case Remove:
			err = os.RemoveAll(p)
		case Sweep:
			list, _ := os.ReadDir(p)
			for _, d := range list {
				if e.Sweeps(d.Name()) && (e.Recursive || !d.IsDir()) {
					err = errors.Join(err, os.RemoveAll(filepath.Join(p, d.Name())))
				}
			}
		case Mode:
			if n, bad := strconv.ParseUint(e.Mode, 8, 32); bad == nil {
				err = os.Chmod(p, fs.FileMode(n))
			}
		default:
			err = fmt.Errorf("%s is not of these scripts", e.Kind)
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", e.Place, e.Command, err)
		}
	}
	return nil
}

// tree is what is below a folder, in lines.
func tree(t *testing.T, root string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%s ", strings.TrimPrefix(p, root))
		switch {
		case d.IsDir():
			fmt.Fprintln(&out, "folder")
		case info.Mode()&fs.ModeSymlink != 0:
			to, _ := os.Readlink(p)
			fmt.Fprintf(&out, "-> %s\n", strings.TrimPrefix(to, root))
		default:
			text, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "%q\n", strings.ReplaceAll(string(text), root, ""))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func random(t *testing.T, name string, otherwise int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAsBash: scripts of commands that are read leave what bash leaves, all of it.
func TestAsBash(t *testing.T) {
	needs.Programs(t, "bash", "sed")
	seed := random(t, "LBIMAGE_SCRIPT_SEED", 1)
	w := &writer{Rand: rand.New(rand.NewSource(int64(seed))), plain: true}
	dir, told, tried := t.TempDir(), 0, 0
	for n := random(t, "LBIMAGE_SCRIPT_ROUNDS", 60); tried < n; tried++ {
		body := "V=val; E=; N=new\n" + w.stmts(1+w.Intn(6)) + "\n"
		r := Read(post(strings.ReplaceAll(body, "@R", "")))
		if len(r.Unread) > 0 {
			continue
		}
		conditional := false
		for _, e := range r.Effects {
			conditional = conditional || e.Conditional != ""
		}
		if conditional {
			continue
		}
		real, mine := filepath.Join(dir, fmt.Sprint("r", tried)), filepath.Join(dir, fmt.Sprint("m", tried))
		start(t, real)
		start(t, mine)
		if !asBash(t, real, body, seed) {
			continue
		}
		if err := play(mine, r.Effects); err != nil {
			t.Errorf("%v\n%s", err, body)
			continue
		}
		told++
		if got, want := tree(t, mine), tree(t, real); got != want {
			t.Fatalf("script\n%s\nleaves\n%s\nthe effects leave\n%s\n%+v", body, want, got, r.Effects)
		}
		claims(t, r, real, body)
	}
	t.Logf("%d of %d scripts were told", told, tried)
	if told*10 < tried {
		t.Error("hardly anything was told")
	}
}

// TestClaims: whatever is told of a script, with commands in it that are not known, is so.
func TestClaims(t *testing.T) {
	needs.Programs(t, "bash", "sed")
	seed := random(t, "LBIMAGE_SCRIPT_SEED", 1)
	w := &writer{Rand: rand.New(rand.NewSource(int64(seed)))}
	dir, held := t.TempDir(), 0
	for n := 0; n < random(t, "LBIMAGE_SCRIPT_ROUNDS", 60); n++ {
		body := "V=val; E=; N=new\n" + w.stmts(2+w.Intn(7)) + "\n"
		r := Read(post(strings.ReplaceAll(body, "@R", "")))
		root := filepath.Join(dir, fmt.Sprint(n))
		start(t, root)
		if asBash(t, root, body, seed+n) {
			held += claims(t, r, root, body)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d claims held", held)
	if held == 0 {
		t.Error("nothing was claimed")
	}
}

// claims holds what is told without a doubt against the files, and gives how much that was.
func claims(t *testing.T, r *Reading, root, body string) (held int) {
	t.Helper()
	fail := func(e Effect, format string, args ...any) {
		t.Helper()
		t.Errorf("%s: %s %s: %s\n%s\n%s", e.Place, e.Kind, e.Path, fmt.Sprintf(format, args...), body, tree(t, root))
	}
	for i, e := range r.Effects {
		if !filepath.IsAbs(e.Path) || filepath.Clean(e.Path) != e.Path {
			fail(e, "the path is not absolute and clean")
		}
		text, err := os.ReadFile(root + e.Path)
		text = []byte(strings.ReplaceAll(string(text), root, ""))
		if want, known := r.Final(e.Path); known {
			held++
			if err != nil || string(want) != string(text) {
				fail(e, "Final is %q, not %q (%v)", want, text, err)
			}
		}
		if e.Conditional != "" || e.SupersededBy >= 0 || len(r.After(i)) > 0 {
			continue
		}
		held++
		info, stat := os.Lstat(root + e.Path)
		switch e.Kind {
		case Write, Touch:
			if err != nil {
				fail(e, "%v", err)
			}
		case Append:
			if lines, known := r.Lines(i); known && !strings.Contains(string(text), lines) {
				fail(e, "%q is not in %q", lines, text)
			}
		case Sed:
			if v := r.Made(i, text); v.Answer == sed.No {
				fail(e, "%q: %+v", text, v)
			}
		case Folder:
			if info, err := os.Stat(root + e.Path); err != nil || !info.IsDir() {
				fail(e, "it is no folder")
			}
		case Remove:
			if stat == nil {
				fail(e, "it is still there")
			}
		case Sweep:
			list, _ := os.ReadDir(root + e.Path)
			for _, d := range list {
				name := e.Path + "/" + d.Name()
				again := slices.ContainsFunc(r.Effects[i:], func(e Effect) bool { return e.Kind != Sweep && within(e.Path, name) })
				if e.Sweeps(d.Name()) && (e.Recursive || !d.IsDir()) && !again {
					fail(e, "%s is still there", name)
				}
			}
		case Symlink:
			if to, err := os.Readlink(root + e.Path); !e.OrInside && (err != nil || strings.TrimPrefix(to, root) != e.Target) {
				fail(e, "it leads to %q", to)
			}
		case Mode:
			info, err := os.Stat(root + e.Path)
			if n, bad := strconv.ParseUint(e.Mode, 8, 32); bad == nil && (err != nil || info.Mode().Perm() != fs.FileMode(n)) {
				fail(e, "its mode is otherwise")
			}
		}
		_ = info
	}
	return held
}
