package grammar

import (
	"math"
	"slices"
)

// volumes are the commands of volumes that lie on partitions.
var volumes = []command{
	{
		name: "btrfs", since: RHEL7, last: RHEL7, instead: "logvol, with another file system",
		args: []words{{min: 1, max: -1, name: "mount point and partitions"}},
		options: []option{
			{name: "--noformat"},
			{name: "--useexisting"},
			{name: "--label", kind: String},
			{name: "--data", kind: String},
			{name: "--metadata", kind: String},
			{name: "--subvol"},
			{name: "--parent", kind: String},
			{name: "--name", kind: String},
			{name: "--mkfsoptions", kind: String},
		},
	},
	{
		name: "logvol",
		args: exactly(1, "mount point"),
		options: slices.Concat([]option{
			{name: "--fstype", kind: String},
			{name: "--grow"},
			{name: "--maxsize", kind: Int},
			{name: "--name", kind: String, required: true},
			{name: "--noformat"},
			{name: "--percent", kind: Int, last: RHEL6},
			{name: "--percent", kind: Int, min: 0, max: 100, since: RHEL7},
			{name: "--recommended"},
			{name: "--size", kind: Int},
			{name: "--useexisting"},
			{name: "--vgname", kind: String, required: true},
			{name: "--bytes-per-inode", kind: Int, last: RHEL5},
			{name: "--bytes-per-inode", kind: Int, optional: true, since: RHEL6, last: RHEL6, deprecated: RHEL6,
				instead: "--fsprofile"},
			{name: "--fsoptions", kind: String},
			{name: "--fsprofile", kind: String, since: RHEL6},
			{name: "--label", kind: String, since: RHEL7},
			{name: "--resize", since: RHEL7},
			{name: "--hibernation", since: RHEL6},
			{name: "--thinpool", since: RHEL6},
			{name: "--thin", since: RHEL6},
			{name: "--poolname", kind: String, since: RHEL6},
			{name: "--chunksize", kind: Int, since: RHEL6},
			{name: "--metadatasize", kind: Int, since: RHEL6},
			{name: "--profile", kind: String, since: RHEL6},
			{name: "--mkfsoptions", kind: String, since: RHEL7},
			{name: "--cachesize", kind: Int, since: RHEL8},
			{name: "--cachemode", kind: Choice, choices: "writeback writethrough", since: RHEL8},
			{name: "--cachepvs", kind: List, since: RHEL8},
		}, encryption),
	},
	{
		name: "raid",
		args: []words{{min: 1, max: -1, name: "mount point and partitions"}},
		options: slices.Concat([]option{
			{name: "--device", kind: String, required: true},
			{name: "--fstype", kind: String},
			{name: "--level", kind: Choice, anyCase: true, last: RHEL5,
				choices: "0 1 5 6 10 RAID0 RAID1 RAID5 RAID6 RAID10"},
			{name: "--level", kind: Choice, anyCase: true, since: RHEL6,
				choices: "0 1 4 5 6 10 RAID0 RAID1 RAID4 RAID5 RAID6 RAID10"},
			{name: "--noformat"},
			{name: "--spares", kind: Int},
			{name: "--useexisting"},
			{name: "--fsoptions", kind: String},
			{name: "--bytes-per-inode", kind: Int, last: RHEL5},
			{name: "--bytes-per-inode", kind: Int, optional: true, since: RHEL6, last: RHEL6, deprecated: RHEL6,
				instead: "--fsprofile"},
			{name: "--fsprofile", kind: String, since: RHEL6},
			{name: "--label", kind: String, since: RHEL7},
			{name: "--mkfsoptions", kind: String, since: RHEL7},
			{name: "--chunksize", kind: Int, since: RHEL7},
		}, encryption),
	},
	{
		name: "volgroup",
		args: []words{{min: 1, max: -1, name: "name and physical volumes"}},
		options: []option{
			{name: "--noformat"},
			{name: "--useexisting"},
			{name: "--pesize", kind: Int},
			{name: "--reserved-space", kind: Int, min: 0, max: math.MaxInt64, since: RHEL6},
			{name: "--reserved-percent", kind: Int, min: 1, max: 99, since: RHEL6},
		},
	},
}
