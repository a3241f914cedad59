package survey

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

func sudoersText(text string) Sudoers {
	return ReadSudoers(treetest.Fill(map[string]string{"etc/sudoers": text}))
}

// randomSudoers writes lines as people do, some of them wrong.
func randomSudoers(r *rand.Rand) string {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	user := func() string {
		return pick("nobody", "nobody", "ALL", "root", "%nogroup", "%#65534", "#65534", "!nobody", "PEOPLE", "games, nobody", "ALL, !nobody", "\"nobody\"", "%users", "#1")
	}
	command := func() string {
		return pick("ALL", "/usr/bin/true", "/usr/bin/true", "/usr/bin/", "/usr/bin/t*", "/bin/true", "/usr/bin/false", "!/usr/bin/true", "TOOLS", "/usr/bin/true \"\"", "/usr/bin/true a\\:b", "/usr/bin/true x*",
			"/usr/bin/true, /usr/bin/id", "ALL, !/usr/bin/true", "true", "sudoedit /etc/motd", "!TOOLS")
	}
	tags := func() string {
		return pick("NOPASSWD: ", "NOPASSWD: ", "NOPASSWD:", "", "PASSWD: ", "(root) NOPASSWD: ", "(ALL) ", "(ALL:ALL) NOPASSWD: ", "(nobody) NOPASSWD: ", "(:root) NOPASSWD: ", "NOPASSWD: SETENV: ", "NOPASWD: ", "(root, games) NOPASSWD: ", "( #0 ) NOPASSWD: ")
	}
	var b strings.Builder
	if r.IntN(2) == 0 {
		b.WriteString("User_Alias PEOPLE = nobody, games : OTHERS = root\nCmnd_Alias TOOLS = /usr/bin/true, /usr/bin/id -u\n")
	} else {
		b.WriteString("User_Alias PEOPLE = %nogroup\nCmnd_Alias TOOLS = ALL, \\\n  !/usr/bin/false\n")
	}
	for range 1 + r.IntN(3) {
		switch r.IntN(6) {
		case 0:
			fmt.Fprintf(&b, "Defaults%s %s%s\n", pick("", ":nobody", ":PEOPLE", "!/usr/bin/true", ">root", ":root", "!TOOLS", "@ALL"), pick("", "!"), pick("requiretty", "requiretty, env_reset", "authenticate", "visiblepw", "secure_path = /bin:/usr/bin"))
		case 1:
			fmt.Fprintf(&b, "%s\n", pick("# a comment \\", "", "nobody ALL", "Defaults", "Defaults env_keep += \"A B\"", "nobody ALL = ", "Foo_Alias X = a", "User_Alias low = a", "#include /nowhere", "ALL ALL=(ALL ALL"))
		default:
			fmt.Fprintf(&b, "%s %s = %s%s%s\n", user(), pick("ALL", "ALL", "ALL", "localhost", "ALL,!nohost"), tags(), command(), pick("", "", "", " # why", ", PASSWD: /usr/bin/id", " \\\n", ":ALL=/usr/bin/id"))
		}
	}
	return b.String()
}

// visudo and we agree on which texts are sudoers.
func TestSudoersAgainstVisudo(t *testing.T) {
	visudo := needs.Program(t, "visudo")
	file := filepath.Join(t.TempDir(), "sudoers")
	random := rand.New(rand.NewPCG(3, 4))
	good := 0
	for range 400 {
		text := randomSudoers(random)
		if err := os.WriteFile(file, []byte(text), 0o440); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(visudo, "-c", "-f", file).CombinedOutput()
		_ = os.Remove(file)
		got := sudoersText(text)
		if (err == nil) != (len(got.Problems) == 0) {
			t.Errorf("visudo: %v %s\nhere: %v\n%s", err, out, got.Problems, text)
		}
		if err == nil {
			good++
		}
	}
	if good < 100 || good > 390 {
		t.Errorf("%d texts of 400 were good", good)
	}
}

// sudo itself says who may run what without a password and without a terminal.
func TestSudoersAgainstSudo(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("sudo's configuration can be replaced by root only")
	}
	for _, p := range []string{"sudo", "unshare", "setpriv", "visudo"} {
		needs.Program(t, p)
	}
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(5, 6))
	var texts []string
	var script strings.Builder
	script.WriteString("touch /etc/sudoers\n")
	for i := range 60 {
		text := randomSudoers(random)
		if len(sudoersText(text).Problems) > 0 {
			continue
		}
		texts = append(texts, text)
		name := filepath.Join(dir, fmt.Sprint("sudoers", i))
		if err := os.WriteFile(name, []byte(text), 0o440); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&script, "mount --bind %s /etc/sudoers && setpriv --reuid nobody --regid nogroup --clear-groups setsid sudo -n /usr/bin/true </dev/null >%s/out 2>&1; echo $? $(head -n 1 %s/out); umount /etc/sudoers\n", name, dir, dir)
	}
	out, err := exec.Command("unshare", "-m", "sh", "-c", script.String()).Output()
	answers := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(answers) != len(texts) {
		needs.Missing(t, fmt.Sprintf("mounts over /etc/sudoers are not possible: %v, %q", err, out))
	}
	for i, text := range texts {
		a := sudoersText(text).Ask(treetest.Fill(map[string]string{"usr/bin/true": "", "bin": "-> usr/bin"}),
			SudoRequest{User: "nobody", UID: 65534, Groups: []string{"nogroup"}, GIDs: []uint32{65534}, Command: "/usr/bin/true"})
		runs := a.Allowed && !a.Password && !a.TTY
		if runs != strings.HasPrefix(answers[i], "0") {
			t.Errorf("sudo: %s\nhere: %+v\n%s", answers[i], a, text)
		}
		if strings.Contains(answers[i], "must have a tty") && !a.TTY {
			t.Errorf("sudo wants a terminal\n%s", text)
		}
	}
}

// cvtsudoers finds the same rules with the same tags.
func TestSudoersAgainstCvtsudoers(t *testing.T) {
	cvtsudoers := needs.Program(t, "cvtsudoers")
	file := filepath.Join(t.TempDir(), "sudoers")
	random := rand.New(rand.NewPCG(7, 8))
	for range 100 {
		text := randomSudoers(random)
		got := sudoersText(text)
		if len(got.Problems) > 0 {
			continue
		}
		if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(cvtsudoers, "-f", "json", file).Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		var all struct {
			Specs []struct {
				Cmnds []struct {
					Options  []map[string]any
					Commands []struct{ Command, Cmndalias string }
				} `json:"Cmnd_Specs"`
			} `json:"User_Specs"`
			Defaults []struct {
				Options []any
			}
		}
		if err := json.Unmarshal(out, &all); err != nil {
			t.Fatal(err)
		}
		commands, free, defaults := 0, 0, 0
		for _, s := range all.Specs {
			for _, c := range s.Cmnds {
				commands += len(c.Commands)
				for _, o := range c.Options {
					if o["authenticate"] == false {
						free += len(c.Commands)
					}
				}
			}
		}
		for _, d := range all.Defaults {
			defaults += len(d.Options)
		}
		for _, r := range got.Rules {
			for _, c := range r.Commands {
				commands--
				if strings.Contains(strings.Join(c.Tags, ","), "NOPASSWD") {
					free--
				}
			}
		}
		if commands != 0 || free != 0 || defaults != len(got.Defaults) {
			t.Errorf("%d commands, %d without password are not found; %d defaults of %d\n%s%s", commands, free, len(got.Defaults), defaults, text, out)
		}
	}
}

func TestSudoersFiles(t *testing.T) {
	tree := treetest.Fill(map[string]string{
		"etc/sudoers":              "#includedir /etc/sudoers.d\n# includes nothing\n@include more\n",
		"etc/more":                 "a ALL = ALL\n",
		"etc/sudoers.d/a":          "a ALL = ALL\n",
		"etc/sudoers.d/b.rpmsave":  "!\n",
		"etc/sudoers.d/c~":         "!\n",
		"etc/sudoers.d/d":          "a ALL = ALL\n",
		"etc/sudoers.d/e/f":        "!\n",
		"etc/sudoers.d/itself":     "#include /etc/sudoers\n",
		"etc/sudoers.d/wrong":      "a ALL = ALL\na b c\n",
		"etc/sudoers.d/somebodys":  "!\n",
		"etc/sudoers.d/everybodys": "!\n",
	})
	for name, mode := range map[string]fs.FileMode{"etc/sudoers.d/everybodys": 0o666, "etc/sudoers.d/d": 0o660} {
		if err := tree.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Lchown("etc/sudoers.d/somebodys", 5, 0); err != nil {
		t.Fatal(err)
	}
	s := ReadSudoers(tree)
	refused := map[string]string{}
	for _, f := range s.Files {
		refused[f.Path] = f.Refused
	}
	if len(refused) != 8 || refused["/etc/sudoers.d/everybodys"] == "" || refused["/etc/sudoers.d/somebodys"] == "" || refused["/etc/sudoers.d/d"] != "" || refused["/etc/more"] != "" {
		t.Errorf("%v", refused)
	}
	for _, p := range s.Problems {
		if p.Path != "/etc/sudoers.d/wrong" || p.Line != 2 || p.Text != `a = is missing before "c"` {
			t.Errorf("%+v", p)
		}
	}
	if len(s.Files) > maxSudoFiles {
		t.Errorf("%d files", len(s.Files))
	}
}

// Aliases of aliases make no end of work.
func TestSudoersAliasesWithinAliases(t *testing.T) {
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, "User_Alias U%d = %s\nCmnd_Alias C%d = %s\n", i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("U%d,", i+1), 20), ","), i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("C%d,", i+1), 20), ","))
	}
	for range 1000 {
		b.WriteString("U0 ALL = C0\nnobody ALL = C0\n")
	}
	if a := sudoersText(b.String()).Ask(nil, SudoRequest{User: "nobody", Command: "/x"}); a.Allowed {
		t.Error("allowed")
	}
}

func FuzzSudoers(f *testing.F) {
	f.Add("Defaults:a !b, c = \"d\\\"\nA ALL = (x:y) NOPASSWD: /z \\\n w, !sha256:aa /q : B = ALL\n")
	f.Add("Cmnd_Alias A = B\nCmnd_Alias B = A\nALL ALL = A\n")
	f.Fuzz(func(t *testing.T, text string) {
		s := sudoersText(text)
		s.Ask(nil, SudoRequest{User: "a", Command: "/z"})
	})
}
