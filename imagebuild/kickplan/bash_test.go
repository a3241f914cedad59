package kickplan

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// played are the files of the image that scripts play with, and what they hold.
var played = map[string]string{
	"etc/motd": "A load balancer.\n", "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n", "etc/conf": "# a\nport=1\n#port=2\n\nname = x\nport=1\n",
	"etc/unended": "one\ntwo", "etc/empty": "", "etc/link": "-> conf", "etc/dir/f": "f\n", "etc/dir/g": "$g\n",
}

// randomScript gives random commands whose lines are in no file yet, so that whoever runs them on the image gets what the plan
// gives. counter makes them unique.
func randomScript(r *rand.Rand) string {
	names := []string{"etc/motd", "etc/hosts", "etc/conf", "etc/unended", "etc/empty", "etc/dir/f", "etc/dir/g", "etc/new", "etc/dir/new", "etc/deep/er/new"}
	pick := func() string { return "/" + names[r.IntN(len(names))] }
	ended := func() string { // bash would put the line behind the last one, an edit does not
		for {
			if name := pick(); name != "/etc/unended" {
				return name
			}
		}
	}
	var out strings.Builder
	for n := range 1 + r.IntN(6) {
		mark := fmt.Sprintf("mark-%d", n)
		switch r.IntN(16) {
		case 0:
			fmt.Fprintf(&out, "echo '%s' > %s\n", mark, pick())
		case 1, 2:
			fmt.Fprintf(&out, "echo '%s: $a' >> %s\n", mark, ended())
		case 3:
			fmt.Fprintf(&out, "cat > %s << 'EOF'\n%s\n\n  {a: b} # c\n%s\nEOF\n", pick(), mark, mark)
		case 4:
			fmt.Fprintf(&out, "cat >> %s << EOF\n%s 1\n%s 2\nEOF\n", ended(), mark, mark)
		case 5:
			fmt.Fprintf(&out, "sed -i 's/^port=.*/port=%d/' /etc/conf\n", n+10)
		case 6:
			fmt.Fprintf(&out, "sed -i -e '/^#port/s/^#//' -e 's/localhost$/& %s/' %s\n", mark, []string{"/etc/conf", "/etc/hosts"}[r.IntN(2)])
		case 7:
			fmt.Fprintf(&out, "sed -i '/^%s/d' %s\n", []string{"port", "::1", "#", "one", "f"}[r.IntN(5)], []string{"/etc/conf", "/etc/hosts", "/etc/unended"}[r.IntN(3)])
		case 8:
			fmt.Fprintf(&out, "mkdir -p /etc/deep/er\n")
		case 9:
			fmt.Fprintf(&out, "ln -sf conf /etc/%s\n", mark)
		case 10:
			fmt.Fprintf(&out, "rm -f %s\n", pick())
		case 11:
			fmt.Fprintf(&out, "chmod %s %s\n", []string{"600", "755", "u+x,g-r", "0640"}[r.IntN(4)], pick())
		case 13:
			fmt.Fprintf(&out, "cp %s %s\n", pick(), pick())
		case 14:
			fmt.Fprintf(&out, "mv %s %s\n", pick(), pick())
		case 15:
			name := ended()
			fmt.Fprintf(&out, "rm -f %s\necho %s >> %s\n", name, mark, name)
		case 12:
			fmt.Fprintf(&out, "touch %s\n", pick())
		}
	}
	return out.String()
}

// A plan gives what bash and sed make of the image, where nothing of the script is in it yet and all of the plan is brought.
func TestPlanAgainstBash(t *testing.T) {
	bash := needs.Program(t, "bash")
	needs.Program(t, "sed")
	r := rand.New(rand.NewPCG(15, 6))
	compared, skipped := 0, 0
	for range 60 {
		text := "mkdir -p /etc/deep/er\n" + randomScript(r)
		image := treetest.Fill(played)
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "root"), image); err != nil {
			t.Fatal(err)
		}
		root := filepath.Join(dir, "root")
		// Whatever fails on a machine fails in the same way there: the rest goes on.
		cmd := exec.Command(bash, "-c", "umask 022\n"+regexp.MustCompile(`(^|[ \n])/etc`).ReplaceAllString(text, "${1}"+root+"/etc"))
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			skipped++ // a command on what is not there
			continue
		}
		f, reading := parse(t, "%post\n"+text+"%end\n")
		p := promised(t, f, reading, image)
		if slices.ContainsFunc(p.Left, func(l Left) bool { return true }) {
			for _, l := range p.Left {
				t.Logf("%q: left: %s: %s: %s", text, l.About, l.Verdict, l.Reason)
			}
			skipped++
			continue
		}
		after := clone(t, image)
		apply(t, p, after)
		compared++
		if err := equalFolders(os.DirFS(root), after); err != nil {
			recipe, _ := p.Recipe("image.rpm", "")
			t.Errorf("%s\n%v\n%s", text, err, recipe)
		}
	}
	t.Logf("%d compared, %d not", compared, skipped)
	if compared < 25 {
		t.Errorf("only %d scripts of 60 were compared", compared)
	}
}

// equalFolders compares names, kinds, permissions, contents and targets.
func equalFolders(a, b fs.FS) error {
	list := func(f fs.FS) map[string]string {
		out := map[string]string{}
		_ = fs.WalkDir(f, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || name == "." {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			out[name] = info.Mode().String()
			switch {
			case info.Mode()&fs.ModeSymlink != 0:
				target, err := fs.ReadLink(f, name)
				out[name] = "-> " + target
				return err
			case info.Mode().IsRegular():
				data, err := fs.ReadFile(f, name)
				out[name] += " " + fmt.Sprintf("%q", data)
				return err
			}
			return nil
		})
		return out
	}
	x, y := list(a), list(b)
	var names []string
	for name := range x {
		names = append(names, name)
	}
	for name := range y {
		if _, ok := x[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if x[name] != y[name] {
			return fmt.Errorf("/%s: bash gives %s, the plan %s", name, x[name], y[name])
		}
	}
	return nil
}
