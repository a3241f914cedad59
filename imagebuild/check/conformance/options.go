package conformance

import (
	"fmt"
	"slices"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/kickstart"
)

// judgedOptions are the options of each command that its judge looks at, with those that only say how another is meant. Of auth and
// authselect, whose words are another program's, every word is looked at.
var judgedOptions = map[string]string{
	"services":   "--enabled --disabled",
	"selinux":    "--enforcing --permissive --disabled",
	"firewall":   "--enabled --disabled --use-system-defaults --port --service --ssh --http --ftp --smtp --telnet --trust --remove-service --high --medium",
	"part":       "--size --grow --maxsize --recommended --hibernation --onpart --noformat --fstype --label --asprimary --fsoptions " + formatOptions,
	"logvol":     "--fstype --fsoptions --size --percent --vgname --name",
	"autopart":   "--type --fstype --nolvm --noboot --nohome --noswap " + secretly,
	"bootloader": "--location --append --timeout --md5pass --password --iscrypted --extlinux --disabled",
	"timezone":   "--utc --nontp --ntpservers", "timesource": "--ntp-disable --ntp-server --ntp-pool",
	"lang": "--addsupport", "keyboard": "--vckeymap --xlayouts --switch",
	"rootpw":  "--iscrypted --plaintext --lock --allow-ssh",
	"user":    "--name --uid --gid --groups --homedir --shell --gecos --password --iscrypted --plaintext --lock",
	"group":   "--name --gid",
	"sshkey":  "--username",
	"network": "--hostname --device --bootproto --onboot --ip --netmask --gateway --nameserver --mtu --ethtool --dhcpclass --noipv6 " + cardOptions,
	"skipx":   "", "xconfig": "--startxonboot --defaultdesktop", "firstboot": "--enabled --disabled --reconfig",
	"repo": "--install --name --baseurl", "module": "--name --stream --disable",
}

// Options that are told of, each as something that cannot be told.
const (
	formatOptions = "--mkfsoptions --fsprofile --bytes-per-inode --encrypted"
	cardOptions   = "--ipv6 --bondslaves --bondopts --teamslaves --teamconfig --bridgeslaves --bridgeopts --vlanid --essid --wepkey --wpakey --interfacename --ipv6gateway --nodefroute --nodns"
	secretly      = "--encrypted --passphrase --backuppassphrase --escrowcert --cipher --luks-version --pbkdf --pbkdf-iterations --pbkdf-memory --pbkdf-time"
)

// quietOptions are options of which nothing stays in an image: they are for the installer, or about its machine.
var quietOptions = map[string]string{
	"part":       "--ondisk --onbiosdisk --start --end --active --resize --passphrase --backuppassphrase --escrowcert --cipher --luks-version --pbkdf --pbkdf-iterations --pbkdf-memory --pbkdf-time",
	"logvol":     "--grow --maxsize --recommended --hibernation --resize --noformat --useexisting --passphrase --backuppassphrase --escrowcert",
	"bootloader": "--driveorder --boot-drive --upgrade --lba32 --nombr --leavebootorder",
	"network":    "--activate --no-activate --notksdevice --bindto",
	"xconfig":    "--card --depth --driver --hsync --monitor --noprobe --resolution --videoram --vsync",
	"repo":       "--cost --excludepkgs --includepkgs --ignoregroups --proxy --noverifyssl --sslcacert --sslclientcert --sslclientkey",
}

// maxList is how many of the names that an option lists are judged.
const maxList = 500

// list are the names that an option lists, up to that bound; of the others [judge.leftOut] tells.
func list(c *kickstart.Command, option string) []string {
	all := c.List(option)
	return all[:min(len(all), maxList)]
}

// leftOut are the options of a command that its judge does not look at and that are not quiet: nothing is passed over in silence.
func (j *judge) leftOut(c *kickstart.Command, rule string) []Statement {
	name := commandName(c)
	known := strings.Fields(judgedOptions[name] + " " + quietOptions[name])
	var out []Statement
	told := map[string]bool{}
	for _, o := range c.Options {
		if !told[o.Name] && strings.Count(o.Value, ",") >= maxList {
			told[o.Name] = true
			claim := j.claim(c, check.Rule{Name: rule}, name+" "+o.Name)
			out = append(out, claim.untold("all that it lists", fmt.Sprintf("no more than %d names are judged", maxList)))
		}
		if told[o.Name] || slices.Contains(known, o.Name) {
			continue
		}
		told[o.Name] = true
		why := "what the option changes in an image is not looked into"
		if o.Spec.Name == "" {
			why = fmt.Sprintf("%s of %s has no such option", name, j.file.Version)
		}
		claim := j.claim(c, check.Rule{Name: rule}, name+" "+o.Name)
		out = append(out, claim.untold("as asked", why))
	}
	return out
}
