package selinux_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"lbimage/overlay/selinux"
	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// judge finds a program that judges a test.
var judge = needs.Program

// matchpathcon asks the real one for the labels of paths of a type. files are those of a policy, by their ends.
func matchpathcon(t *testing.T, files map[string]string, kind string, paths []string) []string {
	t.Helper()
	program := judge(t, "matchpathcon")
	main := filepath.Join(t.TempDir(), "file_contexts")
	for ext, text := range files {
		if err := os.WriteFile(main+ext, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for batch := range slices.Chunk(paths, 5000) {
		args := append([]string{"-n", "-m", kind, "-f", main}, batch...)
		text, err := exec.Command(program, args...).Output()
		if err != nil {
			if _, ok := err.(*exec.ExitError); !ok || len(text) == 0 {
				t.Fatalf("matchpathcon: %v: %s", err, text)
			}
		}
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		if len(lines) != len(batch) {
			t.Fatalf("matchpathcon gives %d lines for %d paths", len(lines), len(batch))
		}
		out = append(out, lines...)
	}
	return out
}

// load puts a policy into a tree and reads it there.
func load(t testing.TB, files map[string]string) *selinux.Contexts {
	t.Helper()
	tree := map[string]string{}
	for ext, text := range files {
		tree[strings.TrimPrefix(selinux.ContextsPath("test"), "/")+ext] = text
	}
	c, err := selinux.Load(treetest.Fill(tree), "test")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var types = map[string]fs.FileMode{
	"file": 0, "dir": fs.ModeDir, "lnk_file": fs.ModeSymlink, "chr_file": fs.ModeDevice | fs.ModeCharDevice,
	"blk_file": fs.ModeDevice, "fifo_file": fs.ModeNamedPipe, "sock_file": fs.ModeSocket,
}

// typeNames are those of matchpathcon -m.
var typeNames = map[string]string{"fifo_file": "pipe"}

// compare holds our labels against matchpathcon's.
func compare(t *testing.T, files map[string]string, paths []string, kinds ...string) {
	t.Helper()
	c := load(t, files)
	wrong := 0
	for _, kind := range kinds {
		name := kind
		if n, ok := typeNames[kind]; ok {
			name = n
		}
		theirs := matchpathcon(t, files, name, paths)
		for i, p := range paths {
			ours, ok := c.Lookup(p, types[kind]|0o644)
			if !ok {
				ours = "<<none>>"
			}
			if ours != theirs[i] {
				if wrong++; wrong <= 20 {
					t.Errorf("%s %q: %s, matchpathcon says %s", kind, p, ours, theirs[i])
				}
			}
		}
	}
	if wrong > 20 {
		t.Errorf("%d in all", wrong)
	}
	for _, s := range c.Skipped() {
		t.Logf("left out: %v", s)
	}
}

// rules has one of each rule, in the manner of EL6.
var rules = map[string]string{
	"": `
# comment
/.*	system_u:object_r:default_t:s0
/	-d	system_u:object_r:root_t:s0
/bin/.*	system_u:object_r:bin_t:s0
/etc/.*	system_u:object_r:etc_t:s0
/usr/.*	system_u:object_r:usr_t:s0
/usr/(.*/)?bin(/.*)?	system_u:object_r:bin_t:s0
/usr/(.*/)?lib(/.*)?	system_u:object_r:lib_t:s0
   /etc/shadow.*   --   system_u:object_r:shadow_t:s0   and more
/etc/gshadow	-l	system_u:object_r:gshadow_link_t:s0
/etc/rc\.d/init\.d/.*	--	system_u:object_r:initrc_exec_t:s0
/etc/passwd	--	system_u:object_r:passwd_file_t:s0
/etc/pass.*	system_u:object_r:later_t:s0
/dev/.*	system_u:object_r:device_t:s0
/dev/sd[^/]*	-b	system_u:object_r:fixed_disk_device_t:s0
/dev/null	-c	system_u:object_r:null_device_t:s0
/dev/log	-s	system_u:object_r:devlog_t:s0
/dev/initctl	-p	system_u:object_r:initctl_t:s0
/proc/.*	<<none>>
/tmp/.*	<<none>>
/tmp	-d	system_u:object_r:tmp_t:s0-s15:c0.c1023
/var/(lib|cache)/[a-c]{1,2}x?(/.*)?	system_u:object_r:var_x_t:s0
/srv/([^/]*/)?www(/.*)?	system_u:object_r:httpd_sys_content_t:s0
/lib/colo?r+/a\+b\.so(\.[^/]*)*	--	system_u:object_r:textrel_shlib_t:s0
/opt/.*\.so	system_u:object_r:so_t:s0
`,
	".homedirs": "/home/[^/]*	-d	system_u:object_r:user_home_dir_t:s0\n/home/[^/]*/.+	system_u:object_r:user_home_t:s0\n/root(/.*)?	system_u:object_r:admin_home_t:s0\n",
	".local":    "/etc/app/.*	system_u:object_r:app_t:s0\n/root/\\.ssh	system_u:object_r:ssh_home_t:s0\n/var/lib/servo(/.*)?	system_u:object_r:servo_t:s0\n",
	".subs_dist": "# aliases\n/run /var/run\n/usr/lib64 /usr/lib\n/lib64 /lib\n/new/root /first\n/new /second\n/new/root /etc\n" +
		"/var/run /var/lib/servo\n/onlyone\n",
	".subs": "/export /\n/data /run\n",
}

var asked = []string{
	"/", "/x", "/bin", "/bin/ls", "/usr", "/usr/x", "/usr/bin", "/usr/local/bin/tool", "/usr/binx", "/usr/lib64/libc.so", "/usr/lib/a/b",
	"/etc", "/etc/passwd", "/etc/passwd-", "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/rc.d/init.d/ntpd", "/etc/rcxd/init.d/ntpd",
	"/dev/sda", "/dev/sda/x", "/dev/null", "/dev/log", "/dev/initctl", "/proc/1", "/tmp", "/tmp/a", "/var/lib/ax", "/var/cache/bc/x", "/var/lib/bcd",
	"/srv/www", "/srv/a/www/x", "/srv/a/b/www", "/lib/color/a+b.so", "/lib/colrrr/a+b.so.1.2", "/lib64/colorr/a+b.so", "/lib/colo/a+b.so",
	"/home/u", "/home/u/x/y", "/root", "/root/.ssh", "/root/x", "/etc/app", "/etc/app/x", "/run", "/run/x", "/run/servo", "/runs", "/var/run/x", "/data/x", "/data",
	"/export", "/export/etc/passwd", "/new/root/passwd", "/new/x", "/new/root", "/onlyone/x", "/etc//passwd", "/opt/ä.so", "/opt/a\nb.so", "/opt/x y.so",
}

func TestRulesAgainstMatchpathcon(t *testing.T) {
	compare(t, rules, asked, "file", "dir", "lnk_file", "chr_file", "blk_file", "fifo_file", "sock_file")
}

// policy is the reference policy as Debian ships it.
const policy = "/etc/selinux/default/contexts/files/file_contexts"

func realPolicy(t testing.TB) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, ext := range []string{"", ".homedirs", ".local", ".subs", ".subs_dist"} {
		text, err := os.ReadFile(policy + ext)
		if err == nil {
			files[ext] = string(text)
		}
	}
	if files[""] == "" {
		needs.Missing(t, "the package selinux-policy-default is not installed")
	}
	return files
}

// sample gives a text that a pattern matches, near the edges of what it allows.
func sample(r *rand.Rand, re *syntax.Regexp, b *strings.Builder) {
	times := func(lo, hi int) {
		for range lo + r.IntN(hi-lo+1) {
			sample(r, re.Sub[0], b)
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte("ax.-/"[r.IntN(5)])
	case syntax.OpCharClass:
		n := 2 * r.IntN(len(re.Rune)/2)
		c := re.Rune[n]
		if re.Rune[n+1] > c && c < ' ' {
			c = min(re.Rune[n+1], 'k')
		}
		if c < ' ' || c > '~' {
			c = 'q'
		}
		b.WriteRune(c)
	case syntax.OpStar:
		times(0, 2)
	case syntax.OpPlus:
		times(1, 2)
	case syntax.OpQuest:
		times(0, 1)
	case syntax.OpRepeat:
		times(re.Min, max(re.Max, re.Min))
	case syntax.OpConcat, syntax.OpCapture:
		for _, s := range re.Sub {
			sample(r, s, b)
		}
	case syntax.OpAlternate:
		sample(r, re.Sub[r.IntN(len(re.Sub))], b)
	}
}

// samples are paths that the policy's own patterns match, and near misses.
func samples(t testing.TB, files map[string]string, each int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for _, ext := range []string{"", ".homedirs", ".local"} {
		for line := range strings.Lines(files[ext]) {
			f := strings.Fields(line)
			if len(f) < 2 || f[0][0] == '#' {
				continue
			}
			re, err := syntax.Parse(f[0], syntax.Perl|syntax.DotNL)
			if err != nil {
				t.Logf("%s: %v", f[0], err)
				continue
			}
			for range each {
				var b strings.Builder
				sample(r, re, &b)
				p := b.String()
				if !strings.HasPrefix(p, "/") {
					continue
				}
				seen[p] = true
				switch r.IntN(5) {
				case 0:
					seen[p+"x"] = true
				case 1:
					seen[p+"/sub"] = true
				case 2:
					seen[p[:1+r.IntN(len(p))]] = true
				}
			}
		}
	}
	var out []string
	for p := range seen {
		if len(p) < 1000 {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// On thousands of paths the answers are matchpathcon's.
func TestPolicyAgainstMatchpathcon(t *testing.T) {
	judge(t, "matchpathcon")
	files := realPolicy(t)
	paths := samples(t, files, 1)
	t.Logf("%d paths", len(paths))
	if len(paths) < 5000 {
		t.Errorf("only %d paths", len(paths))
	}
	compare(t, files, paths, "file", "dir", "lnk_file")
}

// A thousand files are labelled in no time, the first of them included.
func BenchmarkThousandFiles(b *testing.B) {
	files := realPolicy(b)
	paths := samples(b, files, 1)
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	paths = paths[:1000]
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			load(b, files)
		}
	})
	b.Run("load and look up", func(b *testing.B) {
		for b.Loop() {
			c := load(b, files)
			for _, p := range paths {
				c.Lookup(p, 0)
			}
		}
	})
}

func ExampleContexts_Lookup() {
	image := treetest.Fill(map[string]string{
		"etc/selinux/targeted/contexts/files/file_contexts": "/etc/.*	system_u:object_r:etc_t:s0\n/etc/haproxy(/.*)?	system_u:object_r:haproxy_etc_t:s0\n",
	})
	contexts, err := selinux.Load(image, "targeted")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(contexts.Lookup("/etc/haproxy/haproxy.cfg", 0))
	// Output: system_u:object_r:haproxy_etc_t:s0 true
}
