package report_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/page"
	"lbimage/imagebuild/report"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/sample"
	"lbimage/imagebuild/source"
	"lbimage/imagebuild/treediff"
	"lbimage/kickstart"
	"lbimage/overlay/selinux"
)

func size(n int64) *int64 { return &n }

var tags = regexp.MustCompile(`<[^>]*>`)

// text is what a page says, its words one blank apart.
func text(html string) string {
	_, html, _ = strings.Cut(html, "<body>")
	html = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&#34;", `"`, "&#39;", "'", "&#43;", "+").Replace(tags.ReplaceAllString(html, " "))
	return strings.Join(strings.Fields(html), " ")
}

func comparison(t *testing.T, sum compare.Summary, around []compare.Surrounding, list ...*treediff.Difference) string {
	t.Helper()
	c, err := report.NewComparison(report.Options{TempDir: t.TempDir(), Version: "1.2"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a := compare.Side{Name: "old/a b.tgz", Kind: source.KindTarball, Size: 2048, SHA256: "aa11", Warnings: []string{"odd \x1b[2J"}}
	b := compare.Side{Name: "b.rpm", Kind: source.KindRPM, Size: 5, SHA256: "bb22"}
	if err := c.Begin(a, b, around); err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if err := c.File(d); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := c.Write(&out, sum); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Each respect in which a path can differ is told, both sides of it.
func TestComparisonTellsEachAspect(t *testing.T) {
	a := &treediff.File{
		Type: "file", Mode: "0644", UID: 1, GID: 2, User: "u", Size: size(3), SHA256: "a0", Target: "ta", Device: "1:2", HardLink: "/ha",
		Flags: "i", Project: 1, Xattrs: []treediff.Xattr{{Name: "security.selinux", Value: "la"}, {Name: "user.a", Value: "xa"}},
	}
	b := &treediff.File{
		Type: "symlink", Mode: "4755", UID: 3, GID: 4, Group: "g", Size: size(5000), SHA256: "b0", Target: "tb", Device: "3:4",
		Project: 2, Xattrs: []treediff.Xattr{{Name: "security.selinux", Value: "lb"}, {Name: "user.b", Value: "xb"}},
	}
	got := text(comparison(t, compare.Summary{Around: 1, Summary: treediff.Summary{Compared: 9, Changed: 1, Aspects: map[treediff.Aspect]int{treediff.Mode: 1}}},
		[]compare.Surrounding{{Place: "root", What: "label", A: "<old>", B: ""}},
		&treediff.Difference{
			Path: "/x", Kind: treediff.Changed, A: a, B: b,
			Aspects: []treediff.Aspect{treediff.Type, treediff.Content, treediff.Mode, treediff.Owner, treediff.Target, treediff.Device, treediff.HardLink, treediff.Xattrs, treediff.Flags, treediff.Project},
		}))
	for _, want := range []string{
		"a b.tgz → b.rpm", "1 of 9 paths differ", "aa11", "bb22", `warning odd \x1b [2J`, "root label <old> nothing",
		"type file → symbolic link", "content 3 bytes, sha256 a0 → 5,000 bytes, sha256 b0", "mode 0644 → 4755", "owner 1:2 (u:2) → 3:4 (3:g)",
		"link target ta → tb", "device number 1:2 → 3:4", "hard links /ha → nothing", "security.selinux la → lb", "user.a xa → nothing", "user.b nothing → xb",
		"flags i → nothing", "quota project 1 → 2", "mode 1 path", "Written by lbimage 1.2",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
}

func TestComparisonOfSides(t *testing.T) {
	got := text(comparison(t, compare.Summary{Summary: treediff.Summary{Compared: 5, OnlyA: 1, OnlyB: 2, Changed: 1}}, nil,
		&treediff.Difference{Path: "/d", Kind: treediff.OnlyB, B: &treediff.File{Type: "dir", Mode: "0755", User: "root", Group: "root"}},
		&treediff.Difference{Path: "/d/new", Kind: treediff.OnlyB, B: &treediff.File{Type: "file", Mode: "0600", Size: size(4), SHA256: "cc"}, Lines: &treediff.Lines{OnlyB: 1}, Diff: "--- /dev/null\n+++ b/d/new\n@@ -0,0 +1 @@\n+<new>\n"},
		&treediff.Difference{Path: "/gone", Kind: treediff.OnlyA, A: &treediff.File{Type: "symlink", Mode: "0777", Target: "to"}},
		&treediff.Difference{Path: "/text", Kind: treediff.Changed, Aspects: []treediff.Aspect{treediff.Content}, A: &treediff.File{Type: "file"}, B: &treediff.File{Type: "file"}, Lines: &treediff.Lines{OnlyA: 1, OnlyB: 1},
			Diff: "--- a/text\n+++ b/text\n@@ -5 +5 @@\n-was\n+is\n" + strings.Repeat(" same\n", 500)}))
	for _, want := range []string{
		"d/ added folder, 0755, 0:0 (root:root) 2 added", "new added 4 bytes +1", "sha256 cc", "1 + <new>", "gone removed link to to", "link target to",
		"text changed content +1 −1", "5 - was", "5 + is", "more lines are left out. The whole: lbimage diff 'old/a b.tgz' b.rpm /text",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	if got := text(comparison(t, compare.Summary{Summary: treediff.Summary{Compared: 5}}, nil)); !strings.Contains(got, "No difference in 5 paths") {
		t.Error(got)
	}
}

// Members of archives stand below their archive, and are not counted among the paths.
func TestComparisonOfArchives(t *testing.T) {
	file := func(n int64) *treediff.File { return &treediff.File{Type: "file", Size: size(n), SHA256: "aa"} }
	changed := func(path, within string, in *treediff.Inside) *treediff.Difference {
		return &treediff.Difference{Path: path, Within: within, Kind: treediff.Changed, Aspects: []treediff.Aspect{treediff.Content}, A: file(1), B: file(2), Inside: in}
	}
	members := func(n int) *treediff.Inside {
		return &treediff.Inside{FormA: []string{"gzip", "cpio"}, FormB: []string{"gzip", "cpio"}, Members: &treediff.Members{Compared: 9, Changed: n}}
	}
	html := comparison(t, compare.Summary{Summary: treediff.Summary{Compared: 5, Changed: 3, Members: treediff.Members{Changed: 3}}}, nil,
		changed("/boot!/rd.img", "", members(2)),
		changed("/boot!/rd.img!/etc/a.tar", "/boot!/rd.img", members(1)),
		changed("/boot!/rd.img!/etc/a.tar!/x", "/boot!/rd.img!/etc/a.tar", nil),
		changed("/boot!/rd.img!/init", "/boot!/rd.img", &treediff.Inside{FormA: []string{"gzip", "text"}, FormB: []string{"xz", "text"}, Same: true, Note: "a note", Limit: "too deep",
			Facts: []treediff.Fact{{What: "gzip time", A: "1", B: "2"}}}),
		changed("/lib/x.so", "", &treediff.Inside{Facts: []treediff.Fact{{What: "build id", A: "aa", B: "bb"}}}),
		&treediff.Difference{Path: "/z", Kind: treediff.OnlyB, B: file(3)})
	got := text(html)
	for _, want := range []string{
		"boot!/rd.img!/ changed content, 2 of 9 members differ 1 changed", "form gzip, cpio", "etc/a.tar!/ changed content, 1 of 9 members differ 2 changed", "x changed content",
		"init changed content, the same, packed differently", "form gzip, text → xz, text", "gzip time 1 → 2", "a note", "Compared byte by byte: too deep",
		"lib/x.so changed content", "build id aa → bb", "z added",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
}

func TestComparisonOfPackagesAndDisk(t *testing.T) {
	c, err := report.NewComparison(report.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, err := range []error{
		c.Begin(compare.Side{Name: "a"}, compare.Side{Name: "b"}, nil),
		c.Packages(compare.Packages{
			A: compare.PackageList{Manager: "rpm", Path: "/var/lib/rpm/Packages", Format: "bdb", Count: 300, Notes: []string{"odd"}}, B: compare.PackageList{Manager: "dpkg", Path: "/var/lib/dpkg/status", Count: 1},
			Changes: []compare.PackageChange{{Kind: compare.Upgraded, Name: "bash", Arch: "x86_64", ArchA: "i686", A: "1-1", B: "1-2"}, {Kind: compare.Removed, Name: "<gone>", A: "3"}},
		}),
		c.Disk(compare.DiskDifference{Structure: "superblock", What: "Last write time", A: "x", B: "y", Bytes: 4, First: 1 << 20}),
		c.Disk(compare.DiskDifference{Structure: "block bitmap", Bytes: 12, Count: 96, Unit: "bits", Groups: "0, 3-7", First: 5000, Note: "it follows"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var html bytes.Buffer
	if err := c.Write(&html, compare.Summary{Packages: 2, DiskBytes: 16, Summary: treediff.Summary{Compared: 3}}); err != nil {
		t.Fatal(err)
	}
	got := text(html.String())
	for _, want := range []string{
		"A 300 packages of rpm, bdb /var/lib/rpm/Packages", "B 1 package of dpkg, /var/lib/dpkg/status", "A: odd", "bash.x86_64 upgraded 1-1 (i686) 1-2", "<gone> removed 3 nothing",
		"superblock Last write time x y 4 bytes, from byte 1,048,576", "block bitmap it follows 12 bytes in 96 bits, from byte 5,000, groups 0, 3-7", "packages 2", "on the disk 16 bytes",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
}

// made customizes a sample image and gives its page with what it was made from.
func made(t *testing.T, plan bool) (string, []*imagebuild.Finished) {
	t.Helper()
	dir := t.TempDir()
	base := filepath.Join(dir, "base.rpm")
	f, err := os.Create(base)
	if err != nil {
		t.Fatal(err)
	}
	if err := sample.Write(t.Context(), f, sample.Options{TempDir: dir}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var html bytes.Buffer
	var seen []*imagebuild.Finished
	job := imagebuild.Job{
		Source: base, Output: filepath.Join(dir, "out.tgz"), Version: "test",
		Request: request.Request{Timeouts: []request.Setting{{Name: "client", Value: "2m"}}, Sysctls: []request.Setting{{Name: "net.ipv4.ip_forward", Value: "1"}}},
	}
	job.HAProxy.LintOnly = true
	build := func(outcome report.Outcome) func(context.Context, io.Writer, []*imagebuild.Finished) error {
		return func(ctx context.Context, w io.Writer, all []*imagebuild.Finished) error {
			seen = all
			return report.Build(ctx, io.MultiWriter(w, &html), all, outcome, report.Options{TempDir: dir, Version: "test"})
		}
	}
	if plan {
		job.Preview = func(ctx context.Context, all []*imagebuild.Finished) error {
			rec := all[0].Record
			rec.Overrides = []check.Override{{Rule: "some-rule", Severity: "off", Reason: "<because>"}}
			all[0].Kickstart = &imagebuild.Conformity{
				File: "lb.ks", Version: "RHEL6", Count: conformance.Counts{Holds: 1, DoesNotHold: 1, CannotBeTold: 1},
				Statements: []conformance.Statement{
					{Place: kickstart.Place{File: "lb.ks", Line: 7}, About: "SELinux", Verdict: conformance.DoesNotHold, Want: "<enforcing>", Has: "disabled", Path: "/etc/selinux/config", Line: 2, Why: "no policy"},
					{Place: kickstart.Place{File: "lb.ks", Line: 8}, About: "group core", Verdict: conformance.CannotBeTold, Want: "installed", Why: "its repository knows"},
					{Place: kickstart.Place{File: "lb.ks", Line: 9}, About: "keyboard", Verdict: conformance.Holds, Want: "us", Has: "us", Path: "/etc/vconsole.conf"},
				},
			}
			rec.SELinux = &selinux.Report{Given: 1, Inherited: 2, Unlabelled: 3}
			rec.Findings = append(rec.Findings, check.Finding{Severity: check.SeverityWarning, Path: "/x", Line: 3, Rule: "file-system", Message: "<odd>", Hint: "mend it"})
			for _, severity := range []check.Severity{check.SeverityWarning, check.SeverityError} { // the error is no excuse: strict
				rec.Findings = append(rec.Findings, check.Finding{Severity: severity, Path: "/etc/old", Rule: "logs", Message: "an old " + string(severity), Inherited: true})
			}
			all[0].Findings = append(all[0].Findings, check.Finding{Severity: check.SeverityError, Rule: "by-haproxy", Message: "will not start"})
			return build(report.Planned)(ctx, io.Discard, all)
		}
		_, err = imagebuild.Plan(t.Context(), job)
	} else {
		job.Shared = []imagebuild.Shared{{Role: imagebuild.RoleReport, Path: filepath.Join(dir, "out.html"), Write: build(report.Built)}}
		_, err = imagebuild.Customize(t.Context(), job)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !plan {
		file, err := os.ReadFile(filepath.Join(dir, "out.html"))
		if err != nil || string(file) != html.String() {
			t.Errorf("the page is not the file: %v", err)
		}
	}
	return html.String(), seen
}

func TestBuild(t *testing.T) {
	html, all := made(t, false)
	got := text(html)
	rec := all[0].Record
	for _, want := range []string{
		"Build out.tgz Built: 1 image", rec.Source.SHA256, rec.Output.SHA256, "out.tgz.json", "time-out client = 2m", "sysctl net.ipv4.ip_forward = 1",
		"timeout client 2m", "effective, new", "partition 1, the root: ext3", "/etc/sysctl.conf", "the file system’s own structures", rec.Output.SHA256 + " out.tgz",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	// What the changed blocks are said to hold adds up to what has changed.
	_, list, _ := strings.Cut(html, "What the changed blocks hold")
	sum := int64(0)
	for _, m := range regexp.MustCompile(`<td data-head="Changed" class="code">(\d+) KiB</td>`).FindAllStringSubmatch(list, -1) {
		for n := range strings.SplitSeq(m[1], ",") {
			k := int64(0)
			for _, r := range n {
				k = 10*k + int64(r-'0')
			}
			sum += k << 10
		}
	}
	if sum != rec.Changed.Bytes || sum == 0 {
		t.Errorf("%d bytes are explained, %d have changed", sum, rec.Changed.Bytes)
	}
	info := all[0].Source.Root.FS.Info()
	if free := page.Size(int64(info.FreeBlocks) * int64(info.BlockSize)); !strings.Contains(got, "free "+free) {
		t.Errorf("%s are free", free)
	}
	again, _ := made(t, false)
	if again != html {
		t.Error("the same build gives another page")
	}
}

func TestPlan(t *testing.T) {
	html, all := made(t, true)
	got := text(html)
	for _, want := range []string{"Plan: with 2 errors nothing would be written; 2 findings of the source’s own Summary", all[0].Record.Source.SHA256, "timeout client 2m", "Root file system",
		"some-rule off <because>", "SELinux: 1 new path got the label that the image’s policy has for them, 2 that of their folder, 3 none.",
		"what it says 1 hold, 1 do not, 1 cannot be told", "lb.ks:7 SELinux <enforcing> disabled (no policy) /etc/selinux/config:2", "1 statement that cannot be told",
		"lb.ks:8 group core installed its repository knows", "lb.ks:9 keyboard us /etc/vconsole.conf",
		"warning <odd> /x:3 To mend it: mend it Rule file-system :", "error will not start",
		"2 findings of the source’s own, which this build leaves as they were Warnings warning an old warning /etc/old"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	for _, not := range []string{"How to verify", "Outputs", "sha256sum"} {
		if strings.Contains(got, not) {
			t.Errorf("%q is on the page of a plan", not)
		}
	}
}
