package rulebook

// servo are rules about what the servo makes of a template.
var servo = []Rule{
	{"backend-without-mode", grave, "what the servo writes needs a mode that the template does not set", "add mode http to defaults"},
	{"conditional-across-sections", grave, "the servo parts the template into sections, and the halves of the block land in different places", "keep the block within one section"},
	{"errorfile-missing", warn, "HAProxy does not start without the file", "put the file into the image, or remove the line"},
	{"frontend-name", grave, "the servo takes sections of such a name for its own, and removes or rewrites them", "choose another name"},
	{"header-commented-out", grave, "the servo's reader goes by the first word of a line: lines below a header with a # belong to the section above", "remove the # before it, or the lines behind it too"},
	{"header-not-seen", grave, "the servo's reader does not see the header, so its lines are lost or land elsewhere", "write the header at the beginning of its line, in small letters"},
	{"listen-in-template", warn, "the servo knows frontends and backends, and may drop a listen section", "write it as a frontend and a backend"},
	{"name-taken", grave, "the servo gives sections such names, and two of one name are refused or merged", "choose another name"},
	{"port-taken", warn, "a load balancer's listener on the same port keeps HAProxy from starting", "choose a port that the load balancer has no listener on"},
	{"setting-without-effect", info, "the servo sets it itself, and its word counts", "leave it as it is, or remove it"},
	{"timeout-without-effect", info, "from 1.1.0 on the servo sets it for each listener, from the load balancer's idle timeout", "change the load balancer's idle timeout"},
}
