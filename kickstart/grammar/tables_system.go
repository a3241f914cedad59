package grammar

// system are the commands of the installed system's settings.
var system = []command{
	{
		name: "eula", since: RHEL7, once: true,
		options: []option{{name: "--agreed", aliases: "--agree --accepted --accept"}},
		rules:   []rule{{need: "--agreed"}},
	},
	{
		name: "firstboot", once: true,
		options: []option{
			{name: "--enabled", aliases: "--enable"},
			{name: "--disabled", aliases: "--disable"},
			{name: "--reconfig"},
		},
	},
	{
		name: "keyboard", once: true,
		args: []words{{min: 1, max: 1, name: "keyboard"}, {since: RHEL7, max: 1, name: "keyboard"}},
		options: []option{
			{name: "--vckeymap", kind: String, since: RHEL7},
			{name: "--xlayouts", kind: List, since: RHEL7},
			{name: "--switch", kind: List, since: RHEL7},
		},
		rules: []rule{{since: RHEL7, need: "word1 --vckeymap --xlayouts", word: "a keyboard"}},
	},
	{
		name: "lang", once: true,
		args:    exactly(1, "language"),
		options: []option{{name: "--addsupport", kind: List, since: RHEL7}},
	},
	{
		name: "langsupport", last: RHEL5, deprecated: RHEL5, ignored: true, instead: "a group of %packages", once: true,
		args:    []words{{max: -1, name: "languages"}},
		options: []option{{name: "--default", kind: String}},
	},
	{
		name: "monitor", last: RHEL6, deprecated: RHEL6, ignored: true, once: true,
		options: []option{
			{name: "--hsync", kind: String},
			{name: "--monitor", kind: String},
			{name: "--vsync", kind: String},
			{name: "--noprobe"},
		},
	},
	{
		name: "mouse", last: RHEL5, deprecated: RHEL5, ignored: true, once: true,
		args: []words{{max: 1, name: "mouse"}},
		options: []option{
			{name: "--device", kind: String},
			{name: "--emulthree"},
		},
	},
	{
		name: "selinux", once: true,
		options: []option{
			{name: "--disabled"},
			{name: "--enforcing"},
			{name: "--permissive"},
		},
	},
	{
		name: "services", once: true,
		options: []option{
			{name: "--disabled", kind: List},
			{name: "--enabled", kind: List},
		},
		rules: []rule{{need: "--enabled --disabled"}},
	},
	{name: "skipx", once: true},
	{
		name: "timesource", since: RHEL9,
		options: []option{
			{name: "--ntp-server", kind: String},
			{name: "--ntp-pool", kind: String},
			{name: "--ntp-disable"},
			{name: "--nts"},
		},
		rules: []rule{{exactly: "--ntp-server --ntp-pool --ntp-disable"}},
	},
	{
		name: "timezone", once: true,
		args: []words{{min: 1, max: 1, name: "time zone"}, {since: RHEL7, max: 1, name: "time zone"}},
		options: []option{
			{name: "--utc", aliases: "--isUtc", oldNames: "--isUtc", oldSince: RHEL9},
			{name: "--nontp", since: RHEL7, deprecated: RHEL9, instead: "timesource --ntp-disable"},
			{name: "--ntpservers", kind: List, since: RHEL7, deprecated: RHEL9, instead: "timesource --ntp-server"},
		},
		rules: []rule{
			{since: RHEL7, need: "word1 --utc --nontp --ntpservers", word: "a time zone"},
			{since: RHEL7, most: "--nontp --ntpservers"},
		},
	},
	{
		name: "xconfig", once: true,
		options: []option{
			{name: "--defaultdesktop", kind: String},
			{name: "--startxonboot"},
			{name: "--driver", kind: String, last: RHEL5},
			{name: "--driver", kind: String, optional: true, since: RHEL6, last: RHEL6, deprecated: RHEL6},
			{name: "--depth", kind: Int, last: RHEL5},
			{name: "--depth", kind: Int, optional: true, since: RHEL6, last: RHEL6, deprecated: RHEL6},
			{name: "--resolution", kind: String, last: RHEL5},
			{name: "--resolution", kind: String, optional: true, since: RHEL6, last: RHEL6, deprecated: RHEL6},
			{name: "--videoram", kind: String, last: RHEL5},
			{name: "--videoram", kind: String, optional: true, since: RHEL6, last: RHEL6, deprecated: RHEL6},
			{name: "--card", kind: String, optional: true, last: RHEL5, deprecated: RHEL5, instead: "--driver"},
			{name: "--hsync", kind: String, optional: true, last: RHEL5, deprecated: RHEL5, instead: "monitor --hsync"},
			{name: "--monitor", kind: String, optional: true, last: RHEL5, deprecated: RHEL5,
				instead: "monitor --monitor"},
			{name: "--noprobe", last: RHEL5, deprecated: RHEL5, instead: "monitor --noprobe"},
			{name: "--vsync", kind: String, optional: true, last: RHEL5, deprecated: RHEL5, instead: "monitor --vsync"},
		},
	},
}
