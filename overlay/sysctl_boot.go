package overlay

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
)

// SysctlBoot is how an image sets kernel parameters when it boots.
type SysctlBoot struct {
	// Reader is who does: systemd-sysctl; the start scripts of EL5 and EL6 (rc.sysinit); or sysctl --system, which other
	// scripts call, and which is assumed where nothing else is found.
	Reader string
	// Files are those that are read, in order: of two that set a parameter the later one counts.
	Files []Resolved
	// Unread is set where /etc/sysctl.conf is there and is not among them.
	Unread bool
	// Off is set where the service that sets them is masked.
	Off bool
}

// The readers.
const (
	SystemdSysctl = "systemd-sysctl"
	SysinitSysctl = "rc.sysinit"
	ProcpsSysctl  = "sysctl --system"
)

// SysctlAtBoot finds out which files set kernel parameters at boot, in which order. A file that cannot be read is among them.
func SysctlAtBoot(t ReadTree) (SysctlBoot, error) {
	own, err := Resolve(t, SysctlConf)
	if err != nil && !LeadsNowhere(err) {
		return SysctlBoot{}, err
	}
	there := err == nil && own.Exists() && own.Info.Mode().IsRegular()
	systemd, err := anyExists(t, "usr/lib/systemd/systemd-sysctl", "lib/systemd/systemd-sysctl")
	if err != nil {
		return SysctlBoot{}, err
	}
	if systemd {
		b := SysctlBoot{Reader: SystemdSysctl, Off: masked(t, "systemd-sysctl.service")}
		if b.Files, err = sysctlFiles(t, sysctlDirs, ".conf"); err != nil {
			return b, err
		}
		b.Unread = there && !slices.ContainsFunc(b.Files, func(f Resolved) bool { return f.Name == own.Name })
		return b, nil
	}
	conf, dir, scripts, err := scriptsRead(t)
	if err != nil {
		return SysctlBoot{}, err
	}
	b := SysctlBoot{Reader: SysinitSysctl}
	dirs, suffix := []string{"etc/sysctl.d"}, ""
	if !scripts {
		b.Reader, dirs, suffix = ProcpsSysctl, slices.Concat([]string{"run/sysctl.d"}, sysctlDirs), ".conf"
		conf, dir = 2, 1
	}
	if dir > 0 {
		if b.Files, err = sysctlFiles(t, dirs, suffix); err != nil {
			return b, err
		}
	}
	switch {
	case !there:
	case conf == 0:
		b.Unread = true
	case conf > dir:
		b.Files = append(b.Files, own)
	default:
		b.Files = append([]Resolved{own}, b.Files...)
	}
	return b, nil
}

// scriptsRead tells where the start scripts of EL5 and EL6 read /etc/sysctl.conf and the files of /etc/sysctl.d: a greater
// number for what comes later, 0 for what is not read. Not ok: there are no such scripts, or they set no parameters.
func scriptsRead(t ReadTree) (conf, dir int, ok bool, err error) {
	for _, script := range []string{"etc/rc.d/rc.sysinit", "etc/rc.d/init.d/functions"} {
		text, err := readSmall(t, script, maxSysctlFile)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNotFile) {
			continue
		}
		if err != nil {
			return 0, 0, false, err
		}
		c, d := 1+bytes.LastIndex(text, []byte("/etc/sysctl.conf")), 1+bytes.LastIndex(text, []byte("/etc/sysctl.d/"))
		if c > 0 || d > 0 { // the functions are called by rc.sysinit, and tell more
			conf, dir, ok = max(c, 0), max(d, 0), true
		}
	}
	return conf, dir, ok, nil
}

// masked says whether a unit of systemd is masked.
func masked(t ReadTree, unit string) bool {
	for _, dir := range []string{"etc/systemd/system/", "run/systemd/system/", "usr/lib/systemd/system/", "lib/systemd/system/"} {
		r, err := ResolveLink(t, dir+unit)
		if err != nil || !r.Exists() {
			continue
		}
		if r.Info.Mode()&fs.ModeSymlink == 0 {
			return r.Info.Size() == 0
		}
		target, err := t.ReadLink(r.Name)
		return err == nil && target == "/dev/null"
	}
	return false
}

// Assignment is a line of a sysctl.conf that sets a parameter.
type Assignment struct {
	Setting        // as written, but for a minus before the parameter
	Name    string // the parameter with dots, however it is written: net.ipv4.conf.eth0/1.forwarding
	Line    int    // counted from 1
}

// SysctlAssignments gives every line of a sysctl.conf that sets a parameter, in the file's order.
func SysctlAssignments(text []byte) []Assignment {
	var out []Assignment
	for i, l := range parseSysctl(text) {
		if l.name != "" {
			out = append(out, Assignment{Setting{l.key, l.value}, swapSeparators(l.name), i + 1})
		}
	}
	return out
}

// swapSeparators writes a path below /proc/sys with dots, and the other way round.
func swapSeparators(key string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '.':
			return '/'
		case '/':
			return '.'
		}
		return r
	}, key)
}
