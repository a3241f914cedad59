package rulebook

// files are rules about what a configuration names on disk.
var files = []Rule{
	{"bad-certificate", grave, "HAProxy does not start with a certificate that it cannot read", "put a certificate and its key there, in the form of PEM"},
	{"errorfile-length", grave, "clients wait for bytes that do not come, and HAProxy 2.6 and later refuse the file", "write the real length, or leave Content-length out"},
	{"errorfile-without-blank-line", grave, "without an empty line the headers of the answer do not end", "end the headers with an empty line"},
	{"large-errorfile", grave, "an answer that does not fit into a buffer is cut, or refused", "make the file smaller"},
	{"many-headers", grave, "HAProxy refuses an error file with more headers than it takes from a server", "raise tune.http.maxhdr above the line, or write fewer"},
	{"missing-certificate", grave, "a bind line with ssl has nothing to show to clients", "add crt and the file with certificate and key"},
	{"missing-errorfile", grave, "HAProxy does not start without the file", "put the file into the image, or remove the line"},
	{"missing-file", grave, "HAProxy does not start without the file", "put the file into the image, or correct the name"},
	{"unknown-group", grave, "HAProxy does not start where it cannot take the group that is asked for", "make the group, or name another"},
	{"unknown-user", grave, "HAProxy does not start where it cannot become the user that is asked for", "make the user, or name another"},
	{"unverified-client", grave, "without certificates of authorities no client's certificate can be checked", "add ca-file and a file with certificates"},
	{"unverified-server", grave, "without certificates of authorities no server's certificate can be checked", "add ca-file FILE, or verify none where the network is trusted"},
}
