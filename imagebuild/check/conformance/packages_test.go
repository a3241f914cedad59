package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/imagebuild/rpmdb"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart/grammar"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// database gives a real database of packages, with which go-rpmdb is tested, in the cache of Go modules.
func database(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/knqyf263/go-rpmdb").Output()
	if err != nil {
		t.Skipf("%s needs go-rpmdb's test data in the cache of Go modules", t.Name())
	}
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "pkg", "testdata", name))
	if err != nil {
		t.Skipf("%s needs go-rpmdb's test data in the cache of Go modules", t.Name())
	}
	return string(b)
}

func TestPackagesOfCentOS6(t *testing.T) {
	s := subjectOf(t, treetest.Fill(map[string]string{"etc/redhat-release": "CentOS release 6.9 (Final)\n", "var/lib/rpm/Packages": database(t, "centos6-plain/Packages")}))
	for text, want := range map[string]string{
		"bash":          "holds package bash: installed, has bash 4.1.2-48.el6 /var/lib/rpm/Packages",
		"bash.x86_64":   "holds package bash: installed, has bash 4.1.2-48.el6",
		"bash.i686":     "does not hold package bash: installed for i686, has bash for x86_64",
		"bash-4.1.2":    "holds package bash-4.1.2: installed",
		"bas*":          "holds package bas*: installed, has basesystem 10.0-4.el6, bash 4.1.2-48.el6",
		"haproxy":       "does not hold package haproxy: installed, has no such package /var/lib/rpm/Packages",
		"/bin/sh":       "holds package /bin/sh: installed, has bash-4.1.2-48.el6.x86_64, which provides it",
		"config(bash)":  "holds package config(bash): installed, has bash-4.1.2-48.el6.x86_64, which provides it",
		"-haproxy":      "holds package haproxy: not installed, has no such package",
		"-zzz*":         "holds package zzz*: not installed",
		"-bash":         "cannot be told package bash: not installed /var/lib/rpm/Packages (bash 4.1.2-48.el6 is there, and ",
		"-rootfiles":    "does not hold package rootfiles: not installed, has rootfiles 8.1-6.1.el6",
		"@development":  "cannot be told group development: installed (what a group consists of",
		"-@development": "cannot be told group development: not installed",
		"gpg-pubkey*":   "does not hold package gpg-pubkey*: installed",
	} {
		got := judged(t, "%packages\n"+text+"\n%end\n", grammar.RHEL6, s)
		if len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s: %q\nwant %s", text, got, want)
		}
	}
	// A later release keeps out what is excluded, whoever requires it.
	if got := judged(t, "%packages\n-bash\n%end\n", grammar.RHEL7, s); !strings.HasPrefix(got[0], "does not hold package bash: not installed, has bash 4.1.2-48.el6 ") || !strings.Contains(got[0], "requires it") {
		t.Error(got)
	}
	if got := judged(t, "%packages --ignoremissing\nhaproxy\n%end\n", grammar.RHEL6, s); !strings.HasPrefix(got[0], "cannot be told package haproxy") {
		t.Error(got)
	}
	// What is mandatory in the group and not there is told, but for what the file itself keeps out.
	got := judged(t, "%packages\n@core\n%end\n", grammar.RHEL6, s)
	if !strings.HasPrefix(got[0], "does not hold group core: installed, has no ") || !strings.Contains(got[0], "no openssh-server") {
		t.Error(got)
	}
	lacks, _, _ := strings.Cut(strings.TrimPrefix(got[0], "does not hold group core: installed, has no "), " /")
	out := "%packages\n@core\n"
	for name := range strings.SplitSeq(lacks, ", no ") {
		out += "-" + name + "\n"
	}
	if got := judged(t, out+"%end\n", grammar.RHEL6, s); !strings.HasPrefix(got[0], "cannot be told group core: installed /var/lib/rpm/Packages (what is known") {
		t.Error(got[0])
	}
	// A container image is installed without documentation.
	docs := judged(t, "%packages --excludedocs --instLangs=en_US\n%end\n", grammar.RHEL6, s)
	if len(docs) != 2 || !strings.HasPrefix(docs[0], "holds documentation of packages: left out, has ") && !strings.HasPrefix(docs[0], "does not hold documentation") || !strings.HasPrefix(docs[1], "cannot be told languages of packages") {
		t.Error(docs)
	}
}

// rpm itself says what is installed, what provides a name, and what requires it.
func TestPackagesAgainstRPM(t *testing.T) {
	program := needs.Program(t, "rpm")
	data := database(t, "fedora35/rpmdb.sqlite")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rpmdb.sqlite"), []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(args ...string) string {
		out, err := exec.Command(program, append([]string{"--dbpath", dir, "--define", "_db_backend sqlite"}, args...)...).Output()
		if err != nil {
			return ""
		}
		return string(out)
	}
	all := strings.Fields(ask("-qa", "--qf", "%{NAME}\n"))
	if len(all) < 50 {
		t.Skip("this rpm does not read databases of SQLite")
	}
	s := subjectOf(t, treetest.Fill(map[string]string{"var/lib/rpm/rpmdb.sqlite": data}))
	for n, name := range all {
		if n%7 != 0 || name == "gpg-pubkey" {
			continue
		}
		if got := judged(t, "%packages\n"+name+"\n%end\n", grammar.RHEL9, s); !strings.HasPrefix(got[0], "holds ") {
			t.Errorf("%s: %s", name, got[0])
		}
		required := ask("-q", "--whatrequires", name) != ""
		got := judged(t, "%packages\n-"+name+"\n%end\n", grammar.RHEL6, s)[0]
		if required && !strings.HasPrefix(got, "cannot be told ") { // by name; by other things that it provides too
			t.Errorf("%s is required, and %s", name, got)
		}
		if strings.HasPrefix(got, "does not hold") {
			for p := range strings.Lines(ask("-q", "--provides", name)) {
				p, _, _ = strings.Cut(strings.TrimSpace(p), " ")
				for by := range strings.Lines(ask("-q", "--whatrequires", p, "--qf", "%{NAME}\n")) {
					if by = strings.TrimSpace(by); by != name && !strings.Contains(by, " ") {
						t.Errorf("%s requires %s of %s, and %s", by, p, name, got)
					}
				}
			}
		}
	}
}

func TestPackagesOfDpkg(t *testing.T) {
	record := func(name, status, more string) string {
		return "Package: " + name + "\nStatus: " + status + "\nArchitecture: amd64\nVersion: 1-1\n" + more + "\n"
	}
	s := subjectOf(t, treetest.Fill(map[string]string{"var/lib/dpkg/status": record("haproxy", "install ok installed", "Depends: libc6 (>= 2), a | b:any\n") + record("libc6", "install ok installed", "") +
		record("broken", "install ok half-configured", "") + record("gone", "deinstall ok config-files", "")}))
	for text, want := range map[string]string{
		"haproxy": "holds package haproxy: installed, has haproxy 1-1 /var/lib/dpkg/status", "gone": "does not hold package gone", "broken": "does not hold package broken: installed, has broken is half-configured",
		"-libc6": "cannot be told package libc6: not installed /var/lib/dpkg/status (libc6 1-1 is there, and haproxy requires it", "-haproxy": "does not hold package haproxy: not installed, has haproxy 1-1",
	} {
		got := judged(t, "%packages\n"+text+"\n%end\n", grammar.RHEL6, s)
		if len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%s: %q\nwant %s", text, got, want)
		}
	}
	if got := judged(t, "%packages --excludedocs\n%end\n", grammar.RHEL6, s); !strings.HasPrefix(got[0], "cannot be told documentation") {
		t.Error(got)
	}
}

// Without a database, or with one that is damaged, nothing is told of packages.
func TestNoPackages(t *testing.T) {
	for _, tree := range []map[string]string{{}, {"var/lib/rpm/Packages": strings.Repeat("x", 8192)}} {
		for _, l := range judged(t, "%packages --excludedocs\nbash\n-bash\n@core\n@^minimal\n%end\n", grammar.RHEL7, subjectOf(t, treetest.Fill(tree))) {
			if !strings.HasPrefix(l, "cannot be told ") {
				t.Error(l)
			}
		}
	}
}

// An excluded package trips its rule.
func TestPackageRule(t *testing.T) {
	s := subjectOf(t, treetest.Fill(nil))
	s.Survey.Packages = survey.Packages{Manager: "rpm", Path: "/var/lib/rpm/Packages", DB: &rpmdb.DB{}, List: []survey.Package{{Name: "a", Version: "1", Arch: "noarch"}}}
	all, err := Judge(t.Context(), parse(t, "%packages\n-a\n%end\n", 6), s)
	if err != nil {
		t.Fatal(err)
	}
	if found := Findings(all); len(found) != 1 || found[0].Rule != rulePackage.Name || found[0].Path != "/var/lib/rpm/Packages" {
		t.Error(found)
	}
}
