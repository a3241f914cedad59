package recipe

import (
	"fmt"
	"regexp"
	"strings"

	"lbimage/haproxy-config/nearest"
)

// Values that more than one key has.
var (
	hostPath = text("the path of a file or folder, relative to the recipe's folder", `^[^\x00-\x1f\x7f]+$`)
	word     = text("a text in one line", `^[^\x00-\x1f\x7f]+$`)
	version  = scalar("a version, as 1.5.18 or 1.5-dev21", `^v?[0-9]+(\.[0-9]+)+([-+][^\s]*)?$`)
	regex    = text("a regular expression (RE2)", `^[^\x00\n]+$`)
	userName = scalar("the name of an account", `^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,30}\$?$`)
	hash     = secret(text("a hash as crypt(3) writes it ($6$SALT$…), or ! to lock; never the password itself",
		`^(!{0,8}[$][0-9A-Za-z]+[,$][!-9;-~]{8,500}|[!*]{1,8}|\*(LK|NP)\*)$`))
	keyLine = text("the line of an OpenSSH public key: ssh-ed25519 AAAA… NAME",
		`^([^#\s].*\s)?(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{16,}={0,3}( [^\x00-\x1f]*)?$`)
	settingValue = scalar("a value in one line", `^[^\x00-\x1f\x7f]+$`)
	scriptlets   = choice("What happens with the package's scriptlets, which never run: their known effects are done natively and any other command is refused by name, or all of it is skipped and the record says so.", "native", "skip")
	noDeps       = flag("Install the package although the image lacks what it requires: each miss is a warning then.")
)

// What output.name may hold in braces. All but {profile} come from the source.
var placeholders = []string{"version", "release", "profile", "name", "arch"}

const profileNames = `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`

func secret(s shape) shape {
	s.secret = true
	return s
}

// digits says that a number, where it is not quoted, is a whole one.
func digits(s shape) shape {
	s.digits = true
	return s
}

// inImage is a path in the image.
func inImage(doc string) *shape {
	s := text("a path from the image's root, as /etc/motd, without ..", `^/[^\x00-\x1f\x7f]*$`)
	s.never = expr(`/\.\.(/|$)`)
	return s.with(doc)
}

// recipeShape is the table of all keys.
func recipeShape() *shape {
	top := object("A recipe of lbimage: what to change in a load balancer image, and the profiles to make of it.",
		must("apiVersion", choice("The version of this format.", APIVersion)),
		must("source", sourceShape()))
	top.fields = append(top.fields, layerFields()...)
	profile := object("A profile takes all that stands at the top level and adds to it: lists grow, mappings take the profile's value for a key that both have, plain values are replaced, servo is replaced whole.",
		may("extends", scalar("the name of another profile", profileNames).with("Another profile of this recipe that comes between the top level and this one.")))
	profile.fields = append(profile.fields, layerFields()...)
	profile.void = true
	profiles := settings("The images to make, by name. Without profiles there is one, called default.", profileNames, profile)
	profiles.few = maxProfiles
	profiles.want = "a mapping of names to profiles"
	top.fields = append(top.fields, may("profiles", profiles))
	return top
}

func sourceShape() *shape {
	s := object("What the build starts from.",
		must("path", hostPath.with("An RPM, an image tarball (.tgz) or a raw disk image, relative to the recipe's folder.")),
		may("sha256", digits(scalar("a SHA-256 digest, 64 hexadecimal digits", `^[0-9a-fA-F]{64}$`)).with("The digest that the source has to have.")),
		may("partition", number("The partition with the root file system, where two could be meant.", "a partition's number, from 1 on", 1, 128)))
	s.short = "path"
	return s
}

// layerFields are the keys that stand at the top level and in profiles.
func layerFields() []field {
	return []field{
		may("output", outputShape()),
		may("haproxy", haproxyShape()),
		may("sysctl", settings("Kernel parameters to set in /etc/sysctl.conf.", `^-?[^\s=#;]+$`, settingValue.with("The parameter's value."))),
		may("overlay", list("Folders laid over the image's root, one after the other, relative to the recipe's folder. An .owners file in one names owners; else all is root's.", hostPath.with("A folder."))),
		may("edits", list("Further changes, in order. Each item has one key, the kind of change.", editShape())),
		may("servo", servoShape()),
		may("access", accessShape()),
		may("keyring", list("Files with OpenPGP public keys. Every package has to be signed by one of them.", hostPath.with("A file with public keys, armoured or not."))),
		may("checks", checksShape()),
		may("attributes", choice("What becomes of the capabilities and the access control list of a file whose content is replaced: copy does as cp (the list stays, the capabilities go), keep keeps both, drop drops both. Without it: copy.", "copy", "keep", "drop")),
	}
}

func outputShape() *shape {
	name := text("a file name in which {version}, {release}, {profile}, {name} and {arch} may stand, without /",
		`^(\{(version|release|profile|name|arch)\}|[^{}/.\x00-\x20\x7f-])(\{(version|release|profile|name|arch)\}|[^{}/\x00-\x1f\x7f]){0,199}$`)
	name.check = checkPlaceholders
	return object("The image tarball that is made.",
		may("name", name.with("Its name; .tgz is added. Without it: {name}-{profile}. {name}, {version}, {release} and {arch} are the source package's, {profile} is the profile's name.")),
		may("rpm", rpmShape()),
		may("sbom", withName(list("Bills of materials that are written beside it, as what stands in for .tgz: .spdx.json, .cdx.json.",
			choice("A format: SPDX 2.3, or CycloneDX 1.6.", "spdx", "cyclonedx")), func(s string) string { return s })),
		may("provenance", flag("Write where the image comes from beside it, as a statement of in-toto and SLSA: .intoto.json.")),
		may("sums", flag("Write SHA256SUMS into the folder of the outputs, of all profiles that say so."))).
		called("output")
}

var braced = regexp.MustCompile(`\{[^{}]*\}?`)

// checkPlaceholders says which word in braces is not known, where there is one.
func checkPlaceholders(r *reader, v *value) {
	for _, b := range braced.FindAllString(v.text, -1) {
		word := strings.Trim(b, "{}")
		for _, known := range placeholders {
			if b == "{"+known+"}" {
				word = ""
			}
		}
		if word != "" || b == "{" || b == "{}" {
			hint := ""
			if near := nearest.Word(word, placeholders); near != "" {
				hint = "; did you mean {" + near + "}?"
			}
			r.problem(v.place, "unknown-placeholder", fmt.Sprintf("%s: %s is not known%s", v.path, shorten(b), hint),
				"there are {"+strings.Join(placeholders, "}, {")+"}")
			return
		}
	}
}

func haproxyShape() *shape {
	return object("Changes to the HAProxy template in the image.",
		may("template", hostPath.with("A file that replaces the template whole; the other keys then edit that.")),
		may("timeouts", settings("Time-outs of the template's defaults: connect, client, server, queue, check, http-request, http-keep-alive, tunnel.", `^[a-z][a-z0-9-]*$`,
			digits(scalar("a time, as 5s, 2m or 500ms", `^[0-9]{1,10}(us|ms|s|m|h|d)?$`)).with("A time: a number with us, ms, s, m, h or d; milliseconds without."))),
		may("set", settings("Other directives of the template: retries, global.maxconn.", `^[^\s=]([^\x00-\x1f=]*[^\s=])?$`, settingValue.with("The directive's value."))),
		may("options", withName(list("Options of the template to be on, as dontlognull; 'no NAME' switches one off.",
			text("the name of an option, with or without 'no ' before it", `^(no )?[a-z][a-z0-9-]*( [^\x00-\x1f\x7f]+)?$`).with("An option.")), optionName)),
		may("version", version.with("The HAProxy that the template is judged for. Without it: the image's.")),
		may("servoVersion", version.with("The servo that the template is judged for. Without it: the image's.")),
		may("lintOnly", flag("Judge the template by rules alone: do not run the image's HAProxy."))).
		called("haproxy")
}

func withName(s *shape, name func(string) string) *shape {
	s.name = name
	return s
}

// optionName is what an option is about: redispatch in 'no redispatch'.
func optionName(option string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(option, "no "), " ")
	return name
}

func servoShape() *shape {
	s := object("The load-balancer-servo to put into the image, from a package or from source.",
		may("rpm", hostPath.with("The servo's package.")),
		may("scriptlets", scriptlets),
		may("nodeps", noDeps),
		may("source", word.with("The servo's source: a folder, or the URL of a git repository.")),
		may("ref", scalar("a branch, a tag or a commit", `^[^\s\x00-\x1f\x7f~^:?*\[\\-][^\s\x00-\x1f\x7f~^:?*\[\\]*$`).with("The branch, tag or commit of the repository. Without it: the folder as it is, or the repository's HEAD.")),
		may("allowDirty", flag("Take a folder with changes that are not committed.")),
		may("bootstrap", choice("install lays the source into the image; per-boot puts a script there that fetches and starts the servo at each boot.", "install", "per-boot")),
		may("logLevel", choice("What a servo from source logs. Without it: debug.", "debug", "info", "warning", "error", "critical"))).
		exactly("rpm", "source").checked(checkServo).called("servo")
	s.whole = true
	return s
}

// checkServo refuses keys that belong to the other way of installing.
func checkServo(r *reader, v *value) {
	with, of := "source", []string{"scriptlets", "nodeps"}
	switch rpm, source := v.member("rpm"), v.member("source"); {
	case (rpm == nil) == (source == nil):
		return // told already
	case rpm != nil:
		with, of = "rpm", []string{"ref", "allowDirty", "bootstrap", "logLevel"}
	case v.str("bootstrap") == "per-boot":
		with, of = "bootstrap: per-boot", []string{"scriptlets", "nodeps", "allowDirty", "logLevel"}
	}
	for _, key := range of {
		if m := v.member(key); m != nil {
			r.problem(m.place, "conflicting-keys", fmt.Sprintf("%s.%s means nothing with %s", v.path, key, with), "remove it")
		}
	}
	if b, source := v.get("bootstrap"), v.get("source"); b != nil && b.text == "per-boot" && source != nil && !IsURL(source.text) {
		r.problem(source.place, "wrong-value", v.path+": with bootstrap: per-boot the source has to be the URL of a git repository", "the image fetches it when it boots")
	}
}

func accessShape() *shape {
	return object("Who may log in, for development images.",
		may("user", userName.with("The account. Without it: root.")),
		may("authorizedKeys", list("Lines for the account's .ssh/authorized_keys.", keyLine.with("A public key."))),
		may("authorizedKeysFile", hostPath.with("A file with such lines.")),
		may("password", hash.with("The account's password, as a hash."))).
		called("access")
}
