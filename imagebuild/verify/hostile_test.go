package verify

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"lbimage/imagebuild"
)

// recordOf is a record with some keys, beside the files that it names.
func recordOf(t *testing.T, dir, keys string) string {
	t.Helper()
	path := filepath.Join(dir, "a.tgz.json")
	text := fmt.Sprintf(`{"schema":%q,"source":{"name":"a.rpm"},"output":{"name":"a.tgz","size":1,"sha256":%q}%s}`, imagebuild.RecordSchema, strings.Repeat("0", 64), keys)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// What a record or SHA256SUMS names is a plain file beside it, or it is refused by
// name, and nothing waits for a pipe.
func TestHostileNames(t *testing.T) {
	for name, c := range map[string]struct {
		keys, pipe, sums string
		folder           string
		want             string
	}{
		"output out of the folder":  {keys: `,"output":{"name":"../a.tgz"}`, want: "no name of a file"},
		"besides out of the folder": {keys: `,"outputs":[{"role":"sbom","name":"/etc/passwd"}]`, want: "no name of a file"},
		"source out of the folder":  {keys: `,"source":{"name":".."}`, want: "no name of a file"},
		"a name with an escape":     {keys: `,"source":{"name":"x/\u001b[2J"}`, want: `\x1b`},
		"a pipe as output":          {pipe: "a.tgz", want: "pipe"},
		"a pipe as source":          {pipe: "a.rpm", want: "pipe"},
		"a pipe as sums":            {pipe: "SHA256SUMS", want: "pipe"},
		"a folder as output":        {folder: "a.tgz", want: "folder"},
		"many files beside it":      {keys: `,"outputs":[` + strings.Repeat(`{},`, 200) + `{}]`, want: "more than"},
		"files in no list":          {keys: `,"outputs":{"a":1}`, want: "no list"},
		"a deep record":             {keys: `,"x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), want: "depth"},
		"sums out of the folder":    {sums: strings.Repeat("0", 64) + "  ../a\n", want: "line 1"},
		"sums with a short digest":  {sums: strings.Repeat("0", 63) + "  a\n", want: "line 1"},
		"sums with an escaped way":  {sums: `\` + strings.Repeat("0", 64) + `  ..\n/a` + "\n", want: "line 1"},
		"sums without an end":       {sums: strings.Repeat("0", 1<<20), want: "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.pipe != "" {
				must(t, syscall.Mkfifo(filepath.Join(dir, c.pipe), 0o600))
			}
			if c.folder != "" {
				must(t, os.Mkdir(filepath.Join(dir, c.folder), 0o700))
			}
			if c.sums != "" {
				must(t, os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(c.sums), 0o600))
			}
			_, err := Digests(context.Background(), DigestOptions{Record: recordOf(t, dir, c.keys)})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, not %q", err, c.want)
			}
		})
	}
	t.Run("a pipe as record", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.json")
		must(t, syscall.Mkfifo(path, 0o600))
		if _, err := Digests(context.Background(), DigestOptions{Record: path}); err == nil || !strings.Contains(err.Error(), "pipe") {
			t.Error(err)
		}
	})
}

// SHA256SUMS escapes names that would break its lines.
func TestSumsEscaped(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "a\nb\\c"), []byte("x"), 0o600))
	sum := "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" // of "x"
	must(t, os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(`\`+sum+`  a\nb\\c`+"\n"), 0o600))
	r, err := Digests(context.Background(), DigestOptions{Record: recordOf(t, dir, "")})
	must(t, err)
	if !slices.ContainsFunc(r.Files, func(f Digest) bool {
		return f.Path == filepath.Join(dir, "a\nb\\c") && f.Verdict == VerdictSame
	}) {
		t.Errorf("%+v", r.Files)
	}
}

// A record that says much takes little memory, and one that is too large is not read.
func TestLargeRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.json")
	must(t, os.WriteFile(path, nil, 0o600))
	must(t, os.Truncate(path, 1<<40))
	if _, _, err := readRecord(path); err == nil || !strings.Contains(err.Error(), "more than a record has") {
		t.Error(err)
	}
	for _, key := range []string{"outputs", "request", "findings", "changes", "x"} {
		text := fmt.Sprintf(`{"schema":%q,%q:[%s0]}`, imagebuild.RecordSchema, key, strings.Repeat("0,", (maxRecord-1000)/2))
		must(t, os.WriteFile(path, []byte(text), 0o600))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, read, err := readRecord(path)
		if err == nil {
			_, err = keysThatDiffer(read, &imagebuild.Record{})
		}
		runtime.ReadMemStats(&after)
		if listed := key == "findings" || key == "changes"; listed != (err == nil) {
			t.Errorf("%s: %v", key, err)
		}
		// All that was ever taken: of a tree of all values each has 16 bytes at least.
		if used := after.TotalAlloc - before.TotalAlloc; used > 6*maxRecord {
			t.Errorf("%s: %d MiB", key, used>>20)
		}
	}
}
