package grammar

// installer are the commands of how the installer runs; the installed system has nothing of them.
var installer = []command{
	{
		name: "autostep", last: RHEL8, deprecated: RHEL8, once: true,
		options: []option{{name: "--autoscreenshot"}},
	},
	{name: "cmdline", once: true},
	{name: "graphical", once: true, options: []option{{name: "--non-interactive", since: RHEL8}}},
	{name: "text", once: true, options: []option{{name: "--non-interactive", since: RHEL8}}},
	{
		name: "install", last: RHEL8, deprecated: RHEL8, once: true,
		instead: "cdrom, harddrive, nfs or url alone",
		options: []option{{name: "--root-device", kind: String, since: RHEL6}},
	},
	{name: "interactive", last: RHEL6, once: true},
	{
		name: "key", last: RHEL6, deprecated: RHEL6, once: true,
		args:    []words{{max: 1, name: "installation number"}},
		options: []option{{name: "--skip"}},
	},
	{
		name: "logging", once: true,
		options: []option{
			{name: "--host", kind: String},
			{name: "--port", kind: String},
			{name: "--level", kind: Choice, choices: "debug info warning error critical", deprecated: RHEL9},
		},
	},
	{name: "mediacheck", once: true},
	{
		name: "rescue", since: RHEL6, once: true,
		options: []option{
			{name: "--nomount"},
			{name: "--romount"},
		},
	},
	{name: "unsupported_hardware", since: RHEL6, last: RHEL7, once: true},
	{
		name: "upgrade", last: RHEL7, deprecated: RHEL7, once: true,
		options: []option{{name: "--root-device", kind: String, since: RHEL6}},
	},
	{
		name: "vnc", once: true,
		options: []option{
			{name: "--password", kind: String},
			{name: "--connect", kind: String, last: RHEL5, instead: "--host and --port"},
			{name: "--host", kind: String},
			{name: "--port", kind: String},
		},
	},
}
