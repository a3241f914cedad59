package recipe

// rpmShape is output.rpm: true, or what the package is called and what lies in it.
func rpmShape() *shape {
	tag := func(doc string) *shape { return word.with(doc) }
	part := func(doc string) *shape {
		return hostPath.with(doc + ", relative to the recipe's folder. Without it: the source package's, where there is one.")
	}
	version := scalar("letters, digits and . _ + ~ ^", `^[A-Za-z0-9_+~^][A-Za-z0-9._+~^]{0,63}$`)
	s := object("An RPM of the image beside it, as upstream packs it. true takes all tags and further files from the source's package; with any of the keys it is written too.",
		may("write", flag("Whether it is written; a profile may say false.")),
		may("name", scalar("letters, digits and . _ + -", `^[A-Za-z0-9_+][A-Za-z0-9._+-]{0,127}$`).with("Its name. Without it: the source's; -devel is added for a profile whose name begins with devel.")),
		may("version", version.with("Its version. Without it: the source's.")),
		may("release", version.with("Its release. Without it: the source's. A customized package wants one of its own, as 0.212.1.el6, so that yum takes it for an update.")),
		may("arch", scalar("an architecture, as x86_64", `^[a-z0-9_]{1,32}$`).with("Its architecture. Without it: the source's, else x86_64.")),
		may("summary", tag("What it is, in one line.")),
		may("description", text("a text", `^[^\x00]+$`).with("What it is, in several lines.")),
		may("licenseTag", tag("The short name of the licence of what is in the image, as GPLv2.")),
		may("group", tag("Its group, as Applications/System.")),
		may("url", tag("Where to read on.")),
		may("vendor", tag("Who gives it out.")),
		may("packager", tag("Who has made it.")),
		may("kickstart", part("The kickstart that the image was made by")),
		may("license", part("The text of the licence of what is in the image")),
		may("script", part("The installer, euca-install-load-balancer"))).
		called("outputRPM")
	s.short, s.void = "write", true
	return s
}

// rpmOf gives what output.rpm says; nil where there is nothing to write.
func rpmOf(v *value) *OutputRPM {
	if v == nil || v.str("write") == "false" {
		return nil
	}
	return &OutputRPM{
		Name: v.str("name"), Version: v.str("version"), Release: v.str("release"), Arch: v.str("arch"),
		Summary: v.str("summary"), Description: v.str("description"), LicenseTag: v.str("licenseTag"),
		Group: v.str("group"), URL: v.str("url"), Vendor: v.str("vendor"), Packager: v.str("packager"),
		Kickstart: v.str("kickstart"), License: v.str("license"), Script: v.str("script"),
	}
}
