package rulebook

// sections are rules about sections as a whole.
var sections = []Rule{
	{"address-in-header", grave, "HAProxy 2.0 and later take no address in the header of a proxy", "write a bind line"},
	{"alert-directive", grave, "the configuration refuses itself with .alert", "remove the line, or mend what it tells of"},
	{"missing-in-section", grave, "the section is refused without it", "add what the finding names"},
	{"missing-port", grave, "a server is checked at a port, and there is none", "add port and the port to check, or a port to the address"},
	{"missing-section-name", grave, "HAProxy refuses the section without a name", "give it one"},
	{"missing-timeout", warn, "without the time-out, connections of clients or servers that went away stay for good", "add the time-out that the finding names"},
	{"mode-mismatch", grave, "a frontend of mode http cannot lead to a backend of mode tcp", "write the same mode in both"},
	{"no-defaults", warn, "without defaults, proxies have no time-outs", "add a section defaults with timeout connect"},
	{"no-global", warn, "without global, HAProxy stays root and takes few connections", "add a section global with user, group and maxconn"},
}
