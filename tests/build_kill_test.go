package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// twoOutputs is a folder with a recipe of two profiles over a base.
func twoOutputs(t *testing.T) (dir string) {
	dir = t.TempDir()
	if err := os.Link(sampleRPM(t), filepath.Join(dir, "base.rpm")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "lbimage.yaml"), `apiVersion: lbimage/v1
source: base.rpm
output: {name: "out-{profile}", sbom: [spdx], provenance: true}
profiles:
  a: {sysctl: {net.ipv4.ip_forward: 1}}
  b: {sysctl: {net.ipv4.tcp_keepalive_time: 600}}
`)
	return dir
}

var twoOutputNames = []string{
	"out-a.tgz", "out-a.tgz.json", "out-a.spdx.json", "out-a.intoto.json", "out-b.tgz", "out-b.tgz.json", "out-b.spdx.json", "out-b.intoto.json",
}

// A build that is killed, at whatever moment, leaves inputs as they were, no output that is not whole, none without its
// record, and no temporary file: none of its own, and with --force none in place of an older one by halves.
func TestBuildKilled(t *testing.T) {
	dir := twoOutputs(t)
	start := time.Now()
	must(t, dir, lbimage, "build")
	usual := time.Since(start)
	want := map[string]string{}
	for _, name := range twoOutputNames {
		want[name] = sum(t, filepath.Join(dir, name))
		remove(t, dir, name)
	}
	inputs := wholeListing(t, dir)
	const steps = 6
	for _, force := range []bool{false, true} {
		for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT} {
			for i := range steps {
				out, temp := t.TempDir(), t.TempDir()
				args := []string{"build", "-o", out}
				if force {
					args = append(args, "--force")
					for _, name := range twoOutputNames {
						writeFile(t, filepath.Join(out, name), "old "+name)
					}
				}
				cmd := exec.Command(lbimage, args...)
				cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+temp)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(usual * time.Duration(i) / steps)
				_ = cmd.Process.Signal(signal)
				err := cmd.Wait()
				if list, _ := os.ReadDir(temp); len(list) > 0 {
					t.Errorf("%v at %d: temporary files are left: %v", signal, i, list)
				}
				if err != nil && cmd.ProcessState.Exited() && cmd.ProcessState.ExitCode() != 1 {
					t.Errorf("%v at %d: %v", signal, i, err)
				}
				list, _ := os.ReadDir(out)
				for _, e := range list {
					name := e.Name()
					got, ok := want[name]
					switch {
					case !ok && signal == syscall.SIGKILL && strings.HasSuffix(name, ".tmp"): // between two system calls
					case !ok:
						t.Errorf("%v at %d: %s is left", signal, i, name)
					case sum(t, filepath.Join(out, name)) == got:
						if _, err := os.Stat(filepath.Join(out, strings.TrimSuffix(name, ".json")+".json")); err != nil {
							t.Errorf("%v at %d: %s is there without its record", signal, i, name)
						}
					case force && must(t, out, "cat", name) == "old "+name:
					default:
						t.Errorf("%v at %d: half of %s", signal, i, name)
					}
				}
			}
		}
	}
	if got := wholeListing(t, dir); got != inputs {
		t.Errorf("the folder became\n%s instead of\n%s", got, inputs)
	}
}

// With --force outputs are replaced, all or none: what cannot take one place leaves the others as they were.
func TestBuildForce(t *testing.T) {
	dir := twoOutputs(t)
	for _, name := range twoOutputNames {
		writeFile(t, filepath.Join(dir, name), "old")
	}
	for _, spoil := range []struct {
		name   string
		change func()
		undo   func()
		code   int
	}{
		{"an edit that fails", func() {
			writeFile(t, filepath.Join(dir, "lbimage.yaml"), must(t, dir, "cat", "lbimage.yaml")+"edits: [service: {name: nosuch, enabled: true}]\n")
		}, func() {
			text := must(t, dir, "cat", "lbimage.yaml")
			writeFile(t, filepath.Join(dir, "lbimage.yaml"), text[:strings.Index(text, "edits:")])
		}, 1},
		{"a folder in the place of an output", func() {
			remove(t, dir, "out-b.tgz")
			if err := os.Mkdir(filepath.Join(dir, "out-b.tgz"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, func() {
			remove(t, dir, "out-b.tgz")
			writeFile(t, filepath.Join(dir, "out-b.tgz"), "old")
		}, 1},
	} {
		spoil.change()
		before := wholeListing(t, dir)
		r := call(t, dir, nil, lbimage, "build", "--force")
		t.Logf("%s: %s", spoil.name, r.stderr)
		if after := wholeListing(t, dir); r.code != spoil.code || after != before {
			t.Errorf("%s: exit %d, and\n%s instead of\n%s", spoil.name, r.code, after, before)
		}
		spoil.undo()
	}
	must(t, dir, lbimage, "build", "--force")
	for _, name := range twoOutputNames {
		if got := must(t, dir, "head", "-c", "3", name); got == "old" {
			t.Errorf("%s is the old one", name)
		}
	}
	// Nothing is replaced that nobody asks to.
	before := wholeListing(t, dir)
	if r := call(t, dir, nil, lbimage, "build"); r.code != 1 || !strings.Contains(r.stderr, "exists already") || wholeListing(t, dir) != before {
		t.Errorf("without --force: exit %d: %s", r.code, r.stderr)
	}
	// The source is none of the outputs.
	writeFile(t, filepath.Join(dir, "self.yaml"), "apiVersion: lbimage/v1\nsource: out-a.tgz\noutput: {name: out-a}\nsysctl: {a.b: 1}\n")
	before = wholeListing(t, dir)
	if r := call(t, dir, nil, lbimage, "build", "--force", "-f", "self.yaml"); r.code != 2 || !strings.Contains(r.stderr, "the source itself") || wholeListing(t, dir) != before {
		t.Errorf("over the source: exit %d: %s", r.code, r.stderr)
	}
}
