package rulebook

// migration are rules about bringing a configuration to a later HAProxy.
var migration = []Rule{
	{"misread-number", warn, "the old HAProxy read another number than the one that is written, and it stays so", "write what is meant"},
	{"monitor-net", grave, "the directive is gone, and answers for monitors come from rules now", "write http-request return status 200 if { src ADDRESS }"},
	{"no-equal", grave, "nothing in the later HAProxy does the same", "find out what the line is for, and write that anew"},
	{"processes-to-threads", warn, "processes are gone, and threads share what each process had alone", "leave nbthread out, and HAProxy takes a thread for each processor"},
	{"time-overflow", grave, "the time is over the limit of 24.8 days, and the later HAProxy refuses it", "write what is meant, up to 24d"},
}
