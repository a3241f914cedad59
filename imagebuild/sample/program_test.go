package sample

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"lbimage/haproxy-config"
	"lbimage/imagebuild/judge"
	"lbimage/tests/needs"
)

// standIns writes every file of the table that has made-up content into a folder.
func standIns(t *testing.T, want func(node) bool) map[string]string {
	t.Helper()
	dir, out := t.TempDir(), map[string]string{}
	for _, n := range nodes() {
		if n.content == nil || !want(n) {
			continue
		}
		parts, _ := n.content(n)
		if len(parts) == 0 {
			continue
		}
		file := filepath.Join(dir, strings.ReplaceAll(n.name, "/", "_"))
		if err := os.WriteFile(file, parts[0].data, 0o755); err != nil {
			t.Fatal(err)
		}
		out[n.name] = file
	}
	return out
}

// The programs are ELF files to readelf, and where this machine can start them, they say that they are stand-ins.
func TestPrograms(t *testing.T) {
	readelf := needs.Program(t, "readelf")
	all := standIns(t, func(n node) bool { return strings.Contains(n.name, "bin/") || strings.HasSuffix(n.name, ".ko") })
	if len(all) < 10 {
		t.Fatalf("only %d programs", len(all))
	}
	for name, file := range all {
		out, err := exec.Command(readelf, "-hlW", file).CombinedOutput()
		kind := "EXEC (Executable file)"
		if strings.HasSuffix(name, ".ko") {
			kind = "REL (Relocatable file)"
		}
		if err != nil || !bytes.Contains(out, []byte(kind)) || !bytes.Contains(out, []byte("X86-64")) || bytes.Contains(out, []byte("Warning")) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if kind[0] == 'R' || runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
			continue
		}
		out, err = exec.Command(file, "-c").CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || !bytes.Contains(out, []byte(": stand-in of a sample image, it does nothing")) || out[len(out)-1] != '\n' {
			t.Errorf("%s says %q (%v)", name, out, err)
		}
	}
}

// HAProxy's stand-in tells the version that it stands for.
func TestHAProxyTellsItsVersion(t *testing.T) {
	for _, file := range standIns(t, func(n node) bool { return n.name == "usr/sbin/haproxy" }) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := judge.Inspect(bytes.NewReader(b), int64(len(b)))
		if err != nil || got.Version != (haproxyconfig.Version{Major: 1, Minor: 5, Dev: 21}) || !got.Static || got.Arch != "x86_64" {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// The initramfs is an archive to cpio, the kernel a kernel to file(1) where that is there.
func TestKernelAndInitramfs(t *testing.T) {
	cpio := needs.Program(t, "cpio")
	all := standIns(t, func(n node) bool { return n.name == kernel || n.name == initramfs })
	in, err := os.Open(all[initramfs])
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	list := exec.Command(cpio, "-itv", "--quiet")
	list.Stdin = in
	out, err := list.CombinedOutput()
	if err != nil || strings.Count(string(out), "\n") != 1 || !strings.HasPrefix(string(out), "-rwxr-xr-x ") || !strings.HasSuffix(string(out), " init\n") {
		t.Errorf("cpio: %v\n%s", err, out)
	}
	b, err := os.ReadFile(all[kernel])
	if err != nil || len(b) != 2<<20 || !bytes.HasPrefix(b[versionText:], []byte(kernelVersion+" ")) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if file, err := exec.LookPath("file"); err == nil {
		out, err := exec.Command(file, "-b", all[kernel]).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Linux kernel x86 boot executable bzImage, version "+kernelVersion) {
			t.Errorf("file: %v %s", err, out)
		}
	}
}
