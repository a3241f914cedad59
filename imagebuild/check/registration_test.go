package check_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/check"
)

// asked gives what the rules of some groups find.
func asked(t *testing.T, s *check.Subject, groups ...check.Group) []check.Finding {
	t.Helper()
	rules := slices.DeleteFunc(check.Rules(), func(r check.Rule) bool { return !slices.Contains(groups, r.Group) })
	found, err := check.Run(t.Context(), s, rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if f.Message == "" || f.Hint == "" {
			t.Errorf("%v", f)
		}
	}
	return found
}

// members are entries of a tarball as they should be.
func members(names ...string) []check.Member {
	var out []check.Member
	for _, n := range names {
		m := check.Member{Name: n, Size: 1 << 20, Mode: 0o644}
		if strings.HasSuffix(n, "/") {
			m.Size, m.Mode = 0, 0o755
		}
		out = append(out, m)
	}
	return out
}

func TestRegistration(t *testing.T) {
	const image = "eucalyptus-load-balancer-image.img"
	old := []string{"lb-1.0.0/", "lb-1.0.0/vmlinuz-2.6.32-358.el6.x86_64", "lb-1.0.0/initramfs-2.6.32-358.el6.x86_64.img", "lb-1.0.0/lb.img"}
	for _, c := range []struct {
		name    string
		entries []string
		output  string
		want    []string
	}{
		{"1.1 as shipped", []string{image}, "eucalyptus-load-balancer-image-1.1.0-212.tgz", nil},
		{"1.1, any name of the tarball", []string{image}, "/tmp/updated.tgz", nil},
		{"1.1, another image name", []string{"disk.img"}, "eucalyptus-load-balancer-image.tgz", []string{"warning image-name disk.img"}},
		{"1.1, in a folder of that name", []string{"eucalyptus-load-balancer-image/disk"}, "x.tgz", nil},
		{"1.1, another ending", []string{image}, "updated.tar.gz", []string{"info tarball-ending updated.tar.gz"}},
		{"a folder beside the image", []string{"./", image}, "updated.tgz", []string{"error tarball-layout updated.tgz"}},
		{"two images", []string{image, "b.img"}, "updated.tgz", []string{"error tarball-layout updated.tgz"}},
		{"nothing", nil, "updated.tgz", []string{"error tarball-layout updated.tgz"}},
		{"1.0 as shipped", old, "eucalyptus-load-balancer-image-1.0.0-92.tgz", nil},
		{"1.0, another name", old, "updated.tgz", []string{"warning tarball-name updated.tgz"}},
		{"1.0, another name and ending", old, "updated", []string{"warning tarball-name updated", "info tarball-ending updated"}},
		{"1.0 without a kernel", slices.Delete(slices.Clone(old), 1, 2), "x.tgz", []string{"error tarball-layout x.tgz"}},
		{"1.0 without a ramdisk", slices.Delete(slices.Clone(old), 2, 3), "x.tgz", []string{"error tarball-layout x.tgz"}},
		{"1.0 without an image", old[:3], "x.tgz", []string{"error tarball-layout x.tgz"}},
		{"1.0, a folder that looks like the ramdisk", append([]string{"boot-loader/"}, old...), "x.tgz", []string{"error tarball-layout x.tgz"}},
	} {
		got := asked(t, &check.Subject{Tarball: &check.Tarball{Name: c.output, Members: members(c.entries...)}}, check.GroupRegistration)
		if !slices.Equal(lines(got), c.want) {
			t.Errorf("%s: %q, want %q", c.name, lines(got), c.want)
		}
		for _, f := range got {
			if f.Message == "" || f.Hint == "" {
				t.Errorf("%s: %v", c.name, f)
			}
		}
	}
}

// TestInstallers asks for a generation, and for disks of each kind.
func TestInstallers(t *testing.T) {
	const image = "eucalyptus-load-balancer-image.img"
	old := members("lb/", "lb/vmlinuz-2", "lb/initramfs-2.img", "lb/lb.img")
	mbr := check.Disk{Size: 1 << 20, Table: "mbr", BootCode: check.BootCodeThere, Partitions: []check.Partition{{Number: 1, Start: 512, Size: 1<<20 - 512, Root: true}}}
	bare := check.Disk{Size: 1 << 20, Table: "none"}
	without := mbr
	without.BootCode = check.BootCodeNone
	beyond := mbr
	beyond.Partitions = []check.Partition{{Number: 1, Start: 1024, Size: 1<<20 - 512}}
	one := func(change func(*check.Member)) []check.Member {
		m := members(image)
		change(&m[0])
		return m
	}
	tripped := map[string]bool{}
	for name, c := range map[string]struct {
		installer string
		members   []check.Member
		output    string
		disk      check.Disk
		want      []string
	}{
		"1.1":                  {"1.1", members(image), "x.tgz", mbr, nil},
		"by layout":            {"", members(image), "x.tgz", mbr, nil},
		"1.0":                  {"1.0", old, "eucalyptus-load-balancer-image.tgz", bare, nil},
		"4.1":                  {"4.1", members("any.img"), "eucalyptus-service-image.tar.xz", mbr, nil},
		"4.1 by its name":      {"", members("any.img"), "/tmp/eucalyptus-service-image-4.1.tar.xz", mbr, nil},
		"4.1 as tgz":           {"4.1", members("any.img"), "eucalyptus-service-image.tgz", mbr, []string{"warning tarball-ending eucalyptus-service-image.tgz"}},
		"1.1 with the old":     {"1.1", old, "eucalyptus-load-balancer-image.tgz", bare, []string{"error tarball-layout eucalyptus-load-balancer-image.tgz"}},
		"4.1 with the old":     {"4.1", old, "x.tar.xz", bare, []string{"error tarball-layout x.tar.xz"}},
		"1.0 with one":         {"1.0", members(image), "eucalyptus-load-balancer-image.tgz", bare, []string{"error tarball-layout eucalyptus-load-balancer-image.tgz"}},
		"a name with a blank":  {"", members("my eucalyptus-load-balancer-image.img"), "x.tgz", mbr, []string{"error tarball-layout my eucalyptus-load-balancer-image.img"}},
		"a name that tar cuts": {"", members("eucalyptus-load-balancer-imäge.img"), "x.tgz", mbr, []string{"error tarball-layout eucalyptus-load-balancer-imäge.img"}},
		"bare disk":            {"", members(image), "x.tgz", bare, []string{"warning virtualization-type " + image}},
		"bare disk for 1.1":    {"1.1", members(image), "x.tgz", bare, []string{"error virtualization-type " + image}},
		"no boot code":         {"", members(image), "x.tgz", without, []string{"warning virtualization-type " + image}},
		"1.0 with a table":     {"", old, "eucalyptus-load-balancer-image.tgz", mbr, []string{"warning virtualization-type lb/lb.img"}},
		"cut off":              {"", members(image), "x.tgz", beyond, []string{"error image-size "}},
		"half a sector":        {"", one(func(m *check.Member) { m.Size = 1000 }), "x.tgz", mbr, []string{"error image-size " + image}},
		"empty":                {"", one(func(m *check.Member) { m.Size = 0 }), "x.tgz", mbr, []string{"error image-size " + image}},
		"large":                {"", one(func(m *check.Member) { m.Size = 11 << 30 }), "x.tgz", mbr, []string{"warning image-size " + image}},
		"not to be read":       {"", one(func(m *check.Member) { m.Mode = 0o044 }), "x.tgz", mbr, []string{"warning member-mode " + image}},
		"for all":              {"", one(func(m *check.Member) { m.Mode = 0o666 }), "x.tgz", mbr, []string{"warning member-mode " + image}},
		"set-user-id":          {"", one(func(m *check.Member) { m.Mode = 0o4755 }), "x.tgz", mbr, []string{"warning member-mode " + image}},
		"image name":           {"", members("disk.img"), "x.tgz", mbr, []string{"warning image-name disk.img"}},
		"tarball name":         {"", old, "x.tgz", bare, []string{"warning tarball-name x.tgz"}},
		"no tarball":           {"", nil, "", bare, nil},
	} {
		s := &check.Subject{Disk: c.disk, Tarball: &check.Tarball{Name: c.output, Members: c.members, Installer: c.installer}}
		if c.members == nil {
			s.Tarball = nil
		}
		got := asked(t, s, check.GroupRegistration)
		if !slices.Equal(lines(got), c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for _, f := range got {
			tripped[f.Rule] = true
		}
	}
	mustTrip(t, tripped, check.GroupRegistration)
}

// mustTrip fails for rules of a group that no case of a test trips.
func mustTrip(t *testing.T, tripped map[string]bool, group check.Group) {
	t.Helper()
	for _, r := range check.Rules() {
		if r.Group == group && !tripped[r.Name] {
			t.Errorf("nothing trips %s", r.Name)
		}
		if r.Group == group && r.Find == nil {
			t.Errorf("%s looks at nothing", r.Name)
		}
	}
}

// TestNothingKnown: of a bare tree, without device, disk and tarball, nothing is asked.
func TestNothingKnown(t *testing.T) {
	for _, r := range check.Rules() {
		if r.Group != check.GroupRegistration && r.Group != check.GroupFileSystem {
			continue
		}
		if found, err := r.Find(context.Background(), &check.Subject{}); err != nil || len(found) > 0 {
			t.Errorf("%s: %v, %v", r.Name, found, err)
		}
	}
}
