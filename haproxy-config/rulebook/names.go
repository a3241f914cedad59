package rulebook

// names are rules about what refers to what.
var names = []Rule{
	{"ambiguous-defaults", grave, "two sections of defaults have the name, and HAProxy does not choose", "rename one of them"},
	{"bad-name", grave, "HAProxy refuses names with other signs than letters, digits and a few more", "write letters, digits, and _ : . - alone"},
	{"defaults-by-name", grave, "HAProxy takes over defaults by name from 2.4 on only", "write one defaults section above the proxy"},
	{"duplicate-section", grave, "HAProxy refuses two proxies of one name, and the servo merges others", "rename one, or put the lines into one section"},
	{"duplicate-server", grave, "HAProxy 2.0 and later refuse two servers of one name", "rename one of the two; where the servo writes them, use a servo and a HAProxy that fit each other"},
	{"inherited-rules", grave, "rules are taken over from defaults by a frontend or a backend, not by both", "move the rules, or write defaults for each"},
	{"unknown-acl", grave, "HAProxy does not start with a condition that names an ACL it has not seen", "define it above in the same section, or correct the name"},
	{"unknown-defaults", grave, "HAProxy does not start with 'from' a section that there is not", "define it above, or remove 'from'"},
	{"unknown-member", grave, "a userlist that names who is not in it is refused", "add the user or group, or remove the name"},
	{"unknown-section-name", grave, "HAProxy does not start with a reference to a section that there is not", "define the section, or correct the name"},
	{"unknown-server", grave, "HAProxy does not start with a reference to a server that there is not", "correct the name, or write BACKEND/SERVER"},
	{"unnamed-defaults", grave, "rules stand in defaults only where these have a name", "give the section a name, or move the line to a frontend or backend"},
	{"unchecked-server", grave, "a server that follows another's state needs one that is checked", "add check to that server"},
}
