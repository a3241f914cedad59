package survey

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/overlay/services"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// sshdJudge is the real server: what it makes of a configuration.
type sshdJudge struct {
	t                 *testing.T
	program, key, dir string
}

func newSSHDJudge(t *testing.T) *sshdJudge {
	t.Helper()
	j := &sshdJudge{t: t, program: needs.Program(t, "sshd"), dir: t.TempDir()}
	j.key = filepath.Join(j.dir, "key")
	if out, err := exec.Command(needs.Program(t, "ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", j.key).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if os.Getuid() == 0 {
		_ = os.MkdirAll("/run/sshd", 0o755) // it wants the folder, and makes it at boot only
	}
	return j
}

// effective gives the options as sshd -T prints them, each with its values; ok is false where it refuses the text.
func (j *sshdJudge) effective(text string, args ...string) (values map[string][]string, ok bool) {
	j.t.Helper()
	file := filepath.Join(j.dir, "config")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		j.t.Fatal(err)
	}
	out, err := exec.Command(j.program, append([]string{"-T", "-h", j.key, "-f", file}, args...)...).Output()
	if err != nil {
		return nil, false
	}
	values = map[string][]string{}
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		values[name] = append(values[name], value)
	}
	return values, true
}

func sshdText(text string) SSHD {
	return sshdOf(treetest.Fill(map[string]string{
		"etc/ssh/sshd_config": text, "usr/sbin/sshd": "\x7fELF\x00OpenSSH_6.6.1*\x00OpenSSH_9.2p1 Debian-2\x00",
	}), nil)
}

// What the real server says of random configurations is what is said here.
func TestSSHDAgainstTheServer(t *testing.T) {
	j := newSSHDJudge(t)
	words := []string{"PermitRootLogin", "passwordauthentication", "KbdInteractiveAuthentication", "ChallengeResponseAuthentication", "PermitEmptyPasswords",
		"PubkeyAuthentication", "UsePAM", "AuthorizedKeysFile", "AllowUsers", "Port", "Pasword", "X11Forwarding", "DenyGroups", "Match", "HostKeyy", "Protocol"}
	values := []string{"yes", "no", "without-password", "prohibit-password", "22", "2222", `"a b"`, "%h/keys .ssh/k2", "root", "perhaps", "", "yes # why", "all", "yes no"}
	random := rand.New(rand.NewPCG(1, 2))
	good := 0
	for range 250 {
		var b strings.Builder
		for range 1 + random.IntN(6) {
			w := words[random.IntN(len(words))]
			if random.IntN(3) > 0 {
				w = words[random.IntN(6)]
			}
			fmt.Fprintf(&b, "%s%s%s%s\n", []string{"", "  ", "\t", "#"}[random.IntN(4)], w, []string{" ", "=", "\t", " = "}[random.IntN(4)], values[random.IntN(len(values))])
		}
		text := b.String()
		want, ok := j.effective(text)
		got := sshdText(text)
		if !ok {
			if len(got.Problems) == 0 {
				_, err := exec.Command(j.program, "-t", "-h", j.key, "-f", filepath.Join(j.dir, "config")).Output()
				t.Errorf("the server refuses, no problem is found: %v\n%s%s", err, text, err.(*exec.ExitError).Stderr)
			}
			continue
		}
		if good++; len(got.Problems) > 0 {
			t.Errorf("the server takes it: %v\n%s", got.Problems, text)
		}
		if strings.Contains(strings.ToLower(text), "match") { // what it sets is told apart
			continue
		}
		for _, o := range got.Options {
			name := strings.ToLower(o.Name)
			v := want[name]
			value := o.Value
			switch name {
			case "permitrootlogin":
				value = strings.ReplaceAll(value, "prohibit-password", "without-password")
			case "listenaddress", "authorizedkeyscommand", "trustedusercakeys", "authenticationmethods":
				continue
			}
			if !strings.EqualFold(strings.Join(v, " "), value) {
				t.Errorf("%s: %q, the server has %q\n%s", o.Name, o.Value, v, text)
			}
		}
	}
	if good < 20 {
		t.Errorf("only %d texts were good", good)
	}
}

// Every option of the table is one to the server, but for those of other releases and distributions.
func TestSSHDWords(t *testing.T) {
	j := newSSHDJudge(t)
	others := strings.Fields("showpatchlevel requiredauthentications1 requiredauthentications2 rsaminsize authorizedkeyscommandrunas persourcepenalties persourcepenaltyexemptlist " +
		"sshdsessionpath sshdauthpath refuseconnection kerberosusekuserok kerberosuniqueccache gssapienablek5users kerberosgetafstoken")
	for _, w := range slices.Concat(sshdFlags, sshdOthers, sshdGone) {
		file := filepath.Join(j.dir, "config")
		if err := os.WriteFile(file, []byte(w+" yes\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command(j.program, "-t", "-h", j.key, "-f", file).CombinedOutput()
		if bytes.Contains(out, []byte("Bad configuration option")) && !slices.Contains(others, w) && !slices.Contains(sshdGone, w) {
			t.Errorf("%s: %s", w, out)
		}
	}
}

func TestSSHDIncludesAndMatches(t *testing.T) {
	tree := treetest.Fill(map[string]string{
		"etc/ssh/sshd_config": "Include sshd_config.d/*.conf\nPermitRootLogin yes\nPasswordAuthentication yes\nMatch User deploy\n PasswordAuthentication yes\n X11Forwarding no\n" +
			" Include /etc/ssh/deploy.conf\nMatch Address 10.0.0.0/8\n PermitRootLogin no\n",
		"etc/ssh/sshd_config.d/10.conf":    "PermitRootLogin no\nMatch User a\nPasswordAuthentication no\n",
		"etc/ssh/sshd_config.d/20.conf":    "Port 2222\nPermitRootLogin without-password\n",
		"etc/ssh/sshd_config.d/.hide.conf": "UsePAM yes\n",
		"etc/ssh/deploy.conf":              "PubkeyAuthentication no\n",
		"usr/sbin/sshd":                    "\x7fELF\x00OpenSSH_5.3p1\x00",
	})
	s := sshdOf(tree, []services.Status{{Name: "sshd", Kind: services.SysV, State: "on"}})
	if !s.Present || !s.Starts || s.Version != "5.3p1" || s.Path != "/etc/ssh/sshd_config" || len(s.Problems) > 0 {
		t.Errorf("%+v", s)
	}
	if o, _ := s.Option("permitrootlogin"); o.Value != "no" || o.Path != "/etc/ssh/sshd_config.d/10.conf" || o.Line != 1 {
		t.Errorf("%+v", o)
	}
	if s.Value("Port") != "2222" || !s.Is("PasswordAuthentication") || s.Is("UsePAM") {
		t.Errorf("%+v", s.Options)
	}
	if got := fmt.Sprint(s.Matches); got != "[{User a /etc/ssh/sshd_config.d/10.conf 2 [{PasswordAuthentication no /etc/ssh/sshd_config.d/10.conf 3}]} "+
		"{User deploy /etc/ssh/sshd_config 4 [{PasswordAuthentication yes /etc/ssh/sshd_config 5}]} "+
		"{User deploy /etc/ssh/sshd_config 4 [{PubkeyAuthentication no /etc/ssh/deploy.conf 1}]} "+
		"{Address 10.0.0.0/8 /etc/ssh/sshd_config 8 [{PermitRootLogin no /etc/ssh/sshd_config 9}]}]" {
		t.Error(got)
	}
}

func TestSSHDDefaultsByVersion(t *testing.T) {
	for version, want := range map[string]string{"5.3p1": "yes", "6.6.1p1": "yes", "7.0p1": "prohibit-password", "9.2p1": "prohibit-password", "10.0p2": "prohibit-password"} {
		s := sshdOf(treetest.Fill(map[string]string{"usr/sbin/sshd": "\x7fELF\x00OpenSSH_" + version + "\x00OpenSSH_6.6.1*"}), nil)
		if s.Version != version || s.Value("PermitRootLogin") != want {
			t.Errorf("%s: %s, %s", version, s.Version, s.Value("PermitRootLogin"))
		}
	}
	if s := sshdOf(treetest.NewMemory(), nil); s.Present || s.Starts || s.Value("PermitRootLogin") != "yes" {
		t.Errorf("%+v", s)
	}
}

// A configuration may include itself.
func TestSSHDIncludesItself(t *testing.T) {
	s := sshdText("Include sshd_config\nInclude sshd_config\nMatch all\nInclude sshd_config\nPort 7\n")
	if s.Path == "" {
		t.Errorf("%+v", s)
	}
}

// Folders that lead to themselves make no end of names.
func TestSSHDPatternsWithoutEnd(t *testing.T) {
	files := map[string]string{"etc/ssh/sshd_config": strings.Repeat("Include "+strings.Repeat("*/", 30)+"x\nInclude */*/x*\nInclude */*\nfoo\n", 300)}
	for i := range 60 {
		files[fmt.Sprintf("etc/ssh/l%d", i)] = "-> ."
	}
	sshdOf(treetest.Fill(files), nil)
}

func FuzzSSHD(f *testing.F) {
	f.Add("PermitRootLogin yes\nMatch User a\n Include *\n")
	f.Add("A = \"b' c\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		s := sshdText(text)
		if len(s.Matches) > maxSSHMatches+maxSSHFiles || len(s.Problems) > maxSSHProblems {
			t.Error("a bound is broken")
		}
	})
}

// What Match blocks set is what the server has for connections that they are for.
func TestSSHDMatchesAgainstTheServer(t *testing.T) {
	j := newSSHDJudge(t)
	random := rand.New(rand.NewPCG(9, 9))
	pick := func(s ...string) string { return s[random.IntN(len(s))] }
	options := []string{"PermitRootLogin", "PasswordAuthentication", "KbdInteractiveAuthentication", "PermitEmptyPasswords", "PubkeyAuthentication"}
	for range 80 {
		var b strings.Builder
		for range 2 {
			fmt.Fprintf(&b, "%s %s\n", options[random.IntN(5)], pick("yes", "no"))
		}
		for range 1 + random.IntN(3) {
			fmt.Fprintf(&b, "Match %s\n", pick("User root", "User deploy", "all", "Address 10.0.0.0/8", "User root Address 10.1.2.3"))
			for range random.IntN(3) {
				fmt.Fprintf(&b, " %s %s\n", options[random.IntN(5)], pick("yes", "no"))
			}
		}
		text := b.String()
		want, ok := j.effective(text, "-C", "user=root,host=lb,addr=10.1.2.3")
		got := sshdText(text)
		if !ok || len(got.Problems) > 0 {
			t.Errorf("%v\n%s", got.Problems, text)
			continue
		}
		for _, name := range options {
			value := got.Value(name)
			for _, m := range got.Matches {
				set := ""
				for _, o := range m.Options {
					if o.Name == name && m.Criteria != "User deploy" {
						set = strings.ToLower(o.Value)
					}
				}
				if set != "" {
					value = set
					break // the first block that is for the connection and sets it
				}
			}
			value = strings.ReplaceAll(value, "prohibit-password", "without-password")
			if w := want[strings.ToLower(name)]; len(w) != 1 || w[0] != value {
				t.Errorf("%s: %q, the server has %q\n%s", name, value, w, text)
			}
		}
	}
}
