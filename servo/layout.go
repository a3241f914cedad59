package servo

import (
	"fmt"
	"io/fs"

	"lbimage/haproxy-config"
	"lbimage/overlay"
)

// File is a file or folder that a release of the servo brings.
type File struct {
	Path  string // from the image's root; SitePackages at its head stands for Python's folder
	Mode  fs.FileMode
	Owner overlay.Owner
	// Config is set for files that an administrator may have changed: an update leaves them.
	Config bool
	What   string // what it is for
}

// SitePackages stands at the head of a path for the folder of Python's packages, which differs between
// images: /usr/lib/python2.6/site-packages on EL6.
const SitePackages = "{site-packages}"

var (
	root  = overlay.Owner{User: "root", Group: "root"}
	servo = overlay.Owner{User: User, Group: User}
)

// setIDs are the bits 6000 of the servo's folders in /var.
const setIDs = fs.ModeDir | fs.ModeSetuid | fs.ModeSetgid

// span is a row of the table: a file and the releases that bring it.
type span struct {
	since, until string // until is the last one that does; empty: all later ones
	File
}

// table is what the servo's package brings, and under which names the programs of the servo look for it.
// The tmpfiles.d entry belongs to the servo and not to root, as released.
var table = []span{
	{"1.0.0", "", File{"/etc/load-balancer-servo", fs.ModeDir | 0o755, servo, false, "configuration"}},
	{"1.0.0", "", File{"/" + TemplatePath, 0o644, servo, true, "the HAProxy template"}},
	{"1.0.0", "", File{"/etc/load-balancer-servo/boto.cfg", 0o644, servo, true, "time-outs of the AWS client"}},
	{"1.2.0", "", File{"/etc/load-balancer-servo/503.http", 0o644, servo, true, "what HAProxy answers without an instance"}},
	{"1.0.0", "", File{"/etc/sudoers.d/servo", 0o440, root, false, "what the servo may run as root"}},
	{"1.0.0", "", File{"/etc/init.d/load-balancer-servo", 0o755, root, false, "start script"}},
	{"1.0.0", "", File{"/var/run/load-balancer-servo", setIDs | 0o700, servo, false, "pid files"}},
	{"1.0.0", "", File{"/var/lib/load-balancer-servo", setIDs | 0o700, servo, false, "the configuration that HAProxy runs with"}},
	{"1.0.0", "", File{"/var/log/load-balancer-servo", setIDs | 0o700, servo, false, "logs"}},
	{"1.0.0", "", File{"/usr/bin/load-balancer-servo", 0o755, root, false, "the program"}},
	{"1.0.0", "", File{SitePackages + "/servo", fs.ModeDir | 0o755, root, false, "the program's modules"}},
	{"1.0.1", "1.3.0", File{"/usr/libexec/load-balancer-servo/ntp-update", 0o755, root, false, "sets the time servers"}},
	{"1.0.4", "1.0.4", File{"/usr/libexec/load-balancer-servo/dns-update", 0o755, root, false, "sets the name servers"}},
	{"1.4.0", "", File{"/usr/libexec/load-balancer-servo/servo-prep", 0o755, root, false, "prepares the machine for the servo"}},
	{"1.0.1", "1.2.1", File{"/etc/cron.d/load-balancer-servo", 0o640, root, true, "runs ntp-update"}},
	{"1.3.0", "", File{"/usr/lib/tmpfiles.d/load-balancer-servo.conf", 0o644, servo, false, "makes /var/run/load-balancer-servo at boot"}},
	{"1.4.0", "", File{"/var/lib/load-balancer-servo/log4j.xml", 0o755, servo, false, "logging of the workflow worker"}},
}

// elsewhere are further places of files, by the path in the table.
var elsewhere = map[string]string{
	"/usr/lib/tmpfiles.d/load-balancer-servo.conf": "/etc/tmpfiles.d/load-balancer-servo.conf",
}

// parse reads a version of the tables above, which are right: a test reads them all.
func parse(s string) Version {
	v, err := haproxyconfig.ParseVersion(s)
	if err != nil {
		panic(err)
	}
	return v
}

func (s span) brings(v Version) bool {
	return v.Compare(parse(s.since)) >= 0 && (s.until == "" || v.Compare(parse(s.until)) <= 0)
}

// known refuses versions outside the table: what they bring is not known.
func known(v Version) error {
	first, last := releases[0], releases[len(releases)-1]
	if v.Compare(parse(first)) < 0 || v.Compare(parse(last)) > 0 {
		return fmt.Errorf("servo %s: what it brings is not known; known are %s to %s", v, first, last)
	}
	return nil
}

// Layout gives the files and folders that a release brings.
func Layout(v Version) ([]File, error) {
	if err := known(v); err != nil {
		return nil, err
	}
	var out []File
	for _, s := range table {
		if s.brings(v) {
			out = append(out, s.File)
		}
	}
	return out, nil
}
