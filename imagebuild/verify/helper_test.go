package verify

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"lbimage/imagebuild"
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/sample"
	"lbimage/imagebuild/tgz"
	"lbimage/tests/needs"
)

var ctx = context.Background()

const recipeText = `apiVersion: lbimage/v1
source: {path: base.rpm}
output: {name: "lb-{profile}"}
sysctl: {net.ipv4.tcp_keepalive_time: 600}
overlay: [over]
edits:
  - {file: {path: /etc/motd, content: "Welcome.\n"}}
profiles:
  production: {}
  development: {sysctl: {net.core.somaxconn: 1024}}
`

// shop has a recipe, its source and the outputs.
type shop struct{ dir string }

var bases struct {
	sync.Mutex
	rpm map[string][]byte
}

// newShop makes a folder with a recipe and its outputs, of a source with that type of file system.
func newShop(t testing.TB, fsType string) shop {
	t.Helper()
	bases.Lock()
	defer bases.Unlock()
	if bases.rpm[fsType] == nil {
		var b bytes.Buffer
		must(t, sample.Write(ctx, &b, sample.Options{Size: 32 << 20, FSType: fsType, TempDir: t.TempDir()}))
		if bases.rpm == nil {
			bases.rpm = map[string][]byte{}
		}
		bases.rpm[fsType] = b.Bytes()
	}
	s := shop{t.TempDir()}
	s.write(t, "base.rpm", bases.rpm[fsType])
	must(t, os.MkdirAll(filepath.Join(s.dir, "over", "etc"), 0o755))
	s.write(t, "over/etc/issue", []byte("an overlay's file\n"))
	s.write(t, "lbimage.yaml", []byte(recipeText))
	s.build(t)
	return s
}

func (s shop) path(name string) string { return filepath.Join(s.dir, name) }

func (s shop) write(t testing.TB, name string, b []byte) {
	t.Helper()
	must(t, os.WriteFile(s.path(name), b, 0o644))
}

func (s shop) recipe(t testing.TB) *recipe.Recipe {
	t.Helper()
	r, err := recipe.Load(s.path("lbimage.yaml"))
	must(t, err)
	return r
}

func (s shop) build(t testing.TB) {
	t.Helper()
	b := imagebuild.Builder{Recipe: s.recipe(t)}
	b.Job = imagebuild.Job{Version: "v1", Replace: true, HAProxy: check.HAProxyOptions{LintOnly: true}}
	b.Job.Open.TempDir = s.dir
	_, err := b.Build(ctx)
	must(t, err)
}

// verify makes lb-production.tgz, or what o names, once more.
func (s shop) verify(t testing.TB, o Options) *Report {
	t.Helper()
	r, err := s.try(t, o)
	must(t, err)
	return r
}

func (s shop) try(t testing.TB, o Options) (*Report, error) {
	t.Helper()
	if o.Output == "" {
		o.Output = s.path("lb-production.tgz")
	}
	if o.Version == "" {
		o.Version = "v1"
	}
	o.Recipe, o.HAProxy.LintOnly, o.Open.TempDir = s.recipe(t), true, s.dir
	return Rebuild(ctx, o)
}

// change changes the disk in the output, and packs it as before.
func (s shop) change(t testing.TB, do func(disk string)) {
	t.Helper()
	name := s.path("lb-production.tgz")
	f, err := os.Open(name)
	must(t, err)
	defer f.Close()
	a, err := tgz.Load(ctx, f, tgz.Options{TempDir: s.dir})
	must(t, err)
	defer a.Close()
	l, err := a.Layout()
	must(t, err)
	b := make([]byte, l.Image.Data.Size())
	_, err = l.Image.Data.ReadAt(b, 0)
	must(t, err)
	disk := s.path("disk.img")
	s.write(t, "disk.img", b)
	do(disk)
	dev, err := block.OpenFile(disk)
	must(t, err)
	defer dev.Close()
	var out bytes.Buffer
	_, err = a.Write(ctx, &out, tgz.WriteOptions{Replace: map[string]block.Device{l.Image.Header.Name: dev}})
	must(t, err)
	s.write(t, "lb-production.tgz", out.Bytes())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const fsStart = 1 << 20 // of the sample's only partition

// oracle is what e2fsprogs say of a file system in a disk.
type oracle struct {
	t   testing.TB
	img string
	bs  int64
}

func newOracle(t testing.TB, disk string) *oracle {
	t.Helper()
	o := &oracle{t: t, img: disk + "?offset=" + strconv.Itoa(fsStart)}
	o.bs = o.number(`Block size: +(\d+)`, o.run("dumpe2fs", "-h", o.img))
	return o
}

func (o *oracle) run(program string, args ...string) string {
	o.t.Helper()
	cmd := exec.Command(needs.Program(o.t, program), args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		o.t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (o *oracle) debugfs(command string) string { return o.run("debugfs", "-R", command, o.img) }

func (o *oracle) number(expr, text string) int64 {
	o.t.Helper()
	m := regexp.MustCompile(expr).FindStringSubmatch(text)
	if m == nil {
		o.t.Fatalf("no %s in\n%s", expr, text)
	}
	n, err := strconv.ParseInt(m[1], 0, 64)
	must(o.t, err)
	return n
}

// inode is where the inode of a file lies on the disk.
func (o *oracle) inode(file string) int64 {
	text := o.debugfs("imap " + file)
	return fsStart + o.number(`located at block (\d+)`, text)*o.bs + o.number(`offset (0x[0-9a-f]+)`, text)
}

// block is where block n of a file lies on the disk.
func (o *oracle) block(file string, n int) int64 {
	return fsStart + o.number(`(\d+)\s*$`, o.debugfs(fmt.Sprintf("bmap %s %d", file, n)))*o.bs
}

// super is where something that dumpe2fs names lies on the disk.
func (o *oracle) super(expr string) int64 {
	return fsStart + o.number(expr, o.run("dumpe2fs", o.img))*o.bs
}
