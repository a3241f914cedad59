package rulebook

// values are rules about numbers, times, addresses and expressions.
var values = []Rule{
	{"bad-address", grave, "HAProxy does not start with an address that it cannot read", "write an address, with a port where one is needed"},
	{"bad-condition", grave, "HAProxy refuses a condition that it cannot read", "write if or unless, and names of ACLs behind it"},
	{"bad-expression", grave, "HAProxy refuses an expression that it cannot read", "close its parentheses, and part converters with commas"},
	{"bad-format", grave, "HAProxy refuses a format that it cannot read", "mend the place that the finding tells"},
	{"bad-log-format", grave, "the format asks for what the proxy's mode does not have", "leave it out, or change the mode"},
	{"bad-number", grave, "HAProxy refuses what is no number where one has to be", "write a whole number"},
	{"bad-port", grave, "HAProxy refuses what is no port", "write a number from 1 to 65535"},
	{"bad-size", grave, "HAProxy refuses a size that it cannot read", "write a whole number, with k, m or g behind it or nothing"},
	{"bad-status", grave, "HAProxy refuses a status code that it never answers with", "write one of those that the finding lists"},
	{"bad-time", grave, "HAProxy refuses a time that it cannot read", "write a number and one unit: us, ms, s, m, h or d"},
	{"bad-value", grave, "HAProxy refuses a value that it does not know there", "write one of those that the finding lists"},
	{"bad-variable-name", grave, "the name of a variable begins with its scope: proc, sess, txn, req or res", "write the scope, a dot and a name"},
	{"misread-time", warn, "old HAProxy reads the number up to the first sign that it does not know, and passes over the rest", "write one number and one unit: 90s for 1m30s"},
	{"out-of-range", grave, "HAProxy refuses the number", "write one within the bounds that the finding tells"},
	{"time-without-unit", warn, "a time without a unit is in milliseconds, and few numbers as small as this are meant so", "write the unit"},
	{"unavailable-fetch", grave, "what is asked for is gone, or not there yet, where the line is looked at", "keep it in a variable where it can be had"},
	{"unknown-fetch", grave, "HAProxy does not start with a sample that it does not know", "correct the word; the finding names the nearest"},
	{"unresolvable-host", grave, "HAProxy looks the name up when it starts, and does not start where that fails", "write an address, or see that the name resolves in the image"},
	{"unresolved-name", warn, "HAProxy takes the word for the name of a host, and does not start where it is none", "write an address, or correct the word"},
	{"zero-timeout", warn, "a time-out of 0 counts as none: connections stay for good", "write a time, or remove the line"},
}
