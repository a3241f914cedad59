package script

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"lbimage/kickstart"
)

// sysimage is where the installer has the image while %post runs outside of it.
const sysimage = "/mnt/sysimage"

// fleeting are the folders of which nothing stays.
var fleeting = []string{"/proc", "/sys", "/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/console", "/dev/stdin", "/dev/stdout",
	"/dev/stderr", "/dev/fd", "/dev/pts", "/dev/shm", "/dev/kmsg", "/dev/log"}

// inImage is the path in the image of one that a script names. ok is false where nothing of it stays in the image.
func (r *run) inImage(p string) (string, bool) {
	if r.nochroot {
		inside := false
		for _, root := range []string{sysimage, "/mnt/sysroot"} {
			if within(p, root) {
				p, inside = "/"+strings.TrimPrefix(p[len(root):], "/"), true
				break
			}
		}
		if !inside {
			return "", false
		}
	}
	for _, m := range r.mounted {
		if within(p, m) {
			return "", false
		}
	}
	for _, f := range fleeting {
		if within(p, f) || f == "/dev/tty" && strings.HasPrefix(p, f) {
			return "", false
		}
	}
	return p, true
}

// abs is a path of a command as an absolute one.
func (r *run) abs(p string) (full, why string) {
	switch {
	case p == "":
		return "", "a path is empty"
	case strings.IndexByte(p, 0) >= 0 || len(p) > 4096:
		return "", "a path is none"
	case path.IsAbs(p):
	case r.lost != "":
		return "", "the folder is not known: " + r.lost
	default:
		p = r.cwd + "/" + p
	}
	if strings.Contains(p+"/", "/../") {
		return r.dotdot(p)
	}
	return path.Clean(p), ""
}

// dotdot takes .. as the kernel does, where it is known that no link stands before it.
func (r *run) dotdot(p string) (string, string) {
	cur := "/"
	for _, part := range strings.Split(p, "/") {
		switch part {
		case "", ".":
		case "..":
			full, ok := r.inImage(cur)
			if !ok || full != "/" && r.world.look(full, false).kind != folder {
				if !plainFolder(full) {
					return "", "whether " + cur + " is a link is not known, so that .. is not"
				}
			}
			cur = path.Dir(cur)
		default:
			cur = path.Join(cur, part)
		}
	}
	return cur, ""
}

// plainFolder says whether a path is a folder on every system.
func plainFolder(p string) bool {
	switch p {
	case "/", "/etc", "/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/share", "/usr/local", "/var", "/var/lib", "/var/log", "/var/cache",
		"/var/spool", "/var/tmp", "/root", "/home", "/opt", "/tmp", "/boot", "/mnt", "/srv", "/etc/sysconfig", "/etc/sysconfig/network-scripts",
		"/etc/ssh", "/etc/rc.d", "/etc/rc.d/init.d", "/etc/yum.repos.d", "/etc/cron.d", "/etc/cron.daily", "/etc/cron.hourly", "/etc/profile.d",
		"/etc/skel", "/etc/pam.d", "/etc/security", "/etc/logrotate.d", "/etc/modprobe.d", "/etc/pki", "/dev":
		return true
	}
	return false
}

// addEffect lists an effect of a command that stands at a node.
func (r *run) addEffect(n syntax.Node, e Effect) {
	e.Place, e.Command, e.Conditional, e.SupersededBy = r.at(n.Pos()), r.text(n), r.condition(), -1
	switch e.Kind {
	case Write, Append, Touch, Folder, Copy, Mode:
		e.Umask = r.umask
	}
	if r.over || len(r.out.Effects) >= maxListed {
		r.stop(n)
		return
	}
	r.work += len(e.Content)
	r.out.Steps = append(r.out.Steps, Step{Effect: len(r.out.Effects), Unread: -1})
	r.out.Effects = append(r.out.Effects, e)
	r.world.apply(e)
}

// condition is what has to hold for what is read now.
func (r *run) condition() string {
	all := strings.Join(append(r.left[:len(r.left):len(r.left)], r.conds...), "; and ")
	return oneLine(all)
}

// unread lists a command that was not read. paths are as the script names them; nil: it could change anything.
func (r *run) unread(n syntax.Node, why string, paths []string) {
	if paths != nil {
		kept := []string{}
		for _, p := range paths {
			if p, ok := r.inImage(p); ok {
				kept = append(kept, p)
			}
		}
		paths = kept
	}
	r.addUnread(r.at(n.Pos()), r.text(n), why, paths, false)
	r.status = unsure
	r.open.unknown("what " + firstWord(r.text(n)) + " prints is not known")
	r.errs.unknown("what " + firstWord(r.text(n)) + " complains is not known")
}

// harmless lists a command of which nothing stays.
func (r *run) harmless(n syntax.Node, why string) {
	r.addUnread(r.at(n.Pos()), r.text(n), why, nil, true)
	r.status = unsure
	r.open.unknown("what " + firstWord(r.text(n)) + " prints is not known")
	r.errs.unknown("what " + firstWord(r.text(n)) + " complains is not known")
}

func firstWord(s string) string {
	if s, _, ok := strings.Cut(s, " "); ok {
		return s
	}
	return s
}

// addUnread is unread with paths of the image.
func (r *run) addUnread(place kickstart.Place, command, why string, paths []string, harmless bool) {
	if paths != nil {
		if paths = slices.Compact(slices.Sorted(slices.Values(paths))); len(paths) == 0 {
			harmless = true
		}
	}
	if harmless {
		paths = nil
	}
	if len(r.out.Unread) > maxListed+64 && why != tooMuch { // the next command stops
		return
	}
	r.out.Steps = append(r.out.Steps, Step{Effect: -1, Unread: len(r.out.Unread)})
	r.out.Unread = append(r.out.Unread, Unread{Place: place, Command: command, Why: oneLine(why), Paths: paths, Harmless: harmless})
	if !harmless {
		r.world.disturb(paths)
	}
}

// accounts are the files in which accounts stand.
var accounts = []string{"/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"}

// services are the folders that say what is started. What is started itself is never changed.
var services = []string{"/etc/rc.d/rc0.d", "/etc/rc.d/rc1.d", "/etc/rc.d/rc2.d", "/etc/rc.d/rc3.d", "/etc/rc.d/rc4.d", "/etc/rc.d/rc5.d", "/etc/rc.d/rc6.d",
	"/etc/systemd/system", "/etc/xinetd.d"}

// touches are the paths that an effect may change; nil: any.
func (e Effect) touches() []string {
	switch e.Kind {
	case Move:
		return []string{e.Path, e.Target}
	case Lock, Unlock, Clear, Hash, Secret:
		return []string{"/etc/shadow", "/etc/passwd"}
	case User, GroupOf, Gone:
		out := append([]string(nil), accounts...)
		if e.User != "" {
			out = append(out, "/home/"+path.Base(e.User), "/var/spool/mail/"+path.Base(e.User))
		}
		if path.IsAbs(e.Account.Home) {
			out = append(out, path.Clean(e.Account.Home))
		}
		return out
	case Service:
		return services
	case Package:
		return nil
	}
	return []string{e.Path}
}

// backup is the name of the copy that sed -i keeps.
func backup(p, suffix string) string {
	name := path.Base(p)
	if strings.Contains(suffix, "*") {
		name = strings.ReplaceAll(suffix, "*", name)
	} else {
		name += suffix
	}
	if strings.Contains(name, "/") {
		if path.IsAbs(name) {
			return path.Clean(name)
		}
	}
	return path.Join(path.Dir(p), name)
}
