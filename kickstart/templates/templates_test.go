package templates

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
	"lbimage/kickstart/mirrors"
	"lbimage/kickstart/script"
	"lbimage/tests/needs"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A hash of nobody's password, and a key of nobody's.
const (
	hash = "$6$saltsaltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/"
	key  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJp9mC8n4v1GQk3pXv6s0p4Q2l5cYk7u9wz1bq3m8hKf ops@example.com"
)

func repos(t testing.TB, mirrorType string) []mirrors.Repo {
	t.Helper()
	l, err := mirrors.Parse("mirrors.cfg", []byte(Mirrors()))
	if err != nil {
		t.Fatal(err)
	}
	out, notes, err := l.Repos(mirrorType)
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	return out
}

// full has every parameter.
func full(t testing.TB) Parameters {
	p := Defaults()
	p.Repos = repos(t, "internal")
	for name, value := range map[string]string{
		"authorized-key": key, "baud": "9600", "console": "ttyS1", "hostname": "lb.example.com", "install-url": "https://vault.centos.org/6.10/os/x86_64/",
		"keyboard": "de", "language": "de_DE.UTF-8", "packages": "acpid, -audit", "password-hash": hash, "root-size": "2048MiB",
		"servo-ref": "maint/1.4", "servo-url": "https://git.example.com/servo.git", "timezone": "Europe/Berlin",
	} {
		if err := p.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// rendered are all templates with all lists of repositories, and with every parameter.
func rendered(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, name := range Names() {
		for label, p := range map[string]Parameters{"public": Defaults(), "internal": Defaults(), "full": full(t)} {
			if label != "full" {
				p.Repos = repos(t, label)
			}
			text, err := Render(name, p)
			if err != nil {
				t.Fatal(err)
			}
			out[name+"-"+label+".ks"] = text
		}
	}
	return out
}

func TestGolden(t *testing.T) {
	for name, text := range rendered(t) {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(text, want) {
			t.Errorf("%s is not as it was: look at the change, then go test -update: %v", name, err)
		}
	}
}

func TestParses(t *testing.T) {
	for name, text := range rendered(t) {
		f, err := kickstart.Parse(name, text, 0)
		if err != nil || f.Version != grammar.RHEL6 {
			t.Fatal(f.Version, err)
		}
		for _, p := range f.Problems {
			t.Errorf("%v", p)
		}
		if got := f.Commands("part"); len(got) != 1 || !strings.Contains(got[0].Raw, "--fstype ext3") {
			t.Errorf("%s: part %v", name, got)
		}
		if got := len(f.Commands("repo")); got != 4 {
			t.Errorf("%s: %d repositories", name, got)
		}
	}
}

// Programs that read kickstart files for a living, where they are there.
func TestKsvalidator(t *testing.T) {
	validator, err := exec.LookPath("ksvalidator")
	if err != nil {
		t.Skip("ksvalidator is not installed: pykickstart is in no Debian package")
	}
	for name, text := range rendered(t) {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(validator, "-v", "RHEL6", path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// scripts are the %post sections, and the scripts that they write.
func scripts(t *testing.T) map[string]string {
	out := map[string]string{}
	for name, text := range rendered(t) {
		f, err := kickstart.Parse(name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range f.Sections("%post") {
			if !s.Has("--erroronfail") {
				t.Errorf("%s:%d: without --erroronfail", name, s.Place.Line)
			}
			out[name+": "+s.Place.String()] = s.Body
			for rest := s.Body; ; {
				_, after, ok := strings.Cut(rest, "<< 'EOF'\n")
				if !ok {
					break
				}
				doc, after, ok := strings.Cut(after, "\nEOF\n")
				if !ok {
					t.Fatalf("%s: a here-document has no end", name)
				}
				if strings.HasPrefix(doc, "#!/bin/sh\n") {
					out[name+": script in "+s.Place.String()] = doc + "\n"
				}
				rest = after
			}
		}
	}
	return out
}

func TestShell(t *testing.T) {
	dash := needs.Program(t, "dash")
	all := scripts(t)
	inner := 0
	for name, text := range all {
		cmd := exec.Command(dash, "-n")
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if strings.Contains(name, "script in") {
			inner++
		}
	}
	if inner != 9 { // six files with the script of the first boot, three with that of the servo
		t.Errorf("%d scripts in here-documents", inner)
	}
}

// Whatever the scripts leave in an image can be read off them: an image can be held against the file.
func TestReadable(t *testing.T) {
	for name, text := range rendered(t) {
		f, err := kickstart.Parse(name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		r := script.Read(f)
		for _, u := range r.Unread {
			if !u.Harmless {
				t.Errorf("%v: %s: %s", u.Place, u.Command, u.Why)
			}
		}
		for _, e := range r.Effects {
			if e.Conditional != "" {
				t.Errorf("%v: %s: only where %s", e.Place, e.Command, e.Conditional)
			}
		}
		if len(r.Effects) < 15 {
			t.Errorf("%s: %d effects", name, len(r.Effects))
		}
	}
}

// A template that was printed to start from gives the same again.
func TestSource(t *testing.T) {
	p := full(t)
	for _, name := range Names() {
		source, err := Source(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Render(name, p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := RenderText("own.ks.tmpl", source, p)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, %d bytes, not %d", name, err, len(got), len(want))
		}
	}
	if _, err := Source("prodution"); err == nil || err.Error() != `there is no template "prodution"; did you mean production?; there are: production, development` {
		t.Errorf("%v", err)
	}
}

func TestSecrets(t *testing.T) {
	for name, text := range rendered(t) {
		if got := bytes.Contains(text, []byte(hash)); got != (name == "development-full.ks") {
			t.Errorf("%s: the hash is in it: %v", name, got)
		}
	}
	p := Defaults()
	p.PasswordHash = "secret word"
	if _, err := Render("development", p); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}

func TestParameters(t *testing.T) {
	for set, want := range map[string]string{
		"root-sise=1":                        `there is no parameter "root-sise"; did you mean root-size?`,
		"root-size=big":                      "root-size: a whole number is needed",
		"root-size=1":                        "root-size: 1 MiB is no size for a root file system",
		"baud=7":                             "baud: 7 is no speed of a serial line",
		"console=sda":                        `console: "sda" is not a serial line, as ttyS0`,
		"servo-url=file:///etc":              `servo-url: "file:///etc" is not the URL of a git repository`,
		"servo-url=https://x/'; rm -rf /; '": "servo-url: ",
		"servo-ref=--upload-pack=x":          "servo-ref: ",
		"hostname=a b":                       `hostname: "a b" is no name of a machine`,
		"timezone=UTC\nreboot":               "timezone: ",
		"language=en_US.UTF-8 # x":           "language: ",
		"keyboard=us --x":                    "keyboard: ",
		"packages=a b":                       `packages: "a b" is no name of a package`,
		"packages=%end":                      "packages: ",
		"password-hash=x":                    "password-hash: this is no hash as crypt(3) writes it; make one with mkpasswd -m sha-512",
		"install-url=x":                      `install-url: "x" is no URL`,
		"authorized-key=-----BEGIN OPENSSH PRIVATE KEY-----": "authorized-key: the first one is a private key",
		"authorized-key=" + key + "\nEOF":                    "authorized-key: the first one is no line of authorized_keys",
		"authorized-key=%end " + key:                         "authorized-key: the first one is no line of authorized_keys",
	} {
		p := Defaults()
		name, value, _ := strings.Cut(set, "=")
		err := p.Set(name, value)
		if err == nil {
			_, err = Render("development", p)
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, not %s", set, err, want)
		}
	}
	p := Defaults()
	p.Repos = []mirrors.Repo{{Name: "a", Kind: "baseurl", URL: "http://x\n%post"}}
	if _, err := Render("production", p); err == nil {
		t.Error("a URL of two lines is rendered")
	}
	p.Repos[0].URL = "http://x/# y"
	if out, err := Render("production", p); err != nil || !strings.Contains(string(out), `repo --name=a --baseurl="http://x/# y"`+"\n") {
		t.Errorf("%v\n%s", err, out)
	}
	var names []string
	for _, s := range Settings() {
		names = append(names, s.Name)
	}
	if !slices.IsSorted(names) {
		t.Errorf("%q", names)
	}
}
