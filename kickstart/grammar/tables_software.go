package grammar

// software are the commands of where packages come from.
var software = []command{
	{name: "cdrom", once: true},
	{
		name: "harddrive", once: true,
		options: []option{
			{name: "--biospart", kind: String, last: RHEL8, instead: "--partition"},
			{name: "--partition", kind: String, last: RHEL8},
			{name: "--partition", kind: String, required: true, since: RHEL9},
			{name: "--dir", kind: String, required: true},
		},
		rules: []rule{{last: RHEL8, exactly: "--partition --biospart"}},
	},
	{name: "hmc", since: RHEL7, once: true},
	{
		name: "liveimg", since: RHEL7, once: true,
		options: []option{
			{name: "--url", kind: String, required: true},
			{name: "--proxy", kind: String},
			{name: "--noverifyssl"},
			{name: "--checksum", kind: String},
		},
	},
	{
		name: "module", since: RHEL8,
		options: []option{
			{name: "--name", kind: String, required: true, form: filled},
			{name: "--stream", kind: String, form: filled},
			{name: "--disable"},
		},
	},
	{
		name: "nfs", once: true,
		options: []option{
			{name: "--server", kind: String, required: true},
			{name: "--dir", kind: String, required: true},
			{name: "--opts", kind: String},
		},
	},
	{
		name: "ostreecontainer", since: RHEL9, once: true,
		options: []option{
			{name: "--stateroot", kind: String},
			{name: "--url", kind: String, required: true},
			{name: "--transport", kind: String},
			{name: "--remote", kind: String},
			{name: "--no-signature-verification"},
		},
		after: []after{{names: "ostreesetup"}},
	},
	{
		name: "ostreesetup", since: RHEL7, once: true,
		options: []option{
			{name: "--osname", kind: String, required: true},
			{name: "--remote", kind: String},
			{name: "--url", kind: String, required: true,
				form: []form{{pattern: `(file|https?):.*`, name: "a URL of http, https or file"}}},
			{name: "--ref", kind: String, required: true},
			{name: "--nogpg"},
		},
		after: []after{{since: RHEL9, names: "ostreecontainer"}},
	},
	{
		name: "repo",
		options: []option{
			{name: "--name", kind: String, required: true},
			{name: "--baseurl", kind: String},
			{name: "--mirrorlist", kind: String},
			{name: "--metalink", kind: String, since: RHEL8},
			{name: "--cost", kind: Int, since: RHEL6},
			{name: "--excludepkgs", kind: List, since: RHEL6},
			{name: "--includepkgs", kind: List, since: RHEL6},
			{name: "--ignoregroups", kind: Bool, since: RHEL6, deprecated: RHEL9},
			{name: "--proxy", kind: String, since: RHEL6},
			{name: "--noverifyssl", since: RHEL6},
			{name: "--install", since: RHEL7},
			{name: "--sslcacert", kind: String, since: RHEL8},
			{name: "--sslclientcert", kind: String, since: RHEL8},
			{name: "--sslclientkey", kind: String, since: RHEL8},
		},
		rules: []rule{
			{last: RHEL6, exactly: "--baseurl --mirrorlist"},
			// Without one of them it is the name of a repository that the installer knows.
			{since: RHEL7, last: RHEL7, most: "--baseurl --mirrorlist"},
			{since: RHEL8, most: "--baseurl --mirrorlist --metalink"},
		},
		unique: []unique{{key: "--name"}},
	},
	{
		name: "rhsm", since: RHEL8, once: true,
		options: []option{
			{name: "--organization", kind: String, required: true},
			{name: "--activation-key", kind: String, required: true, repeats: true, form: filled},
			{name: "--connect-to-insights"},
			{name: "--proxy", kind: String},
			{name: "--server-hostname", kind: String},
			{name: "--rhsm-baseurl", kind: String},
		},
	},
	{
		name: "syspurpose", since: RHEL8, deprecated: RHEL9, once: true,
		instead: "subscription-manager syspurpose, in %post",
		options: []option{
			{name: "--role", kind: String},
			{name: "--sla", kind: String},
			{name: "--usage", kind: String},
			{name: "--addon", kind: String, repeats: true},
		},
	},
	{
		name: "updates", since: RHEL6, once: true,
		args: []words{{max: 1, name: "URL"}},
	},
	{
		name: "url", once: true,
		options: []option{
			{name: "--url", kind: String, required: true, last: RHEL6},
			{name: "--url", kind: String, since: RHEL7},
			{name: "--mirrorlist", kind: String, since: RHEL7},
			{name: "--metalink", kind: String, since: RHEL8},
			{name: "--proxy", kind: String, since: RHEL6},
			{name: "--noverifyssl", since: RHEL6},
			{name: "--sslcacert", kind: String, since: RHEL7},
			{name: "--sslclientcert", kind: String, since: RHEL7},
			{name: "--sslclientkey", kind: String, since: RHEL7},
		},
		rules: []rule{
			{since: RHEL7, last: RHEL7, exactly: "--url --mirrorlist"},
			{since: RHEL8, exactly: "--url --mirrorlist --metalink"},
		},
	},
}
