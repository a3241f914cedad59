package grammar

import "slices"

// scripting is what the first lines of all scripts share.
var scripting = []option{
	{name: "--erroronfail"},
	{name: "--interpreter", kind: String},
	{name: "--log", aliases: "--logfile", kind: String},
}

// sections are the sections of all releases, by name.
var sections = []section{
	{
		name: "%addon", since: RHEL7, raw: true, free: true,
		args: []words{{min: 1, max: -1, name: "add-on and its words"}},
	},
	{name: "%anaconda", since: RHEL7, deprecated: RHEL9, raw: true},
	{name: "%onerror", since: RHEL7, raw: true, options: scripting},
	{
		name: "%packages",
		options: []option{
			{name: "--default", since: RHEL6},
			{name: "--excludedocs"},
			{name: "--ignoremissing"},
			{name: "--ignoredeps", last: RHEL5, deprecated: RHEL5},
			{name: "--resolvedeps", last: RHEL5, deprecated: RHEL5},
			{name: "--inst-langs", aliases: "--instLangs", kind: List, since: RHEL6},
			{name: "--nobase", last: RHEL7, deprecated: RHEL7},
			{name: "--nocore", since: RHEL7},
			{name: "--multilib", since: RHEL7},
			{name: "--timeout", kind: Int, since: RHEL7},
			{name: "--retries", kind: Int, since: RHEL7},
			{name: "--exclude-weakdeps", aliases: "--excludeWeakdeps", since: RHEL8},
			{name: "--ignorebroken", since: RHEL9},
		},
	},
	{
		name: "%post", raw: true,
		options: slices.Concat(scripting, []option{{name: "--nochroot"}}),
	},
	{name: "%pre", raw: true, options: scripting},
	{name: "%pre-install", since: RHEL7, raw: true, options: scripting},
	{name: "%traceback", raw: true, options: scripting},
}
