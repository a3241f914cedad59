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
		name: "install", last: RHEL8, deprecated: RHEL8, ignored: true, once: true,
		instead: "cdrom, harddrive, nfs or url alone",
		options: []option{{name: "--root-device", kind: String, since: RHEL6, form: filled}},
	},
	{name: "interactive", last: RHEL6, once: true},
	{
		name: "key", last: RHEL6, deprecated: RHEL6, ignored: true, once: true,
		args:    []words{{max: 1, name: "installation number"}},
		options: []option{{name: "--skip"}},
		rules:   []rule{{need: "word1 --skip", word: "an installation number"}},
	},
	{
		name: "logging", once: true,
		options: []option{
			{name: "--host", kind: String},
			{name: "--port", kind: String},
			{name: "--level", kind: Choice, choices: "debug info warning error critical", deprecated: RHEL9},
		},
		rules: []rule{{when: "--port", need: "--host"}},
	},
	{name: "mediacheck", once: true},
	{
		name: "rescue", since: RHEL6, once: true,
		options: []option{
			{name: "--nomount"},
			{name: "--romount"},
		},
		rules: []rule{{most: "--nomount --romount"}},
	},
	{name: "unsupported_hardware", since: RHEL6, last: RHEL7, once: true},
	{
		name: "upgrade", last: RHEL7, deprecated: RHEL7, ignored: true, once: true,
		options: []option{{name: "--root-device", kind: String, since: RHEL6, form: filled}},
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
