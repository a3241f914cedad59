package grammar

import "slices"

// encryption is what a partition, a logical volume, an array and automatic partitioning share.
var encryption = []option{
	{name: "--encrypted"},
	{name: "--passphrase", kind: String},
	{name: "--escrowcert", kind: String, since: RHEL6},
	{name: "--backuppassphrase", since: RHEL6},
	{name: "--cipher", kind: String, since: RHEL6},
	{name: "--luks-version", kind: String, since: RHEL8},
	{name: "--pbkdf", kind: String, since: RHEL8},
	{name: "--pbkdf-memory", kind: Int, since: RHEL8},
	{name: "--pbkdf-time", kind: Int, since: RHEL8},
	{name: "--pbkdf-iterations", kind: Int, since: RHEL8},
}

// What the options of encryption and of file systems ask of each other.
var (
	keySlots = rule{since: RHEL8, most: "--pbkdf-time --pbkdf-iterations"}
	// RHEL 8 took btrfs out.
	noBtrfs       = rule{since: RHEL8, never: "--fstype=btrfs"}
	mkfsUnformat  = rule{since: RHEL7, most: "--mkfsoptions --noformat"}
	mkfsOrProfile = rule{since: RHEL7, most: "--mkfsoptions --fsprofile"}
)

// Automatic partitioning, partitions by hand and given devices are three ways that do not mix.
var byHand = []after{{since: RHEL6, names: "autopart"}, {since: RHEL8, names: "mount"}}

// disks are the commands of disks and partitions.
var disks = []command{
	{
		name: "autopart", once: true,
		options: slices.Concat(encryption, []option{
			{name: "--nolvm", since: RHEL7},
			{name: "--type", kind: Choice, anyCase: true, choices: "lvm btrfs plain partition thinp", since: RHEL7, last: RHEL7},
			{name: "--type", kind: Choice, anyCase: true, choices: "lvm plain partition thinp", since: RHEL8},
			{name: "--fstype", kind: String, since: RHEL7},
			{name: "--nohome", since: RHEL7},
			{name: "--noboot", since: RHEL8},
			{name: "--noswap", since: RHEL8},
		}),
		rules: []rule{
			keySlots,
			{since: RHEL7, never: "--fstype=btrfs"},
			{since: RHEL7, last: RHEL7, most: "--type=btrfs --fstype"},
		},
		after: []after{
			{since: RHEL6, names: "part raid volgroup logvol"}, {since: RHEL7, names: "reqpart"}, {since: RHEL8, names: "mount"},
		},
	},
	{
		name: "clearpart", once: true,
		options: []option{
			{name: "--all"},
			{name: "--drives", kind: List},
			{name: "--initlabel"},
			{name: "--linux"},
			{name: "--none"},
			{name: "--list", kind: List, since: RHEL7},
			{name: "--disklabel", kind: String, since: RHEL7},
			{name: "--cdl", since: RHEL7},
		},
	},
	{
		name: "ignoredisk", once: true,
		options: []option{
			{name: "--drives", kind: List},
			{name: "--only-use", kind: List},
			{name: "--interactive", since: RHEL6, last: RHEL8, deprecated: RHEL8, instead: "--drives or --only-use"},
		},
		rules: []rule{
			{last: RHEL5, exactly: "--drives --only-use"},
			{since: RHEL6, last: RHEL8, exactly: "--drives --only-use --interactive"},
			{since: RHEL9, exactly: "--drives --only-use"},
		},
	},
	{
		name: "mount", since: RHEL8,
		args: exactly(2, "device and mount point"),
		options: []option{
			{name: "--reformat", kind: String, optional: true},
			{name: "--mkfsoptions", kind: String},
			{name: "--mountoptions", kind: String},
		},
		rules: []rule{{when: "--mkfsoptions", need: "--reformat"}},
		after: []after{{names: "autopart reqpart part raid volgroup logvol"}},
	},
	{
		name: "part", aliases: "partition",
		args: exactly(1, "mount point"),
		options: slices.Concat([]option{
			{name: "--active", last: RHEL8, deprecated: RHEL8},
			{name: "--asprimary"},
			{name: "--start", kind: Int, last: RHEL5},
			{name: "--start", kind: Int, optional: true, since: RHEL6, last: RHEL6, deprecated: RHEL6, instead: "--size"},
			{name: "--end", kind: Int, last: RHEL5},
			{name: "--end", kind: Int, optional: true, since: RHEL6, last: RHEL6, deprecated: RHEL6, instead: "--size"},
			{name: "--fstype", aliases: "--type", kind: String},
			{name: "--grow"},
			{name: "--maxsize", kind: Int},
			{name: "--noformat"},
			{name: "--onbiosdisk", kind: String},
			{name: "--ondisk", aliases: "--ondrive", kind: String},
			{name: "--onpart", aliases: "--usepart", kind: String},
			{name: "--recommended"},
			{name: "--size", kind: Int},
			{name: "--bytes-per-inode", kind: Int, last: RHEL5},
			{name: "--bytes-per-inode", kind: Int, optional: true, since: RHEL6, last: RHEL6, deprecated: RHEL6,
				instead: "--fsprofile"},
			{name: "--fsoptions", kind: String},
			{name: "--label", kind: String},
			{name: "--fsprofile", kind: String, since: RHEL6},
			{name: "--hibernation", since: RHEL6},
			{name: "--resize", since: RHEL7},
			{name: "--mkfsoptions", kind: String, since: RHEL7},
		}, encryption),
		rules: []rule{
			keySlots, noBtrfs, mkfsUnformat, mkfsOrProfile,
			{since: RHEL7, when: "--resize", need: "--onpart"},
			{since: RHEL7, when: "--resize", need: "--size"},
			{since: RHEL7, most: "--fstype=tmpfs --grow"},
			{since: RHEL7, most: "--fstype=tmpfs --maxsize"},
		},
		// That a mount point stands twice is package lint's, which knows the other commands with one.
		after: byHand,
	},
	{
		name: "reqpart", since: RHEL7, once: true,
		options: []option{{name: "--add-boot"}},
		after:   byHand,
	},
	{
		name: "snapshot", since: RHEL7,
		args: []words{{min: 1, max: 1, name: "volume group/logical volume",
			form: []form{{pattern: `[^/]+/[^/]+`, name: "a volume group and a logical volume with / between"}}}},
		options: []option{
			{name: "--name", kind: String, required: true},
			{name: "--when", kind: Choice, anyCase: true, choices: "pre-install post-install", required: true},
		},
		unique: []unique{{key: "--name", refused: true}},
	},
	{
		name: "zerombr", once: true,
		// "zerombr yes" is of old; the word is passed over with a warning.
		args: []words{{max: -1, name: "word that is ignored"}, {since: RHEL6}},
	},
}
