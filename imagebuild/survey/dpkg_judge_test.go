package survey

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// query is what dpkg-query says of the packages of a folder with a database.
func query(t *testing.T, admin string, args ...string) string {
	t.Helper()
	cmd := exec.Command(needs.Program(t, "dpkg-query"), append([]string{"--admindir=" + admin}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("dpkg-query %q: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

const queryFormat = `${db:Status-Status}|${db:Status-Eflag}|${Package}|${Version}|${Architecture}|${Installed-Size}|${source:Package}|${Maintainer}|${binary:Summary}\n`

// asQuery writes a package in that format.
func asQuery(p Package) string {
	state, source, size := p.State, p.Source, ""
	if state == "" {
		state = "installed"
	}
	if source, _, _ = strings.Cut(source, " "); source == "" {
		source = p.Name
	}
	if p.Size > 0 {
		size = fmt.Sprint(p.Size >> 10)
	}
	return strings.Join([]string{state, p.Name, p.Full(), p.Arch, size, source, p.Vendor, p.Summary}, "|")
}

// installedOnly leaves what counts here, without the flag, sorted.
func installedOnly(out string) []string {
	var lines []string
	for line := range strings.Lines(out) {
		f := strings.SplitN(strings.TrimRight(line, " \n"), "|", 3) // blanks at a summary's end are kept by dpkg alone
		switch f[0] {
		case "config-files", "not-installed", "half-installed":
		default:
			lines = append(lines, f[0]+"|"+f[2])
		}
	}
	slices.Sort(lines)
	return lines
}

func compareWithQuery(t *testing.T, tree overlay.ReadTree, admin string) Packages {
	t.Helper()
	got, err := dpkgPackages(t.Context(), tree, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range got.List {
		lines = append(lines, asQuery(p))
	}
	slices.Sort(lines)
	want := installedOnly(query(t, admin, "-W", "-f", queryFormat))
	if !slices.Equal(lines, want) {
		for i := range max(len(lines), len(want)) {
			a, b := "", ""
			if i < len(lines) {
				a = lines[i]
			}
			if i < len(want) {
				b = want[i]
			}
			if a != b {
				t.Fatalf("%d packages, dpkg-query has %d; the first difference:\n got %q\nwant %q", len(lines), len(want), a, b)
			}
		}
	}
	return got
}

// A real system's database: that of the machine, where it is a Debian or one like it.
func TestDpkgOfThisMachine(t *testing.T) {
	const admin = "/var/lib/dpkg"
	if _, err := os.Stat(admin + "/status"); err != nil {
		t.Skip("this machine has no dpkg")
	}
	root, err := os.OpenRoot("/")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	got := compareWithQuery(t, treetest.Folder{Root: root}, admin)
	if len(got.List) == 0 {
		t.Fatal("no packages")
	}
	// Whose file: every thousandth path, and all that were diverted.
	var paths []string
	n := 0
	for _, p := range got.List {
		for _, f := range p.Files {
			if n++; n%1000 == 0 && f != "/" && !strings.ContainsAny(f, "[*?\\") {
				paths = append(paths, f)
			}
		}
	}
	db := dpkgDB{tree: treetest.Folder{Root: root}}
	moved := map[string]diversion{}
	for _, d := range db.diversions() {
		moved[d.from] = d
	}
	slices.Sort(paths)
	for chunk := range slices.Chunk(slices.Compact(paths), 200) {
		want := map[string][]string{}
		for line := range strings.Lines(query(t, admin, append([]string{"-S"}, chunk...)...)) {
			owners, name, ok := strings.Cut(strings.TrimSpace(line), ": ")
			if ok && !strings.HasPrefix(line, "diversion by ") && !strings.HasPrefix(line, "local diversion ") {
				for o := range strings.SplitSeq(owners, ", ") {
					o, _, _ = strings.Cut(o, ":")
					want[name] = append(want[name], o)
				}
			}
		}
		for _, name := range chunk {
			if _, ok := moved[name]; ok {
				continue
			}
			var own []string
			for _, p := range got.Owners(name) {
				own = append(own, p.Name)
			}
			for _, o := range want[name] {
				if !slices.Contains(own, o) && len(got.Named(o)) > 0 {
					t.Errorf("%s belongs to %q, dpkg-query says %q", name, own, want[name])
				}
			}
			// A path and another that links lead to it are one file here, so there may be more owners.
			if len(own) < 1 {
				t.Errorf("%s has no owner", name)
			}
		}
	}
}

// randomStatus makes paragraphs that dpkg accepts, in all the ways of writing them.
func randomStatus(r *rand.Rand, names []string) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var b strings.Builder
	for _, name := range names {
		status := pick("installed", "installed", "installed", "config-files", "half-installed", "unpacked", "half-configured", "not-installed", "Installed", "triggers-pending", "triggers-awaited")
		field := func(key, value string) {
			if r.IntN(8) == 0 {
				key = strings.ToLower(key)
			}
			fmt.Fprintf(&b, "%s:%s%s%s\n", key, pick(" ", "", "  ", "\t"), value, pick("", "", " "))
		}
		field("Package", name)
		field("Status", pick("install", "hold", "deinstall", "purge")+" "+pick("ok", "ok", "ok", "reinstreq")+" "+status)
		if r.IntN(4) > 0 {
			field("Priority", pick("optional", "required", "extra"))
		}
		field("Section", pick("admin", "libs"))
		if r.IntN(4) > 0 {
			field("Installed-Size", fmt.Sprint(r.IntN(100000)+1))
		}
		field("Maintainer", pick("A <a@b>", "Ä Ö <x@y>", "Somebody: else | <>"))
		field("Architecture", pick("amd64", "all"))
		if r.IntN(3) == 0 {
			field("Source", pick("src", "src (1:2.3-4)"))
		}
		field("Version", pick("", "", "1:", "0:")+pick("1.0", "2.3~rc1", "3:4")[:3]+pick("", "-1", "-1-2", "+b1-0ubuntu1"))
		if lower := strings.ToLower(status); lower == "config-files" {
			field("Config-Version", "1.0")
		}
		if status == "triggers-pending" {
			field("Triggers-Pending", "/some/file")
		}
		if status == "triggers-awaited" {
			field("Triggers-Awaited", "other")
		}
		if r.IntN(2) == 0 {
			b.WriteString("Conffiles:\n /etc/" + name + " d41d8cd98f00b204e9800998ecf8427e\n /etc/x:y d41d8cd98f00b204e9800998ecf8427e obsolete\n")
		}
		field("X-Own", "1")
		if r.IntN(6) > 0 {
			b.WriteString("Description: " + pick("short", "with: colon", "ends in blank ") + "\n" + pick("", " more\n .\n  * list\n", "\tby a tab\n"))
		}
		b.WriteString(pick("\n", "\n\n", "\n\n\n"))
	}
	return b.String()
}

func TestDpkgRandom(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3))
		dir := t.TempDir()
		admin := filepath.Join(dir, dpkgFolder)
		files := map[string]string{}
		var names []string
		for range r.IntN(30) + 1 {
			names = append(names, fmt.Sprintf("p%d+x.y", r.IntN(1000)))
		}
		slices.Sort(names)
		names = slices.Compact(names)
		status := randomStatus(r, names)
		if r.IntN(3) == 0 {
			status = strings.TrimRight(status, "\n") + "\n"
		}
		files[dpkgStatus] = status
		for i := range r.IntN(3) {
			files[fmt.Sprintf("%s/%04d", dpkgUpdates, i)] = randomStatus(r, []string{names[r.IntN(len(names))], "new"}[:1+r.IntN(2)])
		}
		for _, d := range []string{"info", "updates", "triggers"} {
			if err := os.MkdirAll(filepath.Join(admin, d), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		compareWithQuery(t, treetest.Fill(files), admin)
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, status)
		}
	}
}
