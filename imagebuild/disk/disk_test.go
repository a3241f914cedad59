package disk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lbimage/imagebuild/block"
	"lbimage/tests/needs"
)

// need makes sure of the programs that judge a test.
var need = needs.Programs

func run(t testing.TB, in, name string, arg ...string) string {
	t.Helper()
	need(t, name)
	cmd := exec.Command(name, arg...)
	cmd.Stdin = strings.NewReader(in)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(arg, " "), err, errs.Bytes())
	}
	return string(out)
}

// newDisk makes an empty disk and has sfdisk write a table on it.
func newDisk(t testing.TB, size int64, script string) string {
	t.Helper()
	need(t, "sfdisk")
	path := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
	if script != "" {
		run(t, script, "sfdisk", "-q", "--no-reread", "--no-tell-kernel", path)
	}
	return path
}

func open(t testing.TB, path string) *block.File {
	t.Helper()
	f, err := block.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func syncDevice(t testing.TB, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, dev block.Device) *Table {
	t.Helper()
	table, err := Read(dev)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// judge compares a table with what sfdisk says of it.
func judge(t *testing.T, table *Table, path string) {
	t.Helper()
	var want struct {
		PartitionTable struct {
			Label, ID  string
			SectorSize int64
			Partitions []struct {
				Node, Type, UUID, Name, Attrs string
				Start, Size                   int64
				Bootable                      bool
			}
		}
	}
	if err := json.Unmarshal([]byte(run(t, "", "sfdisk", "--json", path)), &want); err != nil {
		t.Fatal(err)
	}
	w := want.PartitionTable
	if kind := map[string]string{"dos": MBR, "gpt": GPT}[w.Label]; table.Kind != kind || table.SectorSize != w.SectorSize || table.DiskID != w.ID {
		t.Errorf("table %s %d %s, sfdisk says %s %d %s", table.Kind, table.SectorSize, table.DiskID, kind, w.SectorSize, w.ID)
	}
	if len(table.Partitions) != len(w.Partitions) {
		t.Fatalf("%d partitions, sfdisk says %d", len(table.Partitions), len(w.Partitions))
	}
	for i, p := range w.Partitions {
		g := table.Partitions[i]
		number, err := strconv.Atoi(strings.TrimLeft(strings.TrimPrefix(p.Node, path), "p"))
		if err != nil {
			t.Fatal(err)
		}
		boot := p.Bootable || strings.Contains(p.Attrs, "LegacyBIOSBootable")
		kind := fmt.Sprintf("%02s", p.Type)
		if w.Label == "gpt" {
			kind = p.Type
		} else {
			p.UUID = fmt.Sprintf("%s-%02x", w.ID[2:], number)
		}
		got := fmt.Sprint(g.Number, g.Start, g.Size, g.Type, g.Name, g.UUID, g.Bootable)
		want := fmt.Sprint(number, p.Start*w.SectorSize, p.Size*w.SectorSize, kind, p.Name, p.UUID, boot)
		if got != want {
			t.Errorf("partition %s\nsfdisk says %s", got, want)
		}
	}
}

const logicalScript = `label: dos
label-id: 0x1234abcd
start=2048, size=20480, type=83, bootable
start=24576, size=80000, type=f
start=108544, size=2048, type=82
start=26624, size=20000, type=83
start=49152, size=4096, type=82
start=55296, size=40000, type=8e
`

func TestMBR(t *testing.T) {
	path := newDisk(t, 64<<20, logicalScript)
	table := read(t, open(t, path))
	judge(t, table, path)
	var kinds []string
	for _, p := range table.Partitions {
		kinds = append(kinds, fmt.Sprintf("%d %.3s %s", p.Number, p.Kind, p.TypeName))
	}
	want := "[1 pri Linux 2 ext extended (LBA) 3 pri Linux swap 5 log Linux 6 log Linux swap 7 log Linux LVM]"
	if fmt.Sprint(kinds) != want || len(table.Warnings) != 0 {
		t.Errorf("%v, want %s; warnings %q", kinds, want, table.Warnings)
	}
	if _, err := table.Partitions[1].Open(); err == nil {
		t.Error("an extended partition was opened")
	}
	// One like the load balancer's disk.
	path = newDisk(t, 8<<20, "label: dos\nstart=2048, type=83, bootable\n")
	judge(t, read(t, open(t, path)), path)
	// A table without partitions.
	path = newDisk(t, 8<<20, "label: dos\n")
	judge(t, read(t, open(t, path)), path)
}

const gptScript = `label: gpt
label-id: 11111111-2222-3333-4444-555555555555
size=2048, type=21686148-6449-6E6F-744E-656564454649, uuid=AAAAAAAA-0000-0000-0000-000000000001
size=20480, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI ünit", uuid=AAAAAAAA-0000-0000-0000-000000000002
type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name=root, attrs=LegacyBIOSBootable, uuid=AAAAAAAA-0000-0000-0000-000000000003
`

func TestGPT(t *testing.T) {
	path := newDisk(t, 64<<20, gptScript)
	table := read(t, open(t, path))
	judge(t, table, path)
	if len(table.Warnings) != 0 || table.Partitions[0].TypeName != "BIOS boot" {
		t.Errorf("warnings %q, first %+v", table.Warnings, table.Partitions[0])
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range []struct {
		name string
		at   int
		warn string
	}{
		{"signature", 512, "its backup at the end was read"},
		{"checksum", 512 + 17, "its backup at the end was read"},
		{"number of entries", 512 + 83, "its backup at the end was read"},
		{"size of entries", 512 + 84, "its backup at the end was read"},
		{"place of entries", 512 + 79, "its backup at the end was read"},
		{"an entry", 1024 + 40, "its backup at the end was read"},
		{"the backup", len(data) - 512, ""},
		{"no protective MBR", 510, "the protective MBR before the GPT is missing"},
	} {
		bad := bytes.Clone(data)
		bad[damage.at] ^= 0x55
		got := read(t, bytes.NewReader(bad))
		if warn := strings.Join(got.Warnings, "; "); damage.warn == "" && warn != "" || !strings.Contains(warn, damage.warn) {
			t.Errorf("%s: warnings %q", damage.name, got.Warnings)
		}
		if got.DiskID != table.DiskID || len(got.Partitions) != 3 || got.Partitions[2].UUID != table.Partitions[2].UUID {
			t.Errorf("%s: another table: %+v", damage.name, got)
		}
	}
	bad := bytes.Clone(data)
	bad[512+20]++
	bad[len(bad)-512+20]++
	if _, err := Read(bytes.NewReader(bad)); !errors.Is(err, ErrTable) {
		t.Errorf("both tables damaged: %v", err)
	}
	clear(bad[512:1024])
	if _, err := Read(bytes.NewReader(bad[:len(bad)/2])); !errors.Is(err, ErrTable) {
		t.Errorf("front damaged, end cut off: %v", err)
	}
	hybrid := bytes.Clone(data)
	copy(hybrid[462:478], []byte{0, 0, 2, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0})
	if got := read(t, bytes.NewReader(hybrid)); got.Kind != GPT || len(got.Partitions) != 3 || !strings.Contains(fmt.Sprint(got.Warnings), "hybrid") {
		t.Errorf("hybrid MBR: %+v", got)
	}
}

// TestGPT4K reads a disk with sectors of 4096 bytes; only the kernel gives sfdisk
// such a one, so it needs a loop device.
func TestGPT4K(t *testing.T) {
	need(t, "losetup")
	path := newDisk(t, 64<<20, "")
	out, err := exec.Command("losetup", "-f", "--show", "-b", "4096", path).Output()
	if err != nil {
		t.Skip("needs a loop device, which needs root")
	}
	loop := strings.TrimSpace(string(out))
	defer func() { run(t, "", "losetup", "-d", loop) }()
	run(t, "label: gpt\nsize=2048\nname=root\n", "sfdisk", "-q", "--no-reread", "--no-tell-kernel", loop)
	dev := open(t, loop)
	if dev.Size() != 64<<20 {
		t.Errorf("the block device has %d bytes", dev.Size())
	}
	table := read(t, dev)
	judge(t, table, loop)
	if table.SectorSize != 4096 {
		t.Errorf("sectors of %d bytes", table.SectorSize)
	}
	syncDevice(t, loop) // not sync(1), which waits for all disks
	fromFile := read(t, open(t, path))
	if len(fromFile.Partitions) != 2 || fromFile.DiskID != table.DiskID || fromFile.SectorSize != 4096 {
		t.Errorf("the image read as %+v", fromFile)
	}
}

func TestBare(t *testing.T) {
	need(t, "mkfs.ext4")
	path := newDisk(t, 8<<20, "")
	run(t, "", "mkfs.ext4", "-q", path)
	fs, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	withBootCode := bytes.Clone(fs)
	for i := range 512 {
		withBootCode[i] = byte(i*7 + 1)
	}
	withBootCode[510], withBootCode[511] = 0x55, 0xaa
	withSignature := bytes.Clone(fs)
	withSignature[510], withSignature[511] = 0x55, 0xaa
	fat := make([]byte, 8192)
	copy(fat, "\xeb\x3c\x90mkfs.fat\x00\x02\x04")
	fat[510], fat[511] = 0x55, 0xaa
	for name, data := range map[string][]byte{
		"ext4": fs, "ext4 with boot code": withBootCode, "ext4 with a signature": withSignature,
		"fat": fat, "nothing": make([]byte, 1<<20), "one sector": make([]byte, 512),
	} {
		table := read(t, bytes.NewReader(data))
		if table.Kind != None || len(table.Partitions) != 1 || table.Partitions[0].Size != int64(len(data)) {
			t.Errorf("%s: %+v", name, table)
			continue
		}
		if d, err := table.Partitions[0].Open(); err != nil || d.Size() != int64(len(data)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A table counts, even where an old file system shows through.
	withTable := bytes.Clone(withSignature)
	copy(withTable[446:], []byte{0x80, 0, 2, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0})
	if table := read(t, bytes.NewReader(withTable)); table.Kind != MBR || len(table.Partitions) != 1 {
		t.Errorf("table before an old file system: %+v", table)
	}
	if _, err := Read(bytes.NewReader(fs[:511])); !errors.Is(err, ErrTable) {
		t.Errorf("511 bytes: %v", err)
	}
}

func TestOpenIsWritable(t *testing.T) {
	f := open(t, newDisk(t, 64<<20, logicalScript))
	l := block.NewLayer(f, t.TempDir())
	defer l.Close()
	table := read(t, l)
	p := table.Partitions[3] // number 5
	d, err := p.Open()
	if err != nil {
		t.Fatal(err)
	}
	w, ok := d.(block.Writable)
	if !ok {
		t.Fatal("a partition of a writable disk is not writable")
	}
	if _, err := w.WriteAt([]byte("here"), 0); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	l.ReadAt(got, 26624*512)
	if string(got) != "here" {
		t.Errorf("found %q at the partition's start", got)
	}
	if d := l.Dirty(); len(d) != 1 || d[0].Off != 26624*512 || d[0].Len != 4096 {
		t.Errorf("changed %v", d)
	}
}
