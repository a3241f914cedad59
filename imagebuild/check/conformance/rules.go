package conformance

import (
	"fmt"
	"slices"
	"strings"

	"lbimage/imagebuild/check"
)

// The rules whose findings statements become. One is for each kind of thing that a kickstart file says: a recipe can lower one
// kind, with a reason, and keep the others.
var (
	rulePackage = check.Rule{
		Name: "kickstart-package", Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "an image without a package that its kickstart file asks for, or with one that it keeps out, was made by another file, or was changed since",
		Mend: "install the package with an edit 'rpm', make the image anew without it, or change %packages",
	}
	ruleService = check.Rule{
		Name: "kickstart-service", Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "what starts at boot is not what the kickstart file says",
		Mend: "turn it on or off with an edit 'service', or change the file's services line",
	}
	rulePartition = check.Rule{
		Name: "kickstart-partition", Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "the disk is cut or formatted otherwise than the kickstart file says, which no edit changes: the image is of another make",
		Mend: "make the image anew, or change the file's part line to what the image has",
	}
	ruleBootLoader = check.Rule{
		Name: "kickstart-boot-loader", Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "the kernel is started otherwise than the kickstart file says: without its serial console, say, or with another password before the menu",
		Mend: "change the entry in the boot loader's configuration with an edit 'line', or the file's bootloader line",
	}
	ruleSELinux = check.Rule{
		Name: "kickstart-selinux", Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "the image boots into another state of SELinux than the kickstart file says",
		Mend: "set SELINUX= in /etc/selinux/config with an edit 'line', or change the file's selinux line",
	}
	ruleFirewall = check.Rule{
		Name: "kickstart-firewall", Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "a firewall that the kickstart file turns off keeps clients from the load balancer; one that it turns on and that is not there keeps nobody out",
		Mend: "turn the firewall's service on or off with an edit 'service', or change the file's firewall line",
	}
	ruleTime = check.Rule{
		Name: "kickstart-time", Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "the logs of the image are in another time zone than the kickstart file says, or its clock is read as another time",
		Mend: "make /etc/localtime a link to the zone in /usr/share/zoneinfo with an edit 'symlink', set what the finding names with an edit 'line', or change the file's timezone line",
	}
	ruleLanguage = check.Rule{
		Name: "kickstart-language", Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "programs of the image talk another language than the kickstart file says, or its console has another keyboard",
		Mend: "set it in /etc/sysconfig/i18n or /etc/locale.conf with an edit 'line', or change the file's lang and keyboard lines",
	}
	ruleAccount = check.Rule{
		Name: "kickstart-account", Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "who can log in to the image is not who the kickstart file says: another password, another user, another key",
		Mend: "set it with an edit 'password', 'user', 'group' or 'authorizedKeys', or change the file's rootpw, user, group and sshkey lines",
	}
	ruleNetwork = check.Rule{
		Name: "kickstart-network", Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "the image comes up in the network otherwise than the kickstart file says, or not at all",
		Mend: "change the card's file in /etc/sysconfig/network-scripts with an edit 'line', or the file's network line",
	}
	ruleSystem = check.Rule{
		Name: "kickstart-system", Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "the image boots into another run level, or has other repositories, than the kickstart file says",
		Mend: "change what the finding names with an edit 'line' or 'file', or the line of the kickstart file",
	}
	rulePost = check.Rule{
		Name: PostRule, Group: check.GroupKickstart, Severity: check.SeverityError,
		Why:  "what the scripts of the kickstart file leave in an image is not in this one: the file was changed since, or the image was",
		Mend: "'lbimage kickstart plan FILE SOURCE' tells the edits that bring the image to the file",
	}
)

// Rules are those whose findings statements that do not hold become. They have no Find: it takes a kickstart file to find anything.
func Rules() []check.Rule {
	return []check.Rule{
		rulePackage, ruleService, rulePartition, ruleBootLoader, ruleSELinux, ruleFirewall, ruleTime, ruleLanguage, ruleAccount,
		ruleNetwork, ruleSystem, rulePost,
	}
}

// Findings are the statements that do not hold, in their order.
func Findings(all []Statement) []check.Finding {
	var out []check.Finding
	for _, s := range all {
		if s.Verdict == DoesNotHold {
			out = append(out, FindingOf(s))
		}
	}
	return out
}

// FindingOf is the finding that a statement becomes which does not hold.
func FindingOf(s Statement) check.Finding {
	rules := Rules()
	r := rulePost
	if i := slices.IndexFunc(rules, func(r check.Rule) bool { return r.Name == s.Rule }); i >= 0 {
		r = rules[i]
	}
	f := r.At(s.Path, s.About+": "+s.Place.String()+" asks for "+s.Want+"; the image has "+s.Has)
	if s.Why != "" {
		f.Message += " (" + s.Why + ")"
	}
	f.Line, f.Hint = s.Line, mend(r, s)
	return f
}

// mend is the rule's, with the very edit where one line of a recipe does it.
func mend(r check.Rule, s Statement) string {
	edit := ""
	name, service := strings.CutPrefix(s.About, "service ")
	switch {
	case r.Name == ruleService.Name && service && s.Path != "":
		edit = fmt.Sprintf("{service: {name: %s, enabled: %v}}", check.YAMLText(name), s.Want == "on")
	case r.Name == ruleSELinux.Name && s.Line > 0:
		edit = fmt.Sprintf("{line: {path: %s, match: '^SELINUX=', set: SELINUX=%s}}", check.YAMLText(s.Path), s.Want)
	case r.Name == ruleAccount.Name && s.Want == "locked":
		edit = fmt.Sprintf("{password: {user: %s, hash: '!'}}", check.YAMLText(strings.TrimPrefix(s.About, "password of ")))
	}
	if edit == "" {
		return r.Mend
	}
	return "in the recipe: `edits: [" + edit + "]`; or change the line of the kickstart file"
}

// Counts are how many statements there are of each verdict.
type Counts struct {
	Holds        int `json:"holds"`
	DoesNotHold  int `json:"doesNotHold"`
	CannotBeTold int `json:"cannotBeTold"`
}

// Count counts statements.
func Count(all []Statement) Counts {
	var c Counts
	for _, s := range all {
		switch s.Verdict {
		case Holds:
			c.Holds++
		case DoesNotHold:
			c.DoesNotHold++
		default:
			c.CannotBeTold++
		}
	}
	return c
}
