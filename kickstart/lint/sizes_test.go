package lint

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lbimage/tests/needs"
)

var update = flag.Bool("update", false, "write data/sizes.txt anew")

// measuredFrom are real databases of installed packages, by release; each has other packages than the one before it.
var measuredFrom = []struct {
	release int
	folders []string
}{
	{5, []string{"centos5-plain"}},
	{6, []string{"centos6-plain", "centos6-many"}},
	{7, []string{"centos7-plain", "centos7-many"}},
	{8, []string{"centos8-modularitylabel"}},
}

// data/sizes.txt is what rpm says of real systems' databases, those that go-rpmdb is tested with.
func TestSizesAreMeasured(t *testing.T) {
	rpm := needs.Program(t, "rpm")
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/knqyf263/go-rpmdb").Output()
	dir := filepath.Join(strings.TrimSpace(string(out)), "pkg", "testdata")
	if _, err2 := os.Stat(dir); err != nil || err2 != nil {
		t.Skipf("%s needs go-rpmdb's test data in the cache of Go modules", t.Name())
	}
	var b strings.Builder
	for _, m := range measuredFrom {
		found := map[string]string{}
		for _, folder := range m.folders {
			for name, line := range measure(t, rpm, filepath.Join(dir, folder, "Packages"), m.release) {
				if found[name] == "" {
					found[name] = line
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(found)) {
			fmt.Fprintf(&b, "%d %s %s\n", m.release, name, found[name])
		}
	}
	const file = "data/sizes.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != b.String() {
		t.Errorf("%s is not what the databases say (%v): write it anew with -update", file, err)
	}
}

// coreSeeds are packages that the group core surely has in each release; what they require is in every system then.
func coreSeeds(release int) []string {
	seeds := []string{
		"basesystem", "bash", "coreutils", "filesystem", "glibc", "iputils", "passwd", "procps", "procps-ng", "rootfiles", "rpm", "setup",
		"shadow-utils", "util-linux", "util-linux-ng", "vim-minimal",
	}
	if release > 5 {
		seeds = append(seeds, "yum")
	}
	return seeds
}

// measure gives three numbers of KiB for each package: its files without documentation and translations, its
// documentation, its translations. Those that core brings are marked.
func measure(t *testing.T, rpm, database string, release int) map[string]string {
	t.Helper()
	data, err := os.ReadFile(database)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Packages"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	query := func(format string) [][]string {
		cmd := exec.Command(rpm, "-qa", "--dbpath", dir, "--define", "_db_backend bdb_ro", "--qf", format)
		text, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var out [][]string
		for scan := bufio.NewScanner(bytes.NewReader(text)); scan.Scan(); {
			out = append(out, strings.Split(scan.Text(), "\t"))
		}
		return out
	}
	files := query(`[%{=NAME}\t%{FILENAMES}\t%{FILESIZES}\t%{FILEFLAGS}\t%{FILELANGS}\t%{FILEMODES:octal}\t%{FILEINODES}\t%{FILEDEVICES}\n]`)
	type size struct{ base, docs, langs int64 }
	sizes := map[string]*size{}
	seen := map[string]bool{}
	for _, f := range files {
		if len(f) != 8 {
			continue // a package without files
		}
		bytes, _ := strconv.ParseInt(f[2], 10, 64)
		flags, _ := strconv.ParseInt(f[3], 10, 64)
		link := f[0] + " " + f[6] + " " + f[7]
		const doc, ghost = 1 << 1, 1 << 6
		if flags&ghost != 0 || !strings.HasPrefix(f[5], "10") || len(f[5]) != 6 || seen[link] {
			continue // what the package does not bring, no regular file, or another name of one
		}
		seen[link] = true
		s := sizes[f[0]]
		if s == nil {
			s = &size{}
			sizes[f[0]] = s
		}
		switch {
		case flags&doc != 0:
			s.docs += bytes
		case f[4] != "", strings.HasPrefix(f[1], "/usr/lib/locale/locale-archive"):
			s.langs += bytes
		default:
			s.base += bytes
		}
	}
	core := closure(coreSeeds(release), files, query(`[%{=NAME}\t%{PROVIDENAME}\n]`), query(`[%{=NAME}\t%{REQUIRENAME}\n]`))
	out := map[string]string{}
	for name, s := range sizes {
		if name == "gpg-pubkey" || s.base+s.docs+s.langs < 1024 {
			continue
		}
		out[name] = fmt.Sprintf("%d %d %d", s.base>>10, s.docs>>10, s.langs>>10)
		if core[name] {
			out[name] += " core"
		}
	}
	return out
}

// closure is what packages need, with themselves: each list is of a package's name and a file, a capability, a need.
func closure(seeds []string, files, provides, requires [][]string) map[string]bool {
	by := map[string]string{}
	for _, all := range [][][]string{files, provides} {
		for _, f := range all {
			if len(f) > 1 && (by[f[1]] == "" || f[0] < by[f[1]]) {
				by[f[1]] = f[0]
			}
		}
	}
	needs := map[string][]string{}
	for _, f := range requires {
		if len(f) > 1 {
			needs[f[0]] = append(needs[f[0]], by[f[1]])
		}
	}
	out := map[string]bool{}
	for todo := seeds; len(todo) > 0; todo = todo[1:] {
		if name := todo[0]; name != "" && !out[name] {
			out[name] = true
			todo = append(slices.Clone(todo), needs[name]...)
		}
	}
	return out
}
