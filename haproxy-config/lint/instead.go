package lint

import "strings"

// replacements say what to write in place of what HAProxy has taken back.
var replacements = map[string]string{
	"contimeout":                          "write timeout connect",
	"clitimeout":                          "write timeout client",
	"srvtimeout":                          "write timeout server",
	"redispatch":                          "write option redispatch",
	"redisp":                              "write option redispatch",
	"appsession":                          "use a cookie or a stick table",
	"block":                               "write http-request deny",
	"reqadd":                              "write http-request add-header",
	"rspadd":                              "write http-response add-header",
	"reqdel":                              "write http-request del-header",
	"reqidel":                             "write http-request del-header",
	"rspdel":                              "write http-response del-header",
	"rspidel":                             "write http-response del-header",
	"reqrep":                              "write http-request replace-header, replace-path or replace-uri",
	"reqirep":                             "write http-request replace-header, replace-path or replace-uri",
	"rsprep":                              "write http-response replace-header",
	"rspirep":                             "write http-response replace-header",
	"reqallow":                            "write http-request allow",
	"reqiallow":                           "write http-request allow",
	"reqdeny":                             "write http-request deny",
	"reqideny":                            "write http-request deny",
	"rspdeny":                             "write http-response deny",
	"rspideny":                            "write http-response deny",
	"reqtarpit":                           "write http-request tarpit",
	"reqitarpit":                          "write http-request tarpit",
	"reqpass":                             "write an http-request rule with a condition",
	"reqipass":                            "write an http-request rule with a condition",
	"reqsetbe":                            "write use_backend with a condition",
	"reqisetbe":                           "write use_backend with a condition",
	"option forceclose":                   "write option httpclose",
	"option http-tunnel":                  "remove it",
	"option http_proxy":                   "write http-request set-dst and set-dst-port, or remove it",
	"option tcpsplice":                    "write option splice-auto",
	"option independant-streams":          "write option independent-streams",
	"option http-use-htx":                 "remove it",
	"option transparent":                  "write a server with the address of the destination",
	"transparent":                         "write a server with the address of the destination",
	"dispatch":                            "write a server line",
	"nbproc":                              "remove it; threads are used by themselves",
	"bind-process":                        "remove it; threads are used by themselves",
	"monitor-net":                         "write http-request return status 200 if { src ADDRESS }",
	"mode health":                         "write http-request return status 200",
	"grace":                               "remove it",
	"tune.chksize":                        "remove it; it has no effect",
	"server option http-send-name-header": "write http-request set-header in the backend",
	"debug":                               "start HAProxy with -d",
	"quiet":                               "start HAProxy with -q",
	"section ruleset":                     "write a backend",
	"section program":                     "let the service manager start the program",
	"master-worker":                       "start HAProxy with -W",
}

// instead says what to do about a keyword that is deprecated or gone.
func instead(name string) string {
	if r, ok := replacements[name]; ok {
		return r
	}
	if strings.HasPrefix(name, "req") || strings.HasPrefix(name, "rsp") {
		return "use http-request or http-response"
	}
	return "remove it"
}
