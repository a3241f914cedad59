package recipe

import (
	"fmt"
	"strconv"
	"strings"
)

// size is a number of bytes with a unit: 64M.
var size = scalar("a size, as 64M or 1G", `^[0-9]{1,12}[KMGkmg]?$`)

func checksShape() *shape {
	rule := object("What becomes of a rule's findings, and why.",
		must("severity", choice("off leaves them out; info, warning and error lower them to that, and error raises them.", "off", "info", "warning", "error")),
		must("reason", word.with("Why. The record keeps it.")))
	return object("How the image is checked.",
		may("for", choice("What the image is for. For production, keys, passwords and traces of whoever made it are findings. Without it: what the profile is called, where that is one of the two, else development.", "production", "development")),
		may("strict", flag("What the source is to blame for already keeps the image from being written, too.")),
		may("haproxy", version.with("The oldest HAProxy that will do. Without it: 1.5-dev18.")),
		may("freeSpace", size.with("How much of the root file system has to be free, in bytes or with K, M or G.")),
		may("freeInodes", number("How many inodes of it have to be free.", "a number of inodes", 0, 1<<32-1)),
		may("installer", scalar("1.0, 1.1 or 4.1", `^(1\.0|1\.1|4\.1)$`).with("The generation of euca-install-load-balancer that the image is for: 1.0, 1.1 or 4.1. Without it: the one that its layout is made for.")),
		may("kickstart", hostPath.with("The kickstart file that the image claims to come from: what it says and the image does not have is a finding. Relative to the recipe's folder.")),
		may("rules", settings("Rules that are turned off, lowered or raised, by name. 'lbimage check --list' tells their names.", `^[a-z][a-z0-9-]{1,60}$`, rule))).
		called("checks")
}

func checksOf(v *value) Checks {
	c := Checks{
		For: v.str("for"), Strict: v.flag("strict"), HAProxy: v.str("haproxy"), FreeSpace: bytesOf(v.str("freeSpace")), Installer: v.str("installer"),
		Kickstart: v.str("kickstart"),
	}
	if n := v.number("freeInodes"); n != nil {
		c.FreeInodes = int64(*n)
	}
	for _, m := range v.get("rules").list() {
		c.Rules = append(c.Rules, Rule{m.key, m.value.str("severity"), m.value.str("reason")})
	}
	return c
}

// bytesOf reads what the pattern of size lets through.
func bytesOf(text string) int64 {
	if text == "" {
		return 0
	}
	shift := 0
	if i := strings.IndexByte("KMG", strings.ToUpper(text)[len(text)-1]); i >= 0 {
		shift, text = 10*(i+1), text[:len(text)-1]
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("recipe: %q went through the pattern of sizes", text))
	}
	return n << shift
}
