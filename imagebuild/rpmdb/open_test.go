package rpmdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	library "github.com/knqyf263/go-rpmdb/pkg"

	"lbimage/imagebuild/rpm"
	"lbimage/overlay/treetest"
)

// TestRealDatabases reads databases of CentOS 5 to 8, SUSE, Fedora and others, and holds all that is read of every
// package and file against what rpm itself reads there.
func TestRealDatabases(t *testing.T) {
	dir := databases(t)
	judge(t, "rpm")
	found, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	seen := make(map[Format]int)
	found = slices.DeleteFunc(found, func(f string) bool { // large, and of releases that others are of
		return strings.Contains(f, "-many") || strings.Contains(f, "-python35") || strings.Contains(f, "-devtools")
	})
	for _, file := range found {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			db := open(t, image(t, file, "var/lib/rpm/"+filepath.Base(file)))
			seen[db.Format]++
			if db.Format == NDB {
				return // rpm is mostly built without it: TestLibraryAgrees has it
			}
			var got []string
			for _, p := range db.Packages() {
				got = append(got, strings.Split(strings.TrimSuffix(describe(p), "\n"), "\n")...)
			}
			want := strings.Split(strings.TrimSuffix(rpmReads(t, file, db.Format), "\n"), "\n")
			slices.Sort(want)
			slices.Sort(got)
			if slices.Equal(got, want) {
				return
			}
			t.Errorf("%d packages in %d lines, rpm has %d lines", len(db.Packages()), len(got), len(want))
			told := 0
			for i := 0; i < min(len(got), len(want)) && told < 3; i++ {
				if got[i] != want[i] {
					t.Logf("here %.300s\nrpm  %.300s", got[i], want[i])
					told++
				}
			}
		})
	}
	if seen[BerkeleyDB] < 7 || seen[NDB] < 1 || seen[SQLite] < 2 {
		t.Errorf("read: %v", seen)
	}
}

// describe has a line for a package, and for each of its files and dependencies.
func describe(p *Package) string {
	epoch := "(none)"
	if p.Epoch != nil {
		epoch = strconv.Itoa(int(*p.Epoch))
	}
	or := func(s string) string {
		if s == "" {
			return "(none)"
		}
		return s
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s %s %s %s %d %s\n", p.Name, epoch, p.Version, p.Release, or(p.Arch), or(p.SourceRPM), p.InstallTime.Unix(), or(p.Vendor))
	for _, f := range p.Files {
		mode, ok := unixMode(f.Mode)
		if !ok {
			fmt.Fprintf(&b, "F %s: mode %v\n", f.Path, f.Mode)
		}
		fmt.Fprintf(&b, "F %s %o %d %s %s %s %d %s %d %d %d\n", f.Path, mode, f.Size, f.Digest, f.User, f.Group, f.ModTime.Unix(), f.Link, f.Flags, f.VerifyFlags, f.State)
	}
	for _, k := range []struct {
		kind string
		list []rpm.Dependency
	}{{"P", p.Provides}, {"R", p.Requires}, {"C", p.Conflicts}, {"O", p.Obsoletes}} {
		for _, d := range k.list {
			fmt.Fprintf(&b, "%s %s %d %s\n", k.kind, d.Name, d.Flags, d.Version)
		}
	}
	return b.String()
}

func unixMode(m fs.FileMode) (uint32, bool) {
	kinds := map[fs.FileMode]uint32{0: 0o100000, fs.ModeDir: 0o40000, fs.ModeSymlink: 0o120000, fs.ModeNamedPipe: 0o10000,
		fs.ModeDevice: 0o60000, fs.ModeDevice | fs.ModeCharDevice: 0o20000, fs.ModeSocket: 0o140000}
	u, ok := kinds[m.Type()]
	u |= uint32(m.Perm())
	for bit, v := range map[fs.FileMode]uint32{fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000} {
		if m&bit != 0 {
			u |= v
		}
	}
	return u, ok
}

// rpmReads gives the same lines by rpm.
func rpmReads(t *testing.T, file string, f Format) string {
	t.Helper()
	dir := t.TempDir()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), b, 0o644); err != nil {
		t.Fatal(err)
	}
	backend := string(f)
	if f == BerkeleyDB {
		backend = "bdb_ro"
	}
	query := `%{NAME} %{EPOCH} %{VERSION} %{RELEASE} %{ARCH} %{SOURCERPM} %{INSTALLTIME} %{VENDOR}\n` +
		`[F %{FILENAMES} %{FILEMODES:octal} %{LONGFILESIZES} %{FILEDIGESTS} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILEMTIMES} %{FILELINKTOS} %{FILEFLAGS} %{FILEVERIFYFLAGS} %{FILESTATES}\n]`
	for _, k := range [][2]string{{"P", "PROVIDE"}, {"R", "REQUIRE"}, {"C", "CONFLICT"}, {"O", "OBSOLETE"}} {
		query += fmt.Sprintf(`[%s %%{%sNAME} %%{%[2]sFLAGS} %%{%[2]sVERSION}\n]`, k[0], k[1])
	}
	return run(t, "rpm", "--dbpath", dir, "--define", "_db_backend "+backend, "-qa", "--qf", query)
}

// TestLibraryAgrees holds the packages against go-rpmdb's own reading of one database of each format.
func TestLibraryAgrees(t *testing.T) {
	dir := databases(t)
	for _, name := range []string{"centos5-plain/Packages", "sle15-bci/Packages.db", "cbl-mariner-2.0/rpmdb.sqlite"} {
		file := filepath.Join(dir, name)
		their, err := library.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer their.Close()
		list, err := their.ListPackages()
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for _, p := range list {
			want = append(want, p.Name+"-"+p.Version+"-"+p.Release+" "+p.SourceRpm)
		}
		for _, p := range open(t, image(t, file, "var/lib/rpm/"+filepath.Base(file))).Packages() {
			got = append(got, p.Name+"-"+p.Version+"-"+p.Release+" "+p.SourceRPM)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d packages, %d by go-rpmdb, or they differ", name, len(got), len(want))
		}
	}
}

func TestNoDatabase(t *testing.T) {
	for name, tree := range map[string]*treetest.Memory{
		"nothing": treetest.NewMemory(),
		"empty":   treetest.Fill(map[string]string{"var/lib/rpm/Packages": ""}),
	} {
		if _, err := Open(context.Background(), tree, Options{}); !errors.Is(err, ErrNoDatabase) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestElsewhere finds the database behind a link, and in SUSE's folder.
func TestElsewhere(t *testing.T) {
	file := filepath.Join(databases(t), "sle15-bci", "Packages.db")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, tree := range map[string]*treetest.Memory{
		"sysimage": treetest.Fill(map[string]string{"usr/lib/sysimage/rpm/Packages.db": string(b)}),
		"link": treetest.Fill(map[string]string{"usr/lib/sysimage/rpm/Packages.db": string(b),
			"var/lib/rpm": "-> ../../usr/lib/sysimage/rpm"}),
	} {
		db := open(t, tree)
		if db.Path != "/usr/lib/sysimage/rpm/Packages.db" || len(db.Packages()) == 0 {
			t.Errorf("%s: %s, %d packages", name, db.Path, len(db.Packages()))
		}
	}
}
