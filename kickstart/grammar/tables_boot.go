package grammar

// boot are the commands of the boot loader, and of how the installer ends.
var boot = []command{
	{
		name: "bootloader", once: true,
		options: []option{
			{name: "--append", kind: String},
			{name: "--location", kind: Choice, choices: "mbr partition none boot"},
			{name: "--password", kind: String},
			{name: "--md5pass", kind: String},
			{name: "--iscrypted", since: RHEL6},
			{name: "--upgrade", last: RHEL8, deprecated: RHEL8},
			{name: "--driveorder", kind: List},
			{name: "--lba32", last: RHEL6, deprecated: RHEL6},
			{name: "--hvargs", kind: String, last: RHEL5, instead: "--append"},
			{name: "--timeout", kind: Int, since: RHEL6},
			{name: "--default", kind: String, since: RHEL6},
			{name: "--boot-drive", kind: String, since: RHEL7, form: []form{{pattern: `[^,]*`, name: "one drive"}}},
			{name: "--leavebootorder", since: RHEL7},
			{name: "--extlinux", since: RHEL7},
			{name: "--disabled", since: RHEL7},
			{name: "--nombr", since: RHEL7},
		},
	},
	{name: "halt", once: true, options: ending},
	{name: "poweroff", once: true, options: ending},
	{name: "reboot", once: true, options: ending},
	{name: "shutdown", once: true, options: ending},
	{
		name: "zipl", since: RHEL8, once: true,
		options: []option{
			{name: "--secure-boot"},
			{name: "--no-secure-boot"},
			{name: "--force-secure-boot"},
		},
	},
}

// ending is what the commands at the installer's end share.
var ending = []option{
	{name: "--eject"},
	{name: "--kexec", since: RHEL8},
}
