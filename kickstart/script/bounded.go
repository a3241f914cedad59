package script

import (
	"slices"
	"strings"
)

// These commands are not read, but what they can touch is told.

// bound lists the command as one that can touch only what some words name.
func (c *call) bound(why string, words ...string) {
	if paths, ok := c.paths(words); ok {
		c.fail(why, paths)
	}
}

func (c *call) dd() {
	to := ""
	for _, a := range c.args {
		if v, ok := strings.CutPrefix(a, "of="); ok {
			to = v
		}
	}
	if to == "" {
		c.run.harmless(c.node, prints)
		return
	}
	c.bound("what dd copies is not known", to)
}

// tar is what unpacks into a folder that is named: GNU tar keeps what it unpacks below it.
func (c *call) tar() {
	const why = "what is in the archive is not known"
	dir, into, unpacks := ".", false, false
	for i, a := range c.args {
		switch {
		case into:
			dir, into = a, false
		case a == "-C" || a == "--directory":
			into = true
		case strings.HasPrefix(a, "--directory="):
			dir = a[len("--directory="):]
		case i == 0 && a != "" && a[0] != '-', len(a) > 1 && a[0] == '-' && a[1] != '-':
			if strings.Trim(a, "-xvzjJpmkf") != "" {
				c.fail(why, nil)
				return
			}
			unpacks = unpacks || strings.Contains(a, "x")
		case slices.Contains([]string{"--no-same-owner", "--gzip", "--xz", "--bzip2", "--extract"}, a), strings.HasPrefix(a, "--strip-components="):
			unpacks = unpacks || a == "--extract"
		case strings.HasPrefix(a, "-"):
			c.fail(why, nil)
			return
		}
	}
	if !unpacks {
		c.fail("what this form of tar does is not known", nil)
		return
	}
	c.bound(why, dir)
}

// find only tells, or removes below its folders.
func (c *call) find() {
	var dirs []string
	removes, known := false, true
	for i, a := range c.args {
		switch {
		case len(dirs) == i && !strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "(") && a != "!":
			dirs = append(dirs, a)
		case a == "-delete":
			removes = true
		case strings.HasPrefix(a, "-exec") || strings.HasPrefix(a, "-ok") || strings.HasPrefix(a, "-f") && a != "-fstype" && a != "-false" && a != "-follow":
			known = false
		}
	}
	switch {
	case !known:
		c.fail("what find runs, and on which files, is not read", nil)
	case removes && len(dirs) > 0:
		c.bound("which files find removes is not known", dirs...)
	case removes:
		c.bound("which files find removes is not known", ".")
	default:
		c.run.harmless(c.node, asks)
	}
}

// git is clone into a folder.
func (c *call) git() {
	args := slices.DeleteFunc(slices.Clone(c.args), func(a string) bool { return a == "-q" || a == "--quiet" || a == "--recursive" })
	if len(args) == 3 && args[0] == "clone" && !strings.HasPrefix(args[1], "-") {
		c.bound("what is cloned is not known", args[2])
		return
	}
	c.fail("what git does here is not read", nil)
}
