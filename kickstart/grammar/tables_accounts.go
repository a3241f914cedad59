package grammar

// accounts are the commands of users and of how they are known.
var accounts = []command{
	{
		name: "auth", aliases: "authconfig", deprecated: RHEL8, instead: "authselect", once: true, free: true,
		args: []words{{max: -1, name: "words of authconfig"}},
	},
	{
		name: "authselect", since: RHEL8, once: true, free: true,
		args: []words{{max: -1, name: "words of authselect"}},
	},
	{
		name: "group", since: RHEL6,
		options: []option{
			{name: "--name", kind: String, required: true},
			{name: "--gid", kind: Int},
		},
		unique: []unique{{key: "--name"}},
	},
	{
		name: "rootpw", once: true,
		args: []words{{min: 1, max: 1, name: "password"}, {since: RHEL7, max: 1, name: "password"}},
		options: []option{
			{name: "--iscrypted"},
			{name: "--plaintext", since: RHEL6},
			{name: "--lock", since: RHEL6},
			{name: "--allow-ssh", since: RHEL9},
		},
		rules: []rule{{since: RHEL7, need: "word1 --lock", word: "a password"}},
	},
	{
		name: "sshkey", since: RHEL8,
		args:    exactly(1, "key"),
		options: []option{{name: "--username", kind: String, required: true}},
		unique:  []unique{{key: "--username"}},
	},
	{
		name: "sshpw", since: RHEL6,
		args: []words{{min: 1, max: -1, name: "password"}},
		options: []option{
			{name: "--username", kind: String, required: true},
			{name: "--iscrypted"},
			{name: "--plaintext"},
			{name: "--lock"},
			{name: "--sshkey", since: RHEL8},
		},
		unique: []unique{{key: "--username"}},
	},
	{
		name: "user",
		options: []option{
			{name: "--name", kind: String, required: true},
			{name: "--groups", kind: List},
			{name: "--homedir", kind: String},
			{name: "--iscrypted"},
			{name: "--password", kind: String},
			{name: "--shell", kind: String},
			{name: "--uid", kind: Int},
			{name: "--lock", since: RHEL6},
			{name: "--plaintext", since: RHEL6},
			{name: "--gecos", kind: String, since: RHEL6},
			{name: "--gid", kind: Int, since: RHEL7},
		},
		unique: []unique{{key: "--name"}},
	},
}
