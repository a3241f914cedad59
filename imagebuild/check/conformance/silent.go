package conformance

import (
	"slices"
	"strings"

	"lbimage/kickstart"
)

// Silent is a line of a kickstart file that says nothing of the image that comes of it.
type Silent struct {
	Place kickstart.Place `json:"place"`
	Text  string          `json:"text"` // in one line
	Why   string          `json:"why"`
}

// Reasons why nothing of a command stays in an image.
const (
	forInstaller = "it is for the installer alone: how it shows itself and what it asks"
	forSource    = "it says where the installer finds packages"
	forDisks     = "it says what becomes of the disks before they are cut anew"
	forEnd       = "it says what the machine does once it is installed"
	forHardware  = "it is about the machine that the installer runs on"
)

// nothingStays are the commands of which nothing stays in an image, and why.
var nothingStays = map[string]string{
	"install": forInstaller, "upgrade": forInstaller, "text": forInstaller, "graphical": forInstaller, "cmdline": forInstaller, "interactive": forInstaller,
	"autostep": forInstaller, "rescue": forInstaller, "vnc": forInstaller, "logging": forInstaller, "sshpw": forInstaller, "updates": forInstaller,
	"mediacheck": forInstaller, "key": forInstaller, "eula": forInstaller, "unsupported_hardware": forInstaller, "rdp": forInstaller,
	"url": forSource, "cdrom": forSource, "nfs": forSource, "harddrive": forSource, "hmc": forSource, "liveimg": forSource, "method": forSource,
	"zerombr": forDisks, "clearpart": forDisks, "ignoredisk": forDisks,
	"reboot": forEnd, "poweroff": forEnd, "shutdown": forEnd, "halt": forEnd,
	"driverdisk": forHardware, "device": forHardware, "deviceprobe": forHardware, "dmraid": forHardware, "multipath": forHardware, "monitor": forHardware,
	"mouse": forHardware, "lilocheck": forHardware, "nvdimm": forHardware,
}

// unknowable are commands that leave something in an image which is not looked into, and why.
var unknowable = map[string]string{
	"raid": "arrays are not looked into", "volgroup": "volumes of LVM are not looked into", "btrfs": "volumes of Btrfs are not looked into",
	"snapshot": "volumes of LVM are not looked into", "reqpart": "which partitions that makes depends on the machine", "mount": "it mounts what was there before",
	"iscsi": "disks of the network are not looked into", "iscsiname": "disks of the network are not looked into", "fcoe": "disks of the network are not looked into",
	"zfcp": "disks of the network are not looked into", "realm": "whether a domain was joined is known to the domain", "rhsm": "whether it was registered is known to the vendor",
	"syspurpose": "what the vendor is told of the system is not looked into", "ostreesetup": "an image of OSTree is of another make",
	"ostreecontainer": "an image of OSTree is of another make", "bootc": "an image of bootc is of another make", "langsupport": "which packages of languages that brings is known to the repositories alone",
}

// sections are those whose scripts leave nothing in an image, and why.
var sections = map[string]string{
	"%pre":         "it runs before there is a file system of the image",
	"%pre-install": "it runs before packages are installed, in the installer's own system",
	"%onerror":     "it runs where the installation fails",
	"%traceback":   "it runs where the installer fails",
	"%anaconda":    "it says how the installer judges passwords",
}

// silent says whether a command says nothing of an image, and why.
func silent(c *kickstart.Command) (bool, string) {
	if c.Spec.Name == "" {
		return false, ""
	}
	name := commandName(c)
	switch {
	case name == "repo" && !c.Has("--install"):
		return true, forSource + "; with --install it would stay"
	case slices.Contains([]string{"bootloader", "network", "xconfig"}, name) && onlyQuiet(c):
		return true, "it asks for nothing that stays in an image but what the installer would do anyway"
	}
	why := nothingStays[name]
	return why != "", why
}

// onlyQuiet says that nothing stays of any option that is given.
func onlyQuiet(c *kickstart.Command) bool {
	quiet := strings.Fields(quietOptions[commandName(c)])
	return !slices.ContainsFunc(c.Options, func(o kickstart.Option) bool { return !slices.Contains(quiet, o.Name) })
}

// SaysNothing lists the lines of a file that [Judge] has no statement for, in their order, but for comments.
func SaysNothing(f *kickstart.File) []Silent {
	out := []Silent{}
	for _, n := range f.Nodes {
		switch n := n.(type) {
		case *kickstart.Command:
			if quiet, why := silent(n); quiet {
				out = append(out, Silent{n.Place, textOf(n), why})
			}
		case *kickstart.Section:
			why := sections[n.Name]
			if why == "" && n.Name != "%packages" && n.Name != "%post" && n.Name != "%addon" {
				why = "the section is none whose meaning for an image is known"
			}
			if why != "" {
				out = append(out, Silent{n.Place, oneLine(kickstart.ConcealText(strings.TrimSpace(n.Head))), why})
			}
		}
	}
	return out
}
