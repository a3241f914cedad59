package rulebook

// wisdom are rules about what HAProxy takes and nobody wants.
var wisdom = []Rule{
	{"long-keep-alive", warn, "a connection waits longer for a next request than for the first one's answer", "write a time of at most timeout client"},
	{"low-ulimit", warn, "with fewer files than connections need, HAProxy stops accepting under load", "leave ulimit-n out, and HAProxy works it out"},
	{"shrunken-ring", grave, "a ring that shrinks loses what is in it", "leave the size out, or write a larger one"},
	{"small-buffers", grave, "HAProxy's own error pages do not fit", "leave the setting out, or write the default"},
}
