package lint

import (
	"regexp"
	"slices"
	"strings"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

var (
	ruleRootMissing = Rule{
		"ks-root-partition-missing", Error,
		"there is nothing to install into: the installer stops and asks",
		"write one: part / --size=1536 --fstype=ext3",
	}
	ruleRootTooSmall = Rule{
		"ks-root-too-small", Error,
		"the packages do not fit, and the installation ends in the middle",
		"make the partition larger, or leave packages out",
	}
	rulePartitionSize = Rule{
		"ks-partition-without-size", Error,
		"the installer does not know how large the partition is to be, and refuses the file",
		"write --size, in MiB, and --grow where it may take what is left",
	}
	ruleFileSystem = Rule{
		"ks-unknown-file-system", Error,
		"the installer of the release cannot make such a file system",
		"write one that it can make, as ext3 or ext4",
	}
	ruleMountPoint = Rule{
		"ks-bad-mount-point", Error,
		"it is no mount point, nor one of the words that stand for other uses, and the installer refuses it",
		"write an absolute path, swap, or raid.NN, pv.NN, btrfs.NN",
	}
	ruleMountPointTwice = Rule{
		"ks-mount-point-twice", Error,
		"two file systems cannot be mounted in one place, and the installer refuses the second",
		"give one of the two another mount point",
	}
)

// fileSystems are what the installers make, by release. Those that only an option of the installer's own allows are among
// them.
var fileSystems = map[grammar.Version][]string{
	grammar.RHEL5: {"ext2", "ext3", "ext4", "ext4dev", "swap", "vfat", "xfs", "gfs2", "reiserfs", "jfs", "gfs", "hfs", "efi", "PPC PReP Boot", "Apple Bootstrap", "software RAID", "physical volume (LVM)"},
	grammar.RHEL6: {"ext2", "ext3", "ext4", "swap", "vfat", "xfs", "btrfs", "gfs2", "reiserfs", "jfs", "efi", "hfs", "PPC PReP Boot", "Apple Bootstrap", "lvmpv", "mdmember"},
	grammar.RHEL7: {"ext2", "ext3", "ext4", "swap", "vfat", "xfs", "btrfs", "gfs2", "efi", "hfs", "hfs+", "macefi", "biosboot", "prepboot", "PPC PReP Boot", "appleboot", "lvmpv", "mdmember"},
	grammar.RHEL8: {"ext2", "ext3", "ext4", "swap", "vfat", "xfs", "gfs2", "efi", "macefi", "biosboot", "prepboot", "PPC PReP Boot", "appleboot", "lvmpv", "mdmember", "disklabel"},
	grammar.RHEL9: {"ext2", "ext3", "ext4", "swap", "vfat", "xfs", "gfs2", "efi", "macefi", "biosboot", "prepboot", "PPC PReP Boot", "appleboot", "lvmpv", "mdmember", "disklabel"},
}

// otherUse are words that stand where a mount point could.
var otherUse = regexp.MustCompile(`^(swap|raid\.[\w-]+|pv\.[\w-]+|btrfs\.[\w-]+|biosboot|prepboot|appleboot|none|None)$`)

// storage judges partitions.
func (c *checker) storage() {
	made := c.f.Commands("part", "logvol", "raid", "btrfs", "mount")
	at := map[string]*kickstart.Command{}
	for _, cmd := range made {
		if len(cmd.Args) == 0 {
			continue // the parser tells
		}
		where := cmd.Args[0]
		if cmd.Spec.Name == "mount" { // mount DEVICE PATH
			if len(cmd.Args) < 2 {
				continue
			}
			where = cmd.Args[1]
		}
		path := mountPath(where.Value)
		switch {
		case path != "" && at[path] != nil && c.toldOf(cmd.Place, "duplicate-name"):
		case path != "" && at[path] != nil:
			c.add(ruleMountPointTwice, where.Place, "%s is a mount point already, in line %d", path, at[path].Place.Line)
		case path != "":
			at[path] = cmd
		case !otherUse.MatchString(where.Value):
			c.add(ruleMountPoint, where.Place, "%q is no mount point", where.Value)
		}
		if cmd.Spec.Name == "part" || cmd.Spec.Name == "logvol" {
			c.partition(cmd, where)
		}
		if fs, ok := cmd.Value("--fstype"); ok && fs != "" && !slices.Contains(fileSystems[c.v], fs) && !c.toldOf(cmd.Place, "conflicting-options", "bad-value") {
			c.add(ruleFileSystem, option(cmd, "--fstype"), "the installer of %s makes no file system %q", c.v, fs)
			c.meant("did you mean %s?", fs, fileSystems[c.v])
		}
	}
	others := c.f.Commands("autopart", "upgrade", "rescue", "btrfs", "volgroup")
	if at["/"] == nil && len(others) == 0 && !c.partial {
		c.add(ruleRootMissing, c.whole(), "no partition is mounted at /, and there is no autopart")
	}
}

// mountPath is the absolute path that a partition is mounted at; empty for none.
func mountPath(value string) string {
	if !strings.HasPrefix(value, "/") {
		return ""
	}
	if path := strings.TrimRight(value, "/"); path != "" {
		return path
	}
	return "/"
}

// partition holds the size of a partition or logical volume against its options.
func (c *checker) partition(cmd *kickstart.Command, where kickstart.Word) {
	for _, enough := range []string{"--size", "--recommended", "--hibernation", "--onpart", "--noformat", "--useexisting", "--percent", "--end"} {
		if cmd.Has(enough) {
			return
		}
	}
	if c.toldOf(cmd.Place, "missing-option") || c.v >= grammar.RHEL7 && cmd.Has("--grow") {
		return
	}
	c.add(rulePartitionSize, where.Place, "%s has no size", where.Value)
}

// room holds the root partition against the packages.
func (c *checker) room() {
	var root *kickstart.Command
	apart := false
	for _, cmd := range c.f.Commands("part", "logvol") {
		if len(cmd.Args) == 0 {
			continue
		}
		switch path := mountPath(cmd.Args[0].Value); {
		case path == "/":
			root = cmd
		case path == "/usr", path == "/var", path == "/opt", path == "/lib", strings.HasPrefix(path, "/usr/"):
			apart = true
		}
	}
	if root == nil || apart || len(c.entries) == 0 {
		return // what lies elsewhere is not taken from root
	}
	size, ok := root.Int("--size")
	at := option(root, "--size")
	if root.Has("--grow") {
		if size, ok = root.Int("--maxsize"); ok {
			at = option(root, "--maxsize")
		}
	}
	if !ok || size <= 0 || root.Has("--onpart") || root.Has("--percent") {
		return
	}
	if n := c.need(); n.bytes > size<<20 {
		c.add(ruleRootTooSmall, at, "/ has %d MiB, and the files of %d package%s take at least %s", size, n.known, plural(n.known), n)
	}
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}
