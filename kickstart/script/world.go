package script

import (
	"path"
	"strings"
)

// world is what is known of the files of the image from the scripts alone: nothing at first.
type world struct {
	at   map[string]node
	work int // bytes of contents that were put together
	ops  int // paths that were looked through
}

// node is what is known of one path.
type node struct {
	kind    nodeKind
	content string
	known   bool   // of file: content is all of it
	target  string // of link
	fresh   bool   // of folder: what is not known to be in it is not there
}

type nodeKind byte

const (
	unknown nodeKind = iota
	file
	folder
	link
	absent
	there // something
)

// Limits of what is kept.
const (
	maxContent = 4 << 20  // bytes of one file
	maxCopied  = 64 << 20 // bytes of contents together
	maxLooked  = 20 << 20 // paths
)

func newWorld() *world { return &world{at: map[string]node{}} }

// aliases are links of the releases that are read: what they lead to is the same file.
var aliases = []struct{ from, to string }{
	{"/etc/init.d", "/etc/rc.d/init.d"},
	{"/etc/rc0.d", "/etc/rc.d/rc0.d"},
	{"/etc/rc1.d", "/etc/rc.d/rc1.d"},
	{"/etc/rc2.d", "/etc/rc.d/rc2.d"},
	{"/etc/rc3.d", "/etc/rc.d/rc3.d"},
	{"/etc/rc4.d", "/etc/rc.d/rc4.d"},
	{"/etc/rc5.d", "/etc/rc.d/rc5.d"},
	{"/etc/rc6.d", "/etc/rc.d/rc6.d"},
	{"/etc/rc.local", "/etc/rc.d/rc.local"},
	{"/etc/rc.sysinit", "/etc/rc.d/rc.sysinit"},
	{"/etc/grub.conf", "/boot/grub/grub.conf"},
	{"/boot/grub/menu.lst", "/boot/grub/grub.conf"},
	{"/etc/grub2.cfg", "/boot/grub2/grub.cfg"},
	{"/etc/sysconfig/grub", "/etc/default/grub"},
	{"/etc/sysconfig/selinux", "/etc/selinux/config"},
	{"/etc/pam.d/system-auth", "/etc/pam.d/system-auth-ac"},
	{"/etc/pam.d/password-auth", "/etc/pam.d/password-auth-ac"},
	{"/etc/redhat-release", "/etc/centos-release"},
	{"/etc/system-release", "/etc/centos-release"},
	{"/bin", "/usr/bin"},
	{"/sbin", "/usr/sbin"},
	{"/lib", "/usr/lib"},
	{"/lib64", "/usr/lib64"},
	{"/var/run", "/run"},
	{"/var/lock", "/run/lock"},
	{"/var/mail", "/var/spool/mail"},
}

// alias is a path behind the links that are usual.
func alias(p string) string {
	for _, a := range aliases {
		if n := len(a.from); strings.HasPrefix(p, a.from) && (len(p) == n || p[n] == '/') {
			return a.to + p[len(a.from):]
		}
	}
	return p
}

// within says whether a path is a folder or below it.
func within(p, dir string) bool {
	return p == dir || dir == "/" || strings.HasPrefix(p, dir) && p[len(dir)] == '/'
}

// resolve follows the links that are known, of the last part too where follow is set.
func (w *world) resolve(p string, follow bool) string {
	for hops := 0; hops < 20; hops++ {
		q := w.step(p, follow)
		if q == p {
			return p
		}
		p = q
	}
	return p
}

func (w *world) step(p string, follow bool) string {
	for i := 1; i <= len(p); i++ {
		if i < len(p) && p[i] != '/' || i == len(p) && !follow {
			continue
		}
		if n := w.at[p[:i]]; n.kind == link {
			return path.Join(linked(p[:i], n.target), p[i:])
		}
	}
	if dir := path.Dir(p); !follow {
		return path.Join(alias(dir), path.Base(p))
	}
	return alias(p)
}

func linked(at, target string) string {
	if path.IsAbs(target) {
		return path.Clean(target)
	}
	return path.Join(path.Dir(at), target)
}

// look is what is known of a path.
func (w *world) look(p string, follow bool) node {
	if !path.IsAbs(p) { // it is not of the image
		return node{}
	}
	p = w.resolve(p, follow)
	if n, ok := w.at[p]; ok {
		return n
	}
	for dir := path.Dir(p); ; dir = path.Dir(dir) {
		if n := w.at[dir]; n.kind == absent || n.kind == file || n.fresh {
			return node{kind: absent}
		} else if n.kind != unknown {
			return node{}
		}
		if dir == "/" {
			return node{}
		}
	}
}

func (w *world) put(p string, follow bool, n node) {
	if w.tired() {
		return
	}
	p = w.resolve(p, follow)
	if n.kind == file && len(n.content) > maxContent {
		n.content, n.known = "", false
	}
	if w.work += len(n.content); w.work > maxCopied {
		n.content, n.known = "", false
	}
	if n.kind == absent {
		w.drop(p)
	}
	w.at[p] = n
	if n.kind != absent {
		for dir := path.Dir(p); dir != "/"; dir = path.Dir(dir) {
			have := w.at[dir].kind
			if have == folder || have == link {
				break
			}
			w.at[dir] = node{kind: folder, fresh: have == absent}
		}
	}
}

// drop forgets what is known of a path, of all below it, and what links lead to it.
func (w *world) drop(p string) {
	if w.ops += 3 * len(w.at); w.tired() {
		return
	}
	for _, p := range []string{p, w.resolve(p, true), w.resolve(p, false)} {
		delete(w.at, p)
		for q := range w.at {
			if within(q, p) {
				delete(w.at, q)
			}
		}
		for dir := path.Dir(p); dir != "/"; dir = path.Dir(dir) {
			switch n := w.at[dir]; {
			case n.kind == absent:
				delete(w.at, dir)
			case n.fresh:
				w.at[dir] = node{kind: folder}
			}
		}
	}
}

// tired says whether the limit is reached: then nothing is known any more.
func (w *world) tired() bool {
	if w.ops > maxLooked {
		clear(w.at)
		return true
	}
	return false
}

// disturb is what a command that was not read may do: paths nil, anything.
func (w *world) disturb(paths []string) {
	if paths == nil {
		clear(w.at)
	}
	for _, p := range paths {
		w.drop(p)
	}
}

// apply does an effect.
func (w *world) apply(e Effect) {
	if e.Conditional != "" {
		w.disturb(e.touches())
		return
	}
	switch e.Kind {
	case Write:
		w.put(e.Path, true, node{kind: file, content: e.Content, known: true})
	case Append:
		n := w.look(e.Path, true)
		w.put(e.Path, true, node{kind: file, content: n.content + e.Content, known: n.known || n.kind == absent})
	case Sed:
		w.sed(e)
	case Folder:
		if kind := w.look(e.Path, true).kind; kind != folder {
			w.put(e.Path, true, node{kind: folder, fresh: kind == absent})
		}
	case Symlink:
		w.placed(e, node{kind: link, target: e.Target})
	case Copy:
		n := w.look(e.Target, !e.Recursive)
		if n.kind == folder || n.kind == unknown || n.kind == absent {
			n = node{kind: there}
		}
		w.placed(e, n)
	case Move:
		n := w.look(e.Target, false)
		if n.kind != file {
			n = node{kind: there}
		}
		w.placed(e, n)
		w.put(e.Target, false, node{kind: absent})
	case Remove:
		w.put(e.Path, false, node{kind: absent})
	case Sweep:
		w.sweep(e)
	case Touch:
		switch w.look(e.Path, true).kind {
		case unknown:
			w.put(e.Path, true, node{kind: there})
		case absent:
			w.put(e.Path, true, node{kind: file, known: true})
		}
	case Mode, Owner:
	default:
		w.disturb(e.touches())
	}
}

// placed puts a thing where it is known that no folder takes it in.
func (w *world) placed(e Effect, n node) {
	if e.OrInside {
		switch w.look(e.Path, true).kind {
		case file, absent:
		default:
			w.drop(e.Path)
			w.put(e.Path, true, node{kind: there})
			return
		}
	}
	if e.Kind == Copy && n.kind != link {
		if w.look(e.Path, true).kind != file {
			w.drop(e.Path)
		}
		w.put(e.Path, true, n)
		return
	}
	w.drop(e.Path)
	w.put(e.Path, false, n)
}
