package rpmout

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lbimage/tests/needs"
)

// differs are the tags in which rpmbuild's package may differ from ours.
var differs = map[string]string{
	// What follows from the headers' own layout.
	"HEADERIMMUTABLE": "the header's own bytes", "HEADERSIGNATURES": "the signature header's own bytes",
	"SHA1HEADER": "a digest of the header", "SHA256HEADER": "a digest of the header", "SIGMD5": "a digest of header and payload",
	"SIGSIZE": "the size of header and payload", "LONGSIGSIZE": "the size of header and payload",
	"HDRID": "a digest of the header", "PKGID": "a digest of header and payload",
	"RESERVEDSPACE": "room for a signature, which rpmsign makes where it is missing",
	"PAYLOADDIGEST": "inodes and links of the cpio entries differ", "PAYLOADDIGESTALT": "younger than what reads our packages",
	// What tells of the machine and the rpm that built it.
	"COOKIE": "host and time of the build", "RPMVERSION": "no rpm has built it", "OPTFLAGS": "nothing was compiled",
	"PLATFORM": "nothing was compiled", "FILEINODES": "of the machine", "FILEDEVICES": "of the machine",
	"SOURCEPKGID": "there is no source package", "MODULARITYLABEL": "", "FILENLINKS": "follows from inodes",
	// What rpmbuild finds out about contents; rpm asks it for 32-bit libraries alone.
	"FILECLASS": "what file(1) says", "CLASSDICT": "what file(1) says", "FILECOLORS": "no file is a program",
	"FILEDEPENDSX": "which file asks for what", "FILEDEPENDSN": "which file asks for what", "DEPENDSDICT": "which file asks for what",
	"FILEREQUIRE": "which file asks for what", "FILEPROVIDE": "which file asks for what",
	"DBINSTANCE": "of an installed package", "HEADERCOLOR": "no file is a program",
	// Dependencies are compared without their order and what they are for.
	"REQUIRENAME": "order", "REQUIREVERSION": "order", "REQUIREFLAGS": "order", "REQUIRENEVRS": "order", "REQUIRES": "order",
	"PROVIDENAME": "order", "PROVIDEVERSION": "order", "PROVIDEFLAGS": "order", "PROVIDENEVRS": "order", "PROVIDES": "order",
	"P": "order", "R": "order",
	// Of folders they are what the machine's file system says.
	"FILESIZES": "", "LONGFILESIZES": "", "FILEMTIMES": "",
	// rpm sets this one, from the order of files in the archive.
	"ARCHIVESIZE": "", "LONGARCHIVESIZE": "",
}

// allTags gives the values of every tag that rpm knows, by tag.
func allTags(t testing.TB, path string) map[string]string {
	t.Helper()
	const mark = "\x1e"
	var format strings.Builder
	var names []string
	for _, tag := range strings.Fields(run(t, "rpm", "--querytags")) {
		names = append(names, tag)
		fmt.Fprintf(&format, "[%%{%s},]%s", tag, mark)
	}
	values := strings.Split(run(t, "rpm", "-qp", "--qf", format.String(), path), mark)
	out := map[string]string{}
	for i, name := range names {
		out[name] = values[i]
	}
	return out
}

// compareTags tells where two packages differ, but for what may.
func compareTags(t *testing.T, ours, theirs string) {
	t.Helper()
	a, b := allTags(t, ours), allTags(t, theirs)
	compared := 0
	for tag, want := range b {
		if _, may := differs[tag]; may {
			continue
		}
		compared++
		if a[tag] != want {
			t.Errorf("%s is %q, of rpmbuild %q", tag, a[tag], want)
		}
	}
	if compared < 100 {
		t.Errorf("only %d tags were compared", compared)
	}
	files := func(path string) string {
		var out []string
		for line := range strings.Lines(run(t, "rpm", "-qp", "--qf", "[%{FILEMODES:perms} %{FILENAMES} %{FILESIZES} %{FILEMTIMES}\n]", path)) {
			if line[0] != 'd' {
				out = append(out, line)
			}
		}
		return strings.Join(out, "")
	}
	if got, want := files(ours), files(theirs); got != want {
		t.Errorf("files are\n%sof rpmbuild\n%s", got, want)
	}
	for _, what := range []string{"--requires", "--provides", "--conflicts", "--obsoletes"} {
		sorted := func(path string) []string {
			lines := strings.Split(run(t, "rpm", "-qp", what, path), "\n")
			slices.Sort(lines)
			return lines
		}
		if got, want := sorted(ours), sorted(theirs); !slices.Equal(got, want) {
			t.Errorf("rpm -qp %s: %q, of rpmbuild %q", what, got, want)
		}
	}
}

// TestAsRpmbuild: a package of a tarball and of files has every tag that rpmbuild gives it by the spec.
func TestAsRpmbuild(t *testing.T) {
	needs.Programs(t, "rpm")
	for _, devel := range []bool{false, true} {
		theirs := rpmbuild(t, devel, "", "")
		o := parts(t)
		o.Development = devel
		o.URL, o.Vendor, o.Packager, o.Release = "http://example.com/", "Example", "A B <a@example.com>", "0.212.el6"
		d := draft(t, ofTarball(), o)
		base := ofPackage(t, theirs)
		d.spec.Changelog = base.Package.Changelog // a package of a tarball has none
		compareTags(t, pack(t, d), theirs)
		if want := theirs[strings.LastIndex(theirs, "/")+1:]; d.FileName() != want {
			t.Errorf("it is called %s, by rpmbuild %s", d.FileName(), want)
		}
	}
}

// TestFollowsRpmbuild: a package that follows another has every tag of it.
func TestFollowsRpmbuild(t *testing.T) {
	needs.Programs(t, "rpm")
	extra := "mkdir -p %{buildroot}/etc/lb %{buildroot}/var/log\necho a=b >%{buildroot}/etc/lb/lb.conf\nln -s lb.conf %{buildroot}/etc/lb/link\n" +
		"touch -d @1300000000 %{buildroot}/etc/lb/lb.conf\n%post\necho hello\n%preun\nexit 0\n"
	files := "%dir %attr(0750,root,adm) /etc/lb\n%config(noreplace) %attr(0640,root,adm) /etc/lb/lb.conf\n/etc/lb/link\n%ghost /var/log/lb.log\n"
	theirs := rpmbuild(t, false, extra, files)
	d := draft(t, ofPackage(t, theirs), Options{})
	compareTags(t, pack(t, d), theirs)
	if notes := strings.Join(d.Notes(), "\n"); !strings.Contains(notes, "yum and rpm take the two for one") {
		t.Errorf("notes: %s", notes)
	}
}
