package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/where"
)

// maxPeak is the promise about memory; maxWait is no measure but tells a hang.
const (
	maxPeak = 128 << 20
	maxWait = 3 * time.Minute
)

// Images with damaged bytes in whatever their structures and files are: the
// commands that look at an image end, with an answer or with an error of one line
// that says where, and in bounded memory. HOSTILE_SEED and HOSTILE_ROUNDS make it a
// long walk.
func TestHostileWalks(t *testing.T) {
	seed, rounds := uint64(1), 2
	if v := os.Getenv("HOSTILE_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	if v := os.Getenv("HOSTILE_ROUNDS"); v != "" {
		rounds, _ = strconv.Atoi(v)
	}
	dir := t.TempDir()
	tree := hostileTree(t, dir)
	ks := filepath.Join(dir, "good.ks")
	if err := os.WriteFile(ks, []byte(secretFree), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, shape := range [][]string{{"ext4"}, {"ext3", "-b", "1024"}, {"ext4", "--modern"}, {"ext2"}} {
		good := filepath.Join(dir, shape[0]+"-good.img")
		args := append([]string{"fs", "format", good, "--force", "--from", tree, "--owner", "root", "--label", "lb-root", "-t"}, shape...)
		if code, out := called(t, args...); code != 0 {
			t.Fatalf("%s: exit %d\n%s", args, code, out)
		}
		w := newHostileWalk(t, good, filepath.Join(dir, "bad.img"), filepath.Join(dir, "page.html"))
		w.kickstart = ks
		for round := range rounds {
			name, rng := fmt.Sprintf("HOSTILE_SEED=%d, %s, round %d", seed, strings.Join(shape, " "), round), rand.New(rand.NewPCG(seed, uint64(i*1_000_000+round)))
			w.round(t, name, rng)
			w.kickstartRound(t, name+", the kickstart file", filepath.Join(dir, "bad.ks"), rng)
		}
	}
}

// hostileWalk is a good image, a copy that is damaged, and what each byte is.
type hostileWalk struct {
	good, bad, page string
	kickstart       string // that images are held against
	file            *os.File
	owners          []string
	places          map[string][]block.Range
}

func newHostileWalk(t *testing.T, good, bad, page string) *hostileWalk {
	w := &hostileWalk{good: good, bad: bad, page: page, places: map[string][]block.Range{}}
	text, err := os.ReadFile(good)
	if err == nil {
		err = os.WriteFile(bad, text, 0o600)
	}
	if err == nil {
		w.file, err = os.OpenFile(bad, os.O_RDWR, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.file.Close() })
	dev, err := block.OpenFile(good)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	table, err := disk.Read(dev)
	if err != nil {
		t.Fatal(err)
	}
	// Every structure and every inode is as likely as every other.
	err = where.New(dev, table).Locate(context.Background(), []block.Range{{Len: dev.Size()}}, where.Options{}, func(p where.Place) error {
		owner := p.Subject("")
		if strings.Contains(owner, "not in use") || strings.Contains(owner, "free ") {
			return nil
		}
		if w.places[owner] == nil {
			w.owners = append(w.owners, owner)
		}
		w.places[owner] = append(w.places[owner], block.Range{Off: p.Off, Len: p.Len})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// damage is what a round did to the image.
type damage struct {
	off      int64
	was, now []byte
	owner    string
}

// damaged changes some places.
func (w *hostileWalk) damaged(t *testing.T, rng *rand.Rand) (list []damage) {
	for range 1 + rng.IntN(4) {
		owner := w.owners[rng.IntN(len(w.owners))]
		all := w.places[owner]
		p := all[rng.IntN(len(all))]
		off := p.Off + rng.Int64N(p.Len)
		n := min([]int64{1, 1, 2, 4, 4, 8, 64, 600}[rng.IntN(8)], p.Len-(off-p.Off))
		d := damage{off: off, was: make([]byte, n), now: make([]byte, n), owner: owner}
		if _, err := w.file.ReadAt(d.was, off); err != nil {
			t.Fatal(err)
		}
		copy(d.now, d.was)
		switch rng.IntN(6) {
		case 0:
			d.now[rng.IntN(len(d.now))] ^= 1 << rng.IntN(8)
		case 1:
			for i := range d.now {
				d.now[i] = 0xff
			}
		case 2:
			clear(d.now)
		case 3: // numbers near a bound
			copy(d.now, []byte{[]byte{0xff, 0, 1, 0x7f, 0x80, 0xfe}[rng.IntN(6)], 0xff, 0xff, 0x7f}[:min(4, len(d.now))])
		case 4: // what lies elsewhere
			q := all[rng.IntN(len(all))]
			_, _ = w.file.ReadAt(d.now[:min(int64(len(d.now)), q.Len)], q.Off)
		default:
			for i := range d.now {
				d.now[i] = byte(rng.Uint32())
			}
		}
		if _, err := w.file.WriteAt(d.now, off); err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

// round damages the image, asks all commands, and makes it good again.
func (w *hostileWalk) round(t *testing.T, name string, rng *rand.Rand) {
	list := w.damaged(t, rng)
	defer func() {
		for i := len(list) - 1; i >= 0; i-- {
			if _, err := w.file.WriteAt(list[i].was, list[i].off); err != nil {
				t.Fatal(err)
			}
		}
	}()
	for _, d := range list {
		name += fmt.Sprintf("\n%d: %x -> %x, %s", d.off, d.was, d.now, d.owner)
	}
	for _, args := range [][]string{
		{"inspect", w.bad}, {"inspect", w.bad, "--format", "json"},
		{"check", w.bad, "--lint-only"},
		{"diff", w.good, w.bad, "--times=all"}, {"diff", w.bad, w.good, "--format", "json"},
		{"diff", w.good, w.bad, "--html", w.page, "--force"},
		{"sbom", w.bad, "--format", "spdx"}, {"sbom", w.bad, "--format", "cyclonedx"},
	} {
		w.ask(t, name, w.bad, args)
	}
	for _, args := range held(w.kickstart, w.bad) {
		w.ask(t, name, w.bad, args)
	}
}

// held are the commands that hold an image against a kickstart file.
func held(ks, image string) [][]string {
	return [][]string{
		{"check", image, "--lint-only", "--kickstart", ks, "--all-statements"}, {"check", image, "--lint-only", "--kickstart", ks, "--format", "json"},
		{"kickstart", "plan", ks, image}, {"kickstart", "plan", ks, image, "--format", "json"},
	}
}

// kickstartRound damages the kickstart file, and asks the commands that read one.
func (w *hostileWalk) kickstartRound(t *testing.T, name, bad string, rng *rand.Rand) {
	text := damagedText([]byte(secretFree), rng)
	if err := os.WriteFile(bad, text, 0o600); err != nil {
		t.Fatal(err)
	}
	name += fmt.Sprintf("\n%q", text)
	all := [][]string{
		{"kickstart", "show", bad, "--flatten"}, {"kickstart", "show", bad, "--format", "json"}, {"kickstart", "check", bad}, {"kickstart", "check", bad, "--format", "json"},
		{"kickstart", "show", bad, "--version", fmt.Sprintf("RHEL%d", 5+rng.IntN(5))},
	}
	for _, args := range append(all, held(bad, w.good)...) {
		w.ask(t, name, "bad.ks", args)
	}
}

// damagedText changes some places of a text: bytes, lines, words of others.
func damagedText(text []byte, rng *rand.Rand) []byte {
	for range 1 + rng.IntN(5) {
		at := rng.IntN(len(text))
		n := min(1+rng.IntN(20), len(text)-at)
		var now []byte
		switch rng.IntN(5) {
		case 0:
			now = []byte{byte(rng.Uint32())}
		case 1: // nothing
		case 2:
			from := rng.IntN(len(text))
			now = text[from:min(len(text), from+1+rng.IntN(60))]
		case 3:
			now = bytes.Repeat([]byte([]string{"(", "$(", "'", "\"", "<<E\n", "a=$a$a\n", "{a,b}", "%include bad.ks\n", "\x1b[31m", "\u202e", "%end\n", "--x=", "\\"}[rng.IntN(13)]), 1+rng.IntN(300))
		default:
			now = []byte([]string{"%post\n", "%packages\n", "if ", "&& ", "; done\n", "EOF\n", "sed -i 's/a/b/' /etc/passwd\n", "-1", "99999999999999999999"}[rng.IntN(9)])
		}
		text = slices.Concat(text[:at], now, text[at+n:])
	}
	return text
}

// ask runs a command. An error of it has to say where: one of the image, or of the kickstart file.
func (w *hostileWalk) ask(t *testing.T, name, where string, args []string) {
	hang := time.AfterFunc(maxWait, func() { panic(fmt.Sprintf("%s\n%s does not end", name, args)) })
	defer hang.Stop()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("%s\n%s: panic: %v\n%s", name, args, r, debug.Stack())
		}
	}()
	debug.FreeOSMemory()
	resetPeak()
	var out, errs bytes.Buffer
	code := run(context.Background(), args, stdio{in: strings.NewReader(""), out: &out, err: &errs})
	if peak := peakMemory(); peak > maxPeak {
		t.Errorf("%s\n%s: %d MiB of memory", name, args, peak>>20)
	}
	isJSON := strings.Contains(strings.Join(args, " "), "--format")
	switch {
	case code != exitDone && code != exitFindings && code != exitFailed:
		t.Errorf("%s\n%s: exit %d", name, args, code)
	case code == exitFailed && (strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), where)):
		t.Errorf("%s\n%s: not one line that says where:\n%s", name, args, errs.String())
	case code != exitFailed && isJSON && !json.Valid(out.Bytes()):
		t.Errorf("%s\n%s: not JSON: %.2000q", name, args, out.String())
	}
	if bad := steering(out.String()); bad != "" && !isJSON {
		t.Errorf("%s\n%s: what an image holds can steer a terminal: %q", name, args, bad)
	}
	if bad := steering(errs.String()); bad != "" {
		t.Errorf("%s\n%s: what an image holds can steer a terminal: %q", name, args, bad)
	}
}

// steering is a line with something that a terminal obeys.
func steering(text string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		line = strings.TrimSuffix(line, "\r")
		for at := 0; at < len(line); {
			r, n := utf8.DecodeRuneInString(line[at:])
			if c := line[at]; r == utf8.RuneError && n == 1 && c < 0xa0 || unicode.IsControl(r) && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
				return line
			}
			at += n
		}
	}
	return ""
}

// resetPeak makes the kernel measure the peak of memory anew; where it does not, the
// peak is that of all rounds, which has the same bound.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

func peakMemory() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	f := strings.Fields(rest)
	if len(f) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(f[0], 10, 64)
	return n << 10
}

// called runs the program in this process.
func called(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := run(context.Background(), args, stdio{in: strings.NewReader(""), out: &out, err: &out})
	return code, out.String()
}

// hostileTree is the sample's tree with one of each thing that has a reader here.
func hostileTree(t *testing.T, dir string) string {
	t.Helper()
	rpm, tree := filepath.Join(dir, "sample.rpm"), filepath.Join(dir, "tree")
	for _, args := range [][]string{{"sample", "-o", rpm}, {"get", rpm, "/", "-o", tree}} {
		if code, out := called(t, args...); code != 0 {
			t.Fatalf("%s: exit %d\n%s", args, code, out)
		}
	}
	// The initramfs fills most of it with zeros.
	images, err := filepath.Glob(tree + "/boot/initramfs-*")
	if err != nil || len(images) == 0 {
		t.Fatal(err, "no initramfs")
	}
	// Many small files would be most of what there is to choose from: their folder counts.
	pages, err := filepath.Glob(tree + "/usr/share/sample-pages/page-*.txt")
	if err != nil || len(pages) == 0 {
		t.Fatal(err, "no large folder")
	}
	for _, p := range pages[1:] {
		if err := errors.Join(os.Remove(p), os.Link(pages[0], p)); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.ReadFile("/bin/true")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	files := map[string]string{
		"etc/os-release":                                    "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME='Debian 12'\n",
		"etc/debian_version":                                "12.5\n",
		"etc/shadow":                                        "root:$6$rounds=5000$abcdefgh$" + strings.Repeat("x", 86) + ":19000:0:99999:7:::\nbin:*:1::::::\n",
		"etc/sudoers.d/more":                                "User_Alias A = servo, %wheel\nCmnd_Alias C = /usr/sbin/haproxy, !/bin/sh\nDefaults:A !requiretty\nA ALL=(ALL:ALL) NOPASSWD: C\n#includedir /etc/sudoers.d\n",
		"etc/ssh/sshd_config.d/a.conf":                      "Match User servo Address 10.0.0.0/8\n\tPasswordAuthentication yes\nInclude /etc/ssh/sshd_config.d/*.conf\n",
		"etc/cron.d/more":                                   "SHELL=/bin/sh\n*/5 * * * 1-5 root /usr/bin/python -m x\n@reboot root true\n",
		"etc/fstab":                                         "LABEL=lb-root / ext3 defaults 1 1\nUUID=bf7ce1e1-c1c2-8644-ac7c-561aac7479d3 /mnt auto noauto 0 0\n/swap none swap sw 0 0\n",
		"etc/sysctl.d/10-more.conf":                         "net.ipv4.ip_forward = 1\n-kernel.x=2\n",
		"etc/ld.so.conf":                                    "include /etc/ld.so.conf.d/*.conf\n/opt/lib\n",
		"etc/ld.so.conf.d/a.conf":                           "/usr/local/lib\ninclude /etc/ld.so.conf\n",
		"etc/systemd/system/a.service":                      "[Unit]\nAfter=b.service\n[Service]\nExecStart=/usr/bin/true\n[Install]\nWantedBy=multi-user.target\nAlias=c.service\n",
		"boot/grub2/grub.cfg":                               "set default=\"${saved_entry}\"\nif [ x$a = xb ]; then set b=c; else set b=d; fi\nfunction f { load_video\n }\nsubmenu 'more' { menuentry 'a' --class x { f; linux /boot/vmlinuz-1 root=LABEL=lb-root ${b}\n initrd /boot/initrd-1\n } }\n",
		"boot/grub2/grubenv":                                "# GRUB Environment Block\nsaved_entry=0\n" + strings.Repeat("#", 900),
		"boot/loader/entries/a.conf":                        "title a\nversion 1\nlinux /vmlinuz-1\ninitrd /initrd-1\noptions $kernelopts root=LABEL=lb-root\n",
		"var/lib/dpkg/status":                               "Package: haproxy\nStatus: install ok installed\nVersion: 2.6.12-1+deb12u1\nArchitecture: amd64\nMaintainer: A <a@b.c>\nDepends: libc6 (>= 2.36), adduser | x\nDescription: a\n b\nConffiles:\n /etc/a 0123456789abcdef0123456789abcdef\n\nPackage: boto\nStatus: install ok installed\nVersion: 2.8.0\nArchitecture: all\nDescription: b\n",
		"var/lib/dpkg/info/haproxy.list":                    "/.\n/usr\n/usr/sbin\n/usr/sbin/haproxy\n",
		"var/lib/dpkg/info/haproxy.md5sums":                 "d41d8cd98f00b204e9800998ecf8427e  usr/sbin/haproxy\n",
		"var/lib/dpkg/diversions":                           "/bin/a\n/bin/b\nhaproxy\n",
		"usr/share/doc/haproxy/copyright":                   "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+\n",
		"usr/lib/python3/dist-packages/a.pyc":               "\xa7\x0d\x0d\x0a\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08code",
		"usr/lib/python3/boto-1.egg-info":                   "Metadata-Version: 1.1\nName: boto\nVersion: 2.49.0\n",
		"usr/bin/elf":                                       string(self),
		"usr/share/a.gz":                                    gzipped(t, []byte("a text\nof lines\n")),
		"usr/share/b.tar.gz":                                gzipped(t, tarred(t)),
		"usr/share/c.zip":                                   zipped(t),
		"usr/share/d.cpio":                                  "070701" + strings.Repeat("0", 8*11) + "0000000B" + "00000000" + "TRAILER!!!\x00\x00\x00\x00",
		"etc/selinux/targeted/contexts/files/file_contexts": "/etc/.* system_u:object_r:etc_t:s0\n/usr/(.*/)?bin(/.*)? system_u:object_r:bin_t:s0\n",
		images[0][len(tree)+1:]:                             gzipped(t, []byte("070701"+strings.Repeat("0", 8*11)+"0000000B"+"00000000"+"TRAILER!!!\x00\x00\x00\x00")),
	}
	for name, text := range files {
		path := filepath.Join(tree, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func gzipped(t *testing.T, text []byte) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func tarred(t *testing.T) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{{Name: "a", Size: 3, Mode: 0o644}, {Name: strings.Repeat("long/", 40) + "b", Typeflag: tar.TypeSymlink, Linkname: "../a"}} {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "abc"[:h.Size]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t *testing.T) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("a/b.txt")
	if err == nil {
		_, err = io.WriteString(w, strings.Repeat("text ", 100))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// secretFree is a kickstart file with something of all that is held against an image.
const secretFree = `#version=RHEL6
install
url --url=http://mirror/os
repo --name=updates --baseurl=http://mirror/updates
lang en_US.UTF-8
keyboard us
timezone --utc Etc/UTC
rootpw --lock
selinux --disabled
firewall --disabled
services --enabled=ntpd,sshd --disabled=iptables
bootloader --location=mbr --append="console=ttyS0,115200n8" --timeout=3
network --bootproto=dhcp --device=eth0 --onboot=on --hostname=lb
part / --size=60 --grow --fstype ext3 --label=lb-root
user --name=servo --groups=wheel --shell=/bin/sh
group --name=admins --gid=400
auth --useshadow --passalgo=sha512
firstboot --disabled
poweroff
%packages --nobase
@core
ntp
haproxy
-sendmail
-a*
%end
%pre
echo "part /boot --size=100" > /tmp/parts
%end
%post --erroronfail
NAME=lb-servo
mkdir -p /etc/$NAME/{a,b}
cat > /etc/$NAME/haproxy.conf << EOF
name = $NAME
EOF
cat >> /etc/sysconfig/network << 'EOF'
NOZEROCONF=yes
EOF
sed -i -e 's/^\(timeout\)=.*/\1=5/' -e '/^#/d' /boot/grub/grub.conf
sed -i 's/^PasswordAuthentication.*/PasswordAuthentication no/' /etc/ssh/sshd_config
for f in a b; do echo "$f" >> /etc/motd; ln -sf /etc/motd /etc/$NAME/$f/motd; done
if [ -f /etc/issue ]; then rm -f /etc/issue; else touch /etc/issue.net; fi
chmod 600 /etc/shadow && chown root:root /etc/shadow
case "$NAME" in lb-*) echo yes > /etc/yes;; *) false;; esac
useradd -r -G wheel -s /sbin/nologin agent || exit 1
passwd -l root
chkconfig ntpd on
rm -f /etc/ssh/ssh_host_*
cp /etc/motd /etc/motd.old; mv /etc/motd.old /root/
%end
`
