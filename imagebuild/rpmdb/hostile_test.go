package rpmdb

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"lbimage/overlay/treetest"
)

// bases are one small database of each format, and where it lies.
var bases = []struct{ file, at string }{
	{"libuuid/Packages", "var/lib/rpm/Packages"},
	{"sle15-bci/Packages.db", "var/lib/rpm/Packages.db"},
	{"cbl-mariner-2.0/rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite"},
}

// hostileLimit bounds what one database of a few MiB may make us allocate: the copies of its headers and what
// they are parsed into, several times over.
const hostileLimit = 512 << 20

// openHostile opens a database that may be anything, within bounds. The error must be one that names the file.
func openHostile(t *testing.T, b []byte, at string) *DB {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	db, err := Open(ctx, treetest.Fill(map[string]string{at: string(b)}), Options{TempDir: t.TempDir()})
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > hostileLimit {
		t.Errorf("%d bytes of %s make it allocate %d MiB", len(b), at, used>>20)
	}
	if ctx.Err() != nil {
		t.Errorf("%s: opening it takes longer than 30 s", at)
	}
	if err != nil && !errors.Is(err, ErrNoDatabase) && !strings.HasPrefix(err.Error(), "/"+at+": ") {
		t.Errorf("%v", err)
	}
	if err == nil {
		for _, p := range db.Packages() {
			for _, f := range p.Files {
				if !strings.HasPrefix(f.Path, "/") || strings.Contains(f.Path+"/", "/../") {
					t.Errorf("%v has a file %q", p, f.Path)
				}
			}
		}
	}
	return db
}

// mutate changes bytes: single ones, and numbers of four, which most fields are.
func mutate(r *rand.Rand, b []byte) {
	for range 1 + r.IntN(6) {
		limit := len(b)
		if r.IntN(2) == 0 {
			limit = min(limit, 8192) // where the structure is
		}
		at := r.IntN(limit - 4)
		switch r.IntN(4) {
		case 0:
			b[at] ^= 1 << r.IntN(8)
		case 1:
			b[at] = byte(r.IntN(256))
		case 2:
			binary.LittleEndian.PutUint32(b[at&^3:], uint32(r.IntN(64)))
		default:
			binary.LittleEndian.PutUint32(b[at&^3:], []uint32{0, 1<<32 - 1, 1 << 31, 1 << 20, 0xffff}[r.IntN(5)])
		}
	}
}

func TestMutations(t *testing.T) {
	dir := databases(t)
	for i, base := range bases {
		b, err := os.ReadFile(filepath.Join(dir, base.file))
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(uint64(i), 99))
		refused := 0
		rounds := []int{400, 100, 20}[i]
		for range rounds {
			m := []byte(string(b))
			mutate(r, m)
			if openHostile(t, m, base.at) == nil {
				refused++
			}
		}
		if refused == 0 && base.at != bases[2].at { // SQLite's pages are mostly of indexes, which are not read
			t.Errorf("%s: none of %d mutations was refused", base.file, rounds)
		}
		for _, n := range []int{1, 11, 100, 511, 512, 4096, 8192, len(b) / 2, len(b) - 1} {
			if openHostile(t, b[:n], base.at) != nil && base.at != bases[2].at {
				t.Errorf("%s: %d bytes of %d are taken for a database", base.file, n, len(b))
			}
		}
	}
}

// TestBerkeleyChains builds the loops and forks that go-rpmdb would follow for ever.
func TestBerkeleyChains(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(databases(t), bases[0].file))
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	size := int(le.Uint32(b[20:]))
	next := func(m []byte, page int) []byte { return m[page*size+16:][:4] }
	kind := func(m []byte, page int) byte { return m[page*size+25] }
	first := 0
	for p := 1; p < len(b)/size && first == 0; p++ {
		if kind(b, p) == 7 && le.Uint32(next(b, p)) != 0 {
			first = p
		}
	}
	if first == 0 {
		t.Fatal("no chain of two pages")
	}
	for name, change := range map[string]func(m []byte){
		"itself":    func(m []byte) { le.PutUint32(next(m, first), uint32(first)) },
		"back":      func(m []byte) { le.PutUint32(next(m, int(le.Uint32(next(m, first)))), uint32(first)) },
		"elsewhere": func(m []byte) { le.PutUint32(next(m, first), 0x7fffffff) },
		"other":     func(m []byte) { le.PutUint32(next(m, first), 1) },
		"end":       func(m []byte) { le.PutUint32(next(m, first), 0) },
		"type":      func(m []byte) { m[first*size+25] = 9 },
		"pages":     func(m []byte) { le.PutUint32(m[32:], 1<<30) },
		"page size": func(m []byte) { le.PutUint32(m[20:], 3) },
		"magic":     func(m []byte) { m[12] ^= 1 },
		"encrypted": func(m []byte) { m[24] = 1 },
	} {
		m := []byte(string(b))
		change(m)
		_, err := Open(t.Context(), treetest.Fill(map[string]string{bases[0].at: string(m)}), Options{})
		var damage *DamageError
		if !errors.As(err, &damage) || !strings.HasPrefix(err.Error(), "/var/lib/rpm/Packages: ") || !strings.Contains(err.Error(), "rpm --rebuilddb") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHostileSQLite has tables that are none, and values that SQLite would have to compute.
func TestHostileSQLite(t *testing.T) {
	for name, statements := range map[string][]string{
		"view":      {"CREATE VIEW Packages AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS hnum, 'x' AS blob FROM c"},
		"generated": {"CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB GENERATED ALWAYS AS (zeroblob(1000000000)) VIRTUAL)", "INSERT INTO Packages (hnum) VALUES (1)"},
		"virtual":   {"CREATE VIRTUAL TABLE Packages USING fts5(hnum, blob)"},
		"no table":  {"CREATE TABLE Other (x)"},
		"columns":   {"CREATE TABLE Packages (key INTEGER, value BLOB)"},
		"number":    {"CREATE TABLE Packages (hnum, blob)", "INSERT INTO Packages VALUES (-1, x'00')"},
		"null":      {"CREATE TABLE Packages (hnum, blob)", "INSERT INTO Packages VALUES (NULL, NULL)"},
		"rubbish":   {"CREATE TABLE Packages (hnum, blob)", "INSERT INTO Packages VALUES (1, x'0000000100000010')"},
		"huge":      {"CREATE TABLE Packages (hnum, blob)", "INSERT INTO Packages VALUES (1, zeroblob(30000000))"},
	} {
		file := filepath.Join(t.TempDir(), "db")
		sqlExec(t, file, statements...)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if openHostile(t, b, bases[2].at) != nil {
			t.Errorf("%s: taken for a database", name)
		}
	}
}

func sqlExec(t *testing.T, file string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestWriteAheadLog reads packages that are only in the log beside a database: rpm in an image that was cut off
// leaves it like that.
func TestWriteAheadLog(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(databases(t), bases[2].file))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "db")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range []string{"PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0", "DELETE FROM Packages WHERE hnum > 10"} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	tree := map[string]string{}
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(file + suffix)
		if err != nil {
			t.Fatal(err)
		}
		tree[bases[2].at+suffix] = string(b)
	}
	with := open(t, treetest.Fill(tree))
	delete(tree, bases[2].at+"-wal")
	without := open(t, treetest.Fill(tree))
	if len(with.Packages()) >= len(without.Packages()) || len(with.Packages()) == 0 {
		t.Errorf("%d packages with the log, %d without", len(with.Packages()), len(without.Packages()))
	}
}

// TestNothingIsLeft looks for the unpacked copy after the end, good or bad.
func TestNothingIsLeft(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(databases(t), bases[2].file))
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{string(b), string(b[:5000])} {
		dir := t.TempDir()
		_, _ = Open(t.Context(), treetest.Fill(map[string]string{bases[2].at: data}), Options{TempDir: dir})
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, base := range bases {
		tree := image(t, filepath.Join(databases(t), base.file), base.at)
		if _, err := Open(ctx, tree, Options{TempDir: t.TempDir()}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with an ended context: %v", base.file, err)
		}
	}
}

// TestOddFiles has other things where the database should be.
func TestOddFiles(t *testing.T) {
	for name, tree := range map[string]*treetest.Memory{
		"folder": treetest.Fill(map[string]string{"var/lib/rpm/Packages/": ""}),
		"loop":   treetest.Fill(map[string]string{"var/lib/rpm/Packages": "-> Packages"}),
		"text":   treetest.Fill(map[string]string{"var/lib/rpm/Packages": strings.Repeat("text\n", 2000)}),
	} {
		_, err := Open(t.Context(), tree, Options{})
		if err == nil || errors.Is(err, ErrNoDatabase) || !strings.HasPrefix(err.Error(), "/var/lib/rpm/") {
			t.Errorf("%s: %v", name, err)
		}
	}
	tree := treetest.Fill(map[string]string{"var/lib/rpm": "a file"})
	if _, err := Open(t.Context(), tree, Options{}); err == nil && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file for the folder: %v", err)
	}
}

// FuzzOpen changes databases of each format at places of the fuzzer's choice: an offset and a value, six bytes each.
func FuzzOpen(f *testing.F) {
	dir := databases(f)
	var data [][]byte
	for _, base := range bases {
		b, err := os.ReadFile(filepath.Join(dir, base.file))
		if err != nil {
			f.Fatal(err)
		}
		data = append(data, b)
	}
	f.Add(uint8(0), []byte{0, 0, 0x20, 0, 0xff, 0xff})
	f.Add(uint8(1), []byte{0, 0, 0x2c, 0, 0xff, 0xff})
	f.Add(uint8(2), []byte{0, 0, 0x64, 0, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, which uint8, changes []byte) {
		i := int(which) % len(data)
		b := []byte(string(data[i]))
		for ; len(changes) >= 6; changes = changes[6:] {
			at := int(binary.BigEndian.Uint32(changes)) % (len(b) - 2)
			copy(b[at:], changes[4:6])
		}
		openHostile(t, b, bases[i].at)
	})
}
