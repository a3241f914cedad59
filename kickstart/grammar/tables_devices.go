package grammar

// devices are the commands of attached storage and of drivers.
var devices = []command{
	{
		name: "device", last: RHEL8, deprecated: RHEL8,
		args:    []words{{min: 2, max: 2, name: "kind and module"}, {since: RHEL6, min: 1, max: 1, name: "module"}},
		options: []option{{name: "--opts", kind: String}},
		ignored: true,
		unique:  []unique{{key: "word1", word: "module"}},
	},
	{
		name: "deviceprobe", last: RHEL8, deprecated: RHEL8, ignored: true, once: true, free: true,
		args: []words{{max: -1, name: "words"}},
	},
	{
		name: "dmraid", last: RHEL8, deprecated: RHEL8, ignored: true,
		options: []option{
			{name: "--name", kind: String, required: true},
			{name: "--dev", kind: List, required: true},
		},
		unique: []unique{{key: "--name --dev"}},
	},
	{
		name: "driverdisk",
		args: []words{{max: 1, name: "partition"}},
		options: []option{
			{name: "--source", kind: String},
			{name: "--biospart", kind: String},
			{name: "--type", kind: String, optional: true, last: RHEL6, deprecated: RHEL5},
		},
		rules: []rule{{exactly: "word1 --source --biospart", word: "a partition"}},
	},
	{
		name: "fcoe", since: RHEL6,
		options: []option{
			{name: "--nic", kind: String, required: true},
			{name: "--dcb"},
			{name: "--autovlan", since: RHEL7},
		},
		unique: []unique{{key: "--nic"}},
	},
	{
		name: "iscsi",
		options: []option{
			{name: "--target", kind: String},
			{name: "--ipaddr", kind: String, required: true},
			{name: "--port", kind: Int},
			{name: "--user", kind: String},
			{name: "--password", kind: String},
			{name: "--reverse-user", kind: String, since: RHEL6},
			{name: "--reverse-password", kind: String, since: RHEL6},
			{name: "--iface", kind: String, since: RHEL6},
		},
	},
	{
		name: "iscsiname", once: true,
		args: exactly(1, "name"),
	},
	{
		name: "multipath", last: RHEL8, deprecated: RHEL8, ignored: true,
		options: []option{
			{name: "--name", kind: String, required: true},
			{name: "--device", kind: String, required: true},
			{name: "--rule", kind: String, required: true},
		},
		unique: []unique{{key: "--device", refused: true}},
	},
	{
		name: "nvdimm", since: RHEL7, deprecated: RHEL9,
		args: []words{{min: 1, max: 1, name: "action", choices: "reconfigure use"}},
		options: []option{
			{name: "--namespace", kind: String},
			{name: "--blockdevs", kind: List},
			{name: "--mode", kind: Choice, choices: "sector"},
			{name: "--sectorsize", kind: Int},
		},
		rules: []rule{
			{most: "--namespace --blockdevs"},
			{when: "word1=reconfigure", need: "--namespace"},
			{when: "word1=reconfigure", need: "--sectorsize"},
			{when: "word1=use", need: "--namespace --blockdevs"},
		},
		unique: []unique{{key: "word1 --namespace", word: "action"}, {key: "word1 --blockdevs", word: "action"}},
	},
	{
		name: "zfcp",
		options: []option{
			{name: "--devnum", kind: String, required: true},
			{name: "--fcplun", kind: String, required: true, last: RHEL8},
			{name: "--fcplun", kind: String, since: RHEL9},
			{name: "--wwpn", kind: String, required: true, last: RHEL8},
			{name: "--wwpn", kind: String, since: RHEL9},
			{name: "--scsiid", kind: String, required: true, last: RHEL5},
			{name: "--scsiid", kind: String, optional: true, since: RHEL6, last: RHEL6, deprecated: RHEL6},
			{name: "--scsilun", kind: String, required: true, last: RHEL5},
			{name: "--scsilun", kind: String, optional: true, since: RHEL6, last: RHEL6, deprecated: RHEL6},
		},
		rules: []rule{
			{since: RHEL9, when: "--wwpn", need: "--fcplun"},
			{since: RHEL9, when: "--fcplun", need: "--wwpn"},
		},
		unique: []unique{{key: "--devnum --wwpn --fcplun"}},
	},
}
