package conformance

import (
	"slices"
	"strconv"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart"
)

// bootloader judges what is told to the kernel, the time-out, the password and the place of the boot loader.
func (j *judge) bootloader(c *kickstart.Command) []Statement {
	var out []Statement
	where, ok := c.Value("--location")
	if c.Has("--disabled") {
		where, ok = "none", true
	}
	if ok {
		out = append(out, j.loaderPlace(c, where))
	}
	if args, ok := c.Value("--append"); ok {
		out = append(out, j.kernelArgs(c, args)...)
	}
	if seconds, ok := c.Value("--timeout"); ok {
		out = append(out, j.menuTimeout(c, seconds))
	}
	out = append(out, j.menuPassword(c)...)
	if c.Has("--extlinux") {
		out = append(out, j.extlinux(c))
	}
	return out
}

const noMenu = "the image has no configuration of a boot loader that is known: its cloud may start it"

// loaderPlace judges where the boot loader is.
func (j *judge) loaderPlace(c *kickstart.Command, where string) Statement {
	claim := j.claim(c, ruleBootLoader, "boot loader")
	code, menus := j.subject.Disk.BootCode, j.subject.Survey.Boot.Menus
	switch {
	case where == "none" && code == check.BootCodeThere:
		return claim.fails("none", "a program in the first sector of the disk")
	case where == "none" && len(menus) == 0:
		return claim.holds("none", "none")
	case where == "none":
		return claim.at(menus[0].Path, 0).untold("none", "there is a configuration of "+menus[0].Loader+", and no program in the first sector that would read it")
	case where == "mbr" && code == check.BootCodeThere:
		return claim.holds("in the first sector of the disk", "a program in the first sector of the disk")
	case where == "mbr" && code == check.BootCodeNone:
		return claim.fails("in the first sector of the disk", "no program in it")
	case where == "mbr" && j.subject.Disk.Table == "none":
		return claim.untold("in the first sector of the disk", "the disk has no partition table: its cloud starts it")
	}
	return claim.untold("in "+where, "whether a boot loader is there is not looked into")
}

// kernelArgs judges each word that the kernel is to be told, in the entry that each menu starts by default.
func (j *judge) kernelArgs(c *kickstart.Command, args string) []Statement {
	words := strings.Fields(args)
	about := j.claim(c, ruleBootLoader, "what the kernel is told")
	if len(words) == 0 {
		return nil
	}
	var out []Statement
	for _, m := range j.subject.Survey.Boot.Menus {
		e, ok := m.Started()
		if !ok || e.Kernel == "" {
			out = append(out, about.at(m.Path, 0).untold(args, "which entry is started by default is not told"))
			continue
		}
		at, line := m.Path, e.KernelLine
		if e.Path != "" {
			at = e.Path
		}
		if line == 0 {
			line = e.Line
		}
		has := strings.Fields(e.Args)
		var lacks []string
		for _, w := range words {
			if !slices.Contains(has, w) && !slices.Contains(has, strings.Trim(w, `"`)) {
				lacks = append(lacks, w)
			}
		}
		claim := about.at(at, line)
		if len(lacks) > 0 {
			claim = claim.why("%s is not among it", strings.Join(lacks, " "))
		}
		if len(lacks) > 0 && strings.Contains(e.Args, "$") {
			out = append(out, claim.untold(args, "the boot loader is told variables, which are not followed"))
			continue
		}
		out = append(out, claim.is(len(lacks) == 0, args, named(e.Args)))
	}
	if len(out) == 0 {
		out = append(out, about.untold(args, noMenu))
	}
	return out
}

// inSeconds is a number of seconds in words.
func inSeconds(n string) string {
	if n == "1" {
		return "1 second"
	}
	return n + " seconds"
}

// menuTimeout judges for how many seconds the menu waits.
func (j *judge) menuTimeout(c *kickstart.Command, seconds string) Statement {
	claim := j.claim(c, ruleBootLoader, "time-out of the boot loader")
	want := inSeconds(seconds)
	menus := j.subject.Survey.Boot.Menus
	if len(menus) == 0 {
		return claim.untold(want, noMenu)
	}
	m := menus[0]
	t := j.read(m.Path)
	if t.bad != "" {
		return claim.at(m.Path, 0).untold(want, t.bad)
	}
	value, line, n := "", 0, 0
lines:
	for i, l := range t.lines {
		words := strings.FieldsFunc(strings.TrimSpace(l), func(r rune) bool { return r == ' ' || r == '\t' || r == '=' })
		switch {
		case len(words) == 0:
		case m.Loader == survey.GRUBLegacy && words[0] == "title":
			break lines // what comes then is of the entries
		case m.Loader == survey.GRUB2 && len(words) == 3 && words[0] == "set" && words[1] == "timeout":
			value, line, n = words[2], i+1, n+1
		case m.Loader != survey.GRUB2 && len(words) == 2 && strings.EqualFold(words[0], "timeout"):
			value, line, n = words[1], i+1, n+1
		}
	}
	if m.Loader == survey.Extlinux && strings.HasSuffix(value, "0") && len(value) > 1 {
		value = value[:len(value)-1] // in tenths
	}
	claim = claim.at(t.path, line)
	has, err := strconv.Atoi(value)
	asked, err2 := strconv.Atoi(seconds)
	switch {
	case err2 != nil:
		return claim.untold(want, "it is no number")
	case n == 0 && m.Loader == survey.GRUBLegacy:
		return claim.fails(want, "no time-out: it waits for ever")
	case n == 0 || err != nil:
		return claim.untold(want, "which time-out counts is not told")
	case m.Loader == survey.GRUB2 && n > 1:
		return j.grub2Timeout(claim, asked, want)
	}
	return claim.is(has == asked, want, inSeconds(strconv.Itoa(has)))
}

// grub2Timeout judges by /etc/default/grub, of which grub.cfg is made: that has several, for what happened at the last boot.
func (j *judge) grub2Timeout(c claim, asked int, want string) Statement {
	t := j.read("etc/default/grub")
	return c.same(t, "GRUB_TIMEOUT", strconv.Itoa(asked), "", exact).wanting(want)
}

// wanting gives a statement another text for what is asked for.
func (s Statement) wanting(want string) Statement {
	s.Want = want
	return s
}

// menuPassword judges the password before the menu.
func (j *judge) menuPassword(c *kickstart.Command) []Statement {
	hash, hashed := c.Value("--md5pass")
	clear, ok := c.Value("--password")
	if !hashed && !ok {
		return nil
	}
	if ok && c.Has("--iscrypted") {
		hash, hashed = clear, true
	}
	claim := j.claim(c, ruleBootLoader, "password of the boot loader")
	want := "one"
	if hashed {
		want = concealed(hash)
	}
	menus := j.subject.Survey.Boot.Menus
	if len(menus) == 0 {
		return []Statement{claim.untold(want, noMenu)}
	}
	m := menus[0]
	if m.Loader != survey.GRUBLegacy {
		return []Statement{j.grub2Password(claim, hash, want)}
	}
	t := j.read(m.Path)
	if t.bad != "" {
		return []Statement{claim.at(m.Path, 0).untold(want, t.bad)}
	}
	for n, l := range t.lines {
		words := strings.Fields(l)
		if len(words) > 0 && words[0] == "title" {
			break
		}
		if len(words) < 2 || words[0] != "password" {
			continue
		}
		claim = claim.at(t.path, n+1)
		has := words[1]
		crypted := len(words) > 2 && (has == "--md5" || has == "--encrypted")
		if crypted {
			has = words[2]
		}
		switch {
		case hashed:
			return []Statement{claim.is(crypted && has == hash, want, concealed(has))}
		case !crypted:
			return []Statement{claim.is(has == clear, want, "one in clear text")}
		}
		return []Statement{j.fits(claim, has, clear, "the password that the file has")}
	}
	return []Statement{claim.at(t.path, 0).fails(want, "none")}
}

// grub2Password judges by user.cfg, where the hash lies since RHEL 7.2, or by grub.cfg.
func (j *judge) grub2Password(c claim, hash, want string) Statement {
	if hash == "" {
		return c.untold(want, "GRUB 2 keeps hashes of its own kind, which are not made here")
	}
	for _, name := range []string{"boot/grub2/user.cfg", "boot/grub2/grub.cfg", "boot/efi/EFI/centos/user.cfg", "boot/efi/EFI/redhat/user.cfg"} {
		t := j.read(name)
		if t.bad != "" {
			return c.at(t.path, 0).untold(want, t.bad)
		}
		for n, l := range t.lines {
			if strings.Contains(l, hash) && !strings.HasPrefix(strings.TrimSpace(l), "#") {
				return c.at(t.path, n+1).holds(want, want)
			}
		}
	}
	return c.fails(want, "no such hash in the configuration of GRUB 2")
}

func (j *judge) extlinux(c *kickstart.Command) Statement {
	claim := j.claim(c, ruleBootLoader, "kind of boot loader")
	menus := j.subject.Survey.Boot.Menus
	for _, m := range menus {
		if m.Loader == survey.Extlinux {
			return claim.at(m.Path, 0).holds("extlinux", "extlinux")
		}
	}
	if len(menus) == 0 {
		return claim.untold("extlinux", noMenu)
	}
	return claim.at(menus[0].Path, 0).fails("extlinux", menus[0].Loader)
}
