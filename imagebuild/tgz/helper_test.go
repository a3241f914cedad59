package tgz

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/tests/needs"
)

// need makes sure of the programs that judge a test.
var need = needs.Programs

// run runs a tool in dir and gives what it prints.
func run(t testing.TB, dir string, in []byte, name string, arg ...string) string {
	t.Helper()
	need(t, name)
	cmd := exec.Command(name, arg...)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(in)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(arg, " "), err, errs.Bytes())
	}
	return string(out)
}

// diskBytes makes content like a disk's: text, noise, and long runs of zeros.
func diskBytes(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	words := strings.Fields("timeout client server 50000 listen backend # retries option redispatch maxconn the of to")
	p := make([]byte, n)
	for at := 0; at < n; {
		end := min(n, at+r.IntN(400000))
		switch r.IntN(4) {
		case 0:
			for at < end {
				at += copy(p[at:end], words[r.IntN(len(words))]+" ")
			}
		case 1:
			for ; at < end; at++ {
				p[at] = byte(r.Uint32())
			}
		}
		at = end + r.IntN(1+min(n-end, 1500000)) // zeros
	}
	return p
}

func load(t testing.TB, data []byte, o Options) *Archive {
	t.Helper()
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	a, err := Load(context.Background(), bytes.NewReader(data), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func write(t testing.TB, a *Archive, o WriteOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	st, err := a.Write(context.Background(), &b, o)
	if err != nil {
		t.Fatal(err)
	}
	if st.Size != int64(b.Len()) {
		t.Errorf("%d bytes written, and %d said to be", b.Len(), st.Size)
	}
	return b.Bytes()
}

func content(t testing.TB, d block.Device) []byte {
	t.Helper()
	p := make([]byte, d.Size())
	if n, err := d.ReadAt(p, 0); n < len(p) {
		t.Fatal(err)
	}
	return p
}

var when = time.Date(2014, 5, 13, 16, 53, 20, 0, time.UTC)

// single is an archive of one disk image.
func single(t testing.TB, data []byte) *Archive {
	t.Helper()
	a, err := New(NewEntry("eucalyptus-load-balancer-image.img", bytes.NewReader(data), when))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// tree writes files for tar to pack, all of one time.
func tree(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if data == nil {
			continue
		}
		s, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		// Zeros stay holes, for tar -S.
		for off := 0; off < len(data); off += 4096 {
			if p := data[off:min(off+4096, len(data))]; !block.IsZero(p) {
				s.WriteAt(p, int64(off))
			}
		}
		s.Truncate(int64(len(data)))
		s.Close()
		os.Chtimes(path, when, when)
	}
	return dir
}

// noLeaks fails when a goroutine that the test started is still there.
func noLeaks(t *testing.T) func() {
	before := runtime.NumGoroutine()
	return func() {
		t.Helper()
		for i := 0; runtime.NumGoroutine() > before; i++ {
			if i == 200 {
				buf := make([]byte, 1<<16)
				t.Fatalf("%d goroutines more than before:\n%s", runtime.NumGoroutine()-before, buf[:runtime.Stack(buf, true)])
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// errReader gives err when its data is used up.
type errReader struct {
	r   io.Reader
	err error
}

func (e errReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err == io.EOF {
		err = e.err
	}
	return n, err
}
