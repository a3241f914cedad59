package lint

import (
	"regexp"
	"slices"
	"strings"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
	"lbimage/kickstart/script"
)

var (
	ruleServoNotEnabled = Rule{
		"ks-servo-not-enabled", Warning,
		"the servo is what makes a load balancer of the image: without it HAProxy gets no configuration",
		"write services --enabled=load-balancer-servo",
	}
	ruleNoTime = Rule{
		"ks-no-time-service", Warning,
		"the servo signs what it asks the cloud for, and a cloud refuses signatures of a clock that is minutes off",
		"ask for ntp and write services --enabled=ntpd, or chrony and chronyd in later releases",
	}
	rulePackageOfLoadBalancer = Rule{
		"ks-load-balancer-package-missing", Info,
		"a load balancer needs HAProxy, boto and the servo; one of them is brought in some other way, or not at all",
		"ask for the package",
	}
	ruleRequireTTY = Rule{
		"ks-sudo-requiretty", Warning,
		"the servo starts HAProxy with sudo, from a service that has no terminal, and the sudo of the release refuses that",
		"comment the line out in %post: sed -i '/requiretty/s/^/#/' /etc/sudoers",
	}
	ruleSerialConsole = Rule{
		"ks-no-serial-console", Info,
		"a cloud shows what an instance says on its serial console, and here it says nothing there",
		"write bootloader --append=\"console=tty0 console=ttyS0,115200n8\"",
	}
)

// servoPackage is the package of the servo.
const servoPackage = "load-balancer-servo"

// loadBalancer judges what only a load balancer needs: a file that asks for HAProxy or the servo describes one.
func (c *checker) loadBalancer() {
	if !c.wants("haproxy") && !c.wants(servoPackage) || c.partial {
		return
	}
	section := c.whole()
	for _, s := range c.f.Sections("%packages") {
		section = s.Place
		break
	}
	for _, need := range []struct{ name, what string }{{"haproxy", "haproxy"}, {"python-boto", "boto"}, {servoPackage, servoPackage}} {
		if c.wants(servoPackage) {
			break // it requires the others
		}
		if !c.wants(need.name) && !c.scriptsName(need.what) {
			c.add(rulePackageOfLoadBalancer, section, "%s is not asked for", need.name)
		}
	}
	enabled := func(names ...string) bool {
		return slices.ContainsFunc(c.asked("--enabled"), func(s serviceAt) bool { return slices.Contains(names, s.name) }) ||
			slices.ContainsFunc(c.read.Effects, func(e script.Effect) bool {
				return e.Kind == script.Service && slices.Contains(names, serviceName(e.Service.Name)) && (e.Service.Action == "enable" || e.Service.Action == "add" || e.Service.Action == "reset")
			})
	}
	if c.wants(servoPackage) && !enabled(servoPackage) && !c.scriptsName(servoPackage) && !c.mayTouch("/etc/rc.d/rc3.d/S85"+servoPackage) {
		c.add(ruleServoNotEnabled, c.placeOf(servoPackage), "%s is asked for, and nothing enables it", servoPackage)
	}
	if !enabled("ntpd", "chronyd", "systemd-timesyncd") && !c.wants("chrony") && !c.scriptsName("ntpd") && !c.scriptsName("chronyd") && !c.mayTouch("/etc/rc.d/rc3.d/S58ntpd") {
		c.add(ruleNoTime, c.whole(), "no service is enabled that keeps the clock right")
	}
	c.requireTTY()
	c.serialConsole()
}

// placeOf is where a package is asked for.
func (c *checker) placeOf(name string) kickstart.Place {
	for _, e := range c.entries {
		if e.Kind == kickstart.Package && !e.Excluded && matches(e.Name, name) {
			return e.Place
		}
	}
	return c.whole()
}

// scriptsName tells whether a script speaks of something.
func (c *checker) scriptsName(word string) bool {
	for _, n := range c.f.Nodes {
		if s, ok := n.(*kickstart.Section); ok && s.Name == "%post" && strings.Contains(s.Body, word) {
			return true
		}
	}
	return false
}

var notRequired = regexp.MustCompile(`!\s*requiretty`)

// requireTTY tells of a sudo that wants a terminal: those of RHEL 5 and 6 do, unless they are told otherwise.
func (c *checker) requireTTY() {
	if c.v > grammar.RHEL6 || c.mayTouch("/etc/sudoers") || c.mayTouch("/etc/sudoers.d/servo") {
		return
	}
	for _, e := range c.read.Effects {
		if e.Path == "/etc/sudoers" && (e.Kind == script.Write || e.Kind == script.Copy || e.Kind == script.Move) ||
			e.Path == "/etc/sudoers" && e.Kind == script.Sed && strings.Contains(e.Program, "requiretty") ||
			strings.HasPrefix(e.Path, "/etc/sudoers") && notRequired.MatchString(e.Content) {
			return
		}
	}
	at := c.placeOf("sudo")
	c.add(ruleRequireTTY, at, "nothing takes requiretty out of /etc/sudoers")
}

// serialConsole tells of a kernel that says nothing on the serial console.
func (c *checker) serialConsole() {
	cmd := c.last("bootloader")
	if cmd == nil || c.scriptsName("console=") {
		return
	}
	line, _ := cmd.Value("--append")
	for _, w := range strings.Fields(line) {
		if console, ok := strings.CutPrefix(w, "console="); ok && !strings.HasPrefix(console, "tty0") {
			return
		}
	}
	at := cmd.Place
	if cmd.Has("--append") {
		at = option(cmd, "--append")
	}
	c.add(ruleSerialConsole, at, "the kernel is not told of a serial console")
}
