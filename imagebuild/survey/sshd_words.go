package survey

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lbimage/haproxy-config/nearest"
)

// sshdFlags are the options that take yes or no alone, in any release of OpenSSH and in what distributions add to it.
var sshdFlags = strings.Fields(`usepam ignoreuserknownhosts hostbasedauthentication hostbasedusesnamefrompacketonly
pubkeyauthentication dsaauthentication kerberosauthentication kerberosorlocalpasswd kerberosticketcleanup kerberosgetafstoken
kerberosusekuserok kerberosuniqueccache gssapiauthentication gssapicleanupcredentials gssapistrictacceptorcheck
gssapikeyexchange gssapistorecredentialsonrekey gssapienablek5users passwordauthentication kbdinteractiveauthentication
challengeresponseauthentication skeyauthentication printmotd printlastlog x11forwarding x11uselocalhost strictmodes
permitemptypasswords tcpkeepalive keepalive usedns allowagentforwarding permittty permituserrc
streamlocalbindunlink disableforwarding exposeauthinfo debianbanner showpatchlevel`)

// sshdOthers are the options that take something else.
var sshdOthers = strings.Fields(`hostkey hostdsakey hostkeyagent hostcertificate port listenaddress addressfamily pidfile modulifile
logingracetime permitrootlogin syslogfacility loglevel logverbose hostbasedacceptedkeytypes hostbasedacceptedalgorithms
hostkeyalgorithms casignaturealgorithms pubkeyacceptedkeytypes pubkeyacceptedalgorithms pubkeyauthoptions ignorerhosts x11displayoffset
xauthlocation permituserenvironment compression rekeylimit allowtcpforwarding allowusers denyusers allowgroups denygroups
ciphers macs gatewayports subsystem maxstartups persourcemaxstartups persourcenetblocksize persourcepenalties
persourcepenaltyexemptlist maxauthtries maxsessions banner clientaliveinterval clientalivecountmax authorizedkeysfile
acceptenv setenv permittunnel match permitopen permitlisten forcecommand chrootdirectory revokedkeys trustedusercakeys
authorizedprincipalsfile kexalgorithms include ipqos authorizedkeyscommand authorizedkeyscommanduser authorizedkeyscommandrunas
authorizedprincipalscommand authorizedprincipalscommanduser versionaddendum authenticationmethods requiredauthentications1
requiredauthentications2 streamlocalbindmask allowstreamlocalforwarding fingerprinthash rdomain securitykeyprovider
requiredrsasize rsaminsize channeltimeout unusedconnectiontimeout sshdsessionpath sshdauthpath refuseconnection gssapikexalgorithms`)

// sshdGone are options that releases pass by with a message, or that old ones know.
var sshdGone = strings.Fields(`protocol serverkeybits keyregenerationinterval rhostsauthentication rhostsrsaauthentication
rsaauthentication checkmail uselogin useprivilegeseparation verifyreversemapping reversemappingcheck pamauthenticationviakbdint
authorizedkeysfile2 afstokenpassing kerberostgtpassing`)

// sshdSingle are others of one value.
var sshdSingle = strings.Fields(`port permitrootlogin pidfile banner loglevel syslogfacility maxauthtries maxsessions
clientaliveinterval clientalivecountmax logingracetime usedns trustedusercakeys gatewayports compression`)

// sshdCriteria are those of a Match block.
var sshdCriteria = strings.Fields("user group host address localaddress localport rdomain invalid-user sessiontype version command")

// matchProblem says what is wrong with the criteria of a Match block.
func matchProblem(args []string) string {
	if len(args) == 1 && strings.EqualFold(args[0], "all") {
		return ""
	}
	for i := 0; i < len(args); i += 2 {
		name, _, own := strings.Cut(strings.ToLower(args[i]), "=")
		switch {
		case own:
			i--
		case name == "invalid-user":
			i--
		case !slices.Contains(sshdCriteria, name):
			return args[i] + " is no criterion of a Match block"
		case i+1 == len(args):
			return "the criterion " + args[i] + " has no value"
		}
	}
	return ""
}

// notInMatch are options of the list of those told that no Match block may set.
var notInMatch = []string{"port", "listenaddress", "usepam", "protocol"}

// sshdProblem says what sshd would not take of a line; empty for nothing. Values are judged where they decide who gets in.
func sshdProblem(word string, args []string, inMatch bool) string {
	key := strings.ToLower(word)
	flag := slices.Contains(sshdFlags, key)
	switch {
	case slices.Contains(sshdGone, key):
		if len(args) == 0 {
			return word + " has no value"
		}
		return ""
	case !flag && !slices.Contains(sshdOthers, key):
		return word + " is no option of sshd" + nearest.Suggestion(key, slices.Concat(sshdFlags, sshdOthers))
	case inMatch && slices.Contains(notInMatch, key):
		return word + " may not stand in a Match block"
	case len(args) == 0 || args[0] == "":
		return word + " has no value"
	}
	if key == "match" {
		return matchProblem(args)
	}
	low := strings.ToLower(args[0])
	switch {
	case flag && !slices.Contains([]string{"yes", "no", "true", "false"}, low):
		return fmt.Sprintf("%s is yes or no, not %s", word, args[0])
	case len(args) > 1 && (flag || slices.Contains(sshdSingle, key)):
		return fmt.Sprintf("%s has more than one value", word)
	case key == "permitrootlogin" && !slices.Contains([]string{"yes", "no", "without-password", "prohibit-password", "forced-commands-only"}, low):
		return fmt.Sprintf("PermitRootLogin is yes, no, without-password (prohibit-password from 7.0 on) or forced-commands-only, not %s", args[0])
	case key == "port":
		if n, err := strconv.ParseUint(args[0], 10, 16); err != nil || n == 0 {
			return fmt.Sprintf("%s is no port", args[0])
		}
	}
	return ""
}
