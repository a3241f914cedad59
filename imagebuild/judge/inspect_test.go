//go:build linux

package judge

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"lbimage/overlay/treetest"
)

// program makes an ELF program for x86_64 with a dynamic section and these strings among its data.
func program(interp string, needed, runpath []string, text ...string) []byte {
	const base, headers = 0x400000, 64 + 3*56
	strtab := []byte{0}
	add := func(s string) uint64 {
		at := uint64(len(strtab))
		strtab = append(append(strtab, s...), 0)
		return at
	}
	var dyn []uint64
	for _, n := range needed {
		dyn = append(dyn, uint64(elf.DT_NEEDED), add(n))
	}
	if len(runpath) > 0 {
		dyn = append(dyn, uint64(elf.DT_RUNPATH), add(strings.Join(runpath, ":")))
	}
	dynSize := 8 * (len(dyn) + 4)
	strAt := headers + dynSize
	dyn = append(dyn, uint64(elf.DT_STRTAB), uint64(base+strAt), uint64(elf.DT_NULL), 0)
	interpAt := strAt + len(strtab)
	tail := append([]byte(interp), 0)
	for _, s := range text {
		tail = append(append(tail, s...), 0)
	}
	size := interpAt + len(tail)
	var b bytes.Buffer
	le := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) }
	le(elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Entry: base, Phoff: 64,
		Ehsize: 64, Phentsize: 56, Phnum: 3,
	})
	le(elf.Prog64{Type: uint32(elf.PT_LOAD), Vaddr: base, Filesz: uint64(size), Memsz: uint64(size)})
	kind := uint32(elf.PT_INTERP)
	if interp == "" {
		kind = uint32(elf.PT_NULL)
	}
	le(elf.Prog64{Type: kind, Off: uint64(interpAt), Filesz: uint64(len(interp) + 1)})
	le(elf.Prog64{Type: uint32(elf.PT_DYNAMIC), Off: headers, Filesz: uint64(dynSize)})
	le(dyn)
	b.Write(strtab)
	b.Write(tail)
	return b.Bytes()
}

func inspect(b []byte) (Binary, error) { return Inspect(bytes.NewReader(b), int64(len(b))) }

func TestInspectReal(t *testing.T) {
	path := needHAProxy(t)
	said, err := exec.Command(path, "-v").Output()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := inspect(b)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(said), "version "+got.Release+" "+got.Date) || !got.Version.Known() {
		t.Errorf("%v of %s; it says\n%s", got, got.Date, said)
	}
	if got.Static || got.Interpreter == "" || len(got.Needed) == 0 || got.Runs() != nil {
		t.Errorf("%+v, %v", got, got.Runs())
	}
}

func TestInspect(t *testing.T) {
	got, err := inspect(program("/lib64/ld.so", []string{"libc.so.6", "libssl.so.10"}, []string{"$ORIGIN/../lib", "", "/opt/x"},
		"HA-Proxy version 1.5-dev21-6b07bf7 2013/12/17\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Interpreter != "/lib64/ld.so" || strings.Join(got.Needed, " ") != "libc.so.6 libssl.so.10" ||
		strings.Join(got.RunPath, " ") != "$ORIGIN/../lib /opt/x" || got.Arch != "x86_64" || got.Bits != 64 || got.Static {
		t.Errorf("%+v", got)
	}
	if got.Release != "1.5-dev21-6b07bf7" || got.Date != "2013/12/17" || got.Version.String() != "1.5-dev21" {
		t.Errorf("%+v", got)
	}
	if s := got.String(); s != "HAProxy 1.5-dev21-6b07bf7 for x86_64" {
		t.Errorf("%q", s)
	}
}

func TestRelease(t *testing.T) {
	for _, c := range []struct {
		text          []string
		release, date string
	}{
		{[]string{"HA-Proxy version 1.4.6 2010/05/16\n"}, "1.4.6", "2010/05/16"},
		{[]string{"HA-Proxy version %s %s\n", "1.5.18", "2016/05/10"}, "1.5.18", "2016/05/10"},
		{[]string{"2.6.0", "10.42 2022-12-11", " version 2.6.12-1+deb12u4, released 2026/10/17", "2026/10/17"}, "2.6.12-1+deb12u4", "2026/10/17"},
		{[]string{"1.2.11", strings.Repeat("x", 300), "2014/02/03", "1.5-dev22-1a34d57"}, "1.5-dev22-1a34d57", "2014/02/03"},
		{[]string{"127.0.0.1", "0.0.0.0", "2014/02/03"}, "", ""},
		{[]string{"1.5.18"}, "", ""},
		{nil, "", ""},
	} {
		got, err := inspect(program("", nil, nil, c.text...))
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		}
		if got.Release != c.release || got.Date != c.date {
			t.Errorf("%q: %q %q", c.text, got.Release, got.Date)
		}
	}
}

func TestInspectRefuses(t *testing.T) {
	good := program("/lib64/ld.so", []string{"libc.so.6"}, nil)
	for what, c := range map[string]struct {
		b    []byte
		want string
	}{
		"empty":       {nil, "not an ELF file"},
		"text":        {[]byte("hello, world"), "not an ELF file"},
		"script":      {[]byte("#!/bin/sh\n"), "a script"},
		"header only": {good[:40], "damaged ELF file"},
		"cut strings": {good[:len(good)-20], "damaged ELF file"},
	} {
		if _, err := inspect(c.b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := Inspect(bytes.NewReader(good), maxELF+1); err == nil {
		t.Error("a size beyond all limits was taken")
	}
	object := bytes.Clone(good)
	object[16] = byte(elf.ET_REL)
	if _, err := inspect(object); err == nil || !strings.Contains(err.Error(), "not a program") {
		t.Errorf("an object file: %v", err)
	}
}

func TestOtherArchitecture(t *testing.T) {
	b := program("/lib64/ld.so", nil, nil)
	other, name := elf.EM_AARCH64, "aarch64"
	if runtime.GOARCH == "arm64" {
		other, name = elf.EM_X86_64, "x86_64"
	}
	binary.LittleEndian.PutUint16(b[18:], uint16(other))
	_, err := FromTree(treetest.Fill(map[string]string{"usr/sbin/haproxy": string(b)}), "/usr/sbin/haproxy", Options{TempDir: t.TempDir()})
	if !errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "it is for "+name+", and this machine is ") {
		t.Errorf("%v", err)
	}
	binary.LittleEndian.PutUint16(b[18:], 0xbeef)
	got, err := inspect(b)
	if err != nil || got.Runs() == nil {
		t.Errorf("unknown architecture: %v", err)
	}
}

// TestNothingI386 lets the tools read the program that tries the kernel out, and the kernel run it or refuse.
func TestNothingI386(t *testing.T) {
	got, err := inspect(nothingI386())
	if err != nil || got.Arch != "i686" || !got.Static || got.Bits != 32 {
		t.Fatalf("%+v, %v", got, err)
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("needs x86_64")
	}
	if err := got.Runs(); err != nil && (!errors.Is(err, ErrNoVerdict) || !strings.Contains(err.Error(), "exec format error")) {
		t.Errorf("%v", err)
	} else {
		t.Logf("i386 here: %v", err)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add(program("/lib64/ld.so", []string{"libc.so.6"}, []string{"/x"}, "HA-Proxy version 1.4.6 2010/05/16\n"))
	f.Add(nothingI386())
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := inspect(b)
		if err != nil {
			return
		}
		if len(got.Needed) > 512 || len(got.Interpreter) > 4096 || got.Arch == "" {
			t.Errorf("%+v", got)
		}
		_, _ = readObject(bytes.NewReader(b), int64(len(b))+1000) // a size that lies
	})
}
