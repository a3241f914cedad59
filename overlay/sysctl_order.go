package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Who reads what at boot, and in which order:
//
//   - systemd-sysctl (sysctl.d(5)) reads *.conf of the folders below, sorted by file name over all of
//     them; of two files with one name that of the earlier folder counts. It does not know
//     /etc/sysctl.conf: EL7 and Debian have it read through the link /etc/sysctl.d/99-sysctl.conf.
//   - `sysctl --system` (procps) reads the same folders the same way and /etc/sysctl.conf last.
//   - EL6 has scripts of its own (rc.sysinit, init.d/functions), some of which read /etc/sysctl.d after
//     /etc/sysctl.conf: the scripts in the image tell.
var sysctlDirs = []string{"etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d", "lib/sysctl.d"}

// Bounds on what is read of an image for a note.
const (
	maxSysctlFile  = 1 << 20
	maxSysctlFiles = 1000
)

// bootOrder notes where a setting in conf does not have the last word at boot.
func bootOrder(t ReadTree, conf string, settings []Setting) ([]string, error) {
	if conf != SysctlConf {
		return nil, nil
	}
	systemd, err := anyExists(t, "usr/lib/systemd/systemd-sysctl", "lib/systemd/systemd-sysctl")
	if err != nil {
		return nil, err
	}
	if systemd {
		return systemdOrder(t, conf, settings)
	}
	later, err := scriptsReadDirLater(t)
	if err != nil || !later {
		return nil, err
	}
	files, err := sysctlFiles(t, []string{"etc/sysctl.d"}, "")
	if err != nil {
		return nil, err
	}
	return overruled(t, files, settings)
}

func systemdOrder(t ReadTree, conf string, settings []Setting) ([]string, error) {
	own, err := Resolve(t, conf)
	if err != nil {
		return nil, err
	}
	files, err := sysctlFiles(t, sysctlDirs, ".conf")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(files, func(f Resolved) bool { return f.Name == own.Name })
	if i < 0 {
		return []string{"this image's systemd does not read " + conf +
			": no link in /etc/sysctl.d points to it (99-sysctl.conf -> ../sysctl.conf would do)"}, nil
	}
	return overruled(t, files[i+1:], settings)
}

// sysctlFiles lists the files of some folders by name; the first folder that has a name has it.
func sysctlFiles(t ReadTree, dirs []string, suffix string) ([]Resolved, error) {
	byName := make(map[string]Resolved)
	var names []string
	for _, dir := range dirs {
		entries, err := readDir(t, dir)
		if err != nil {
			return nil, err
		}
		for _, name := range entries {
			if _, seen := byName[name]; seen || !strings.HasSuffix(name, suffix) || leftover(name) || len(names) == maxSysctlFiles {
				continue
			}
			r, err := Resolve(t, path.Join(dir, name))
			if err != nil || !r.Exists() {
				continue // a link to nowhere sets nothing
			}
			byName[name] = r // also when it is /dev/null: that is how a file of a later folder is masked
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []Resolved
	for _, name := range names {
		if r := byName[name]; r.Info.Mode().IsRegular() {
			out = append(out, r)
		}
	}
	return out, nil
}

// leftover says whether a name is one of those that start scripts skip.
func leftover(name string) bool {
	for _, s := range []string{"~", ".bak", ".orig", ".rpmnew", ".rpmorig", ".rpmsave"} {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	return false
}

// readDir gives the sorted names in a folder, none where there is no such folder.
func readDir(t ReadTree, name string) ([]string, error) {
	r, err := Resolve(t, name)
	if err != nil || !r.Exists() || !r.Info.IsDir() {
		return nil, nil
	}
	entries, err := t.ReadDir(r.Name)
	if err != nil {
		return nil, at(r.Name, err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	slices.Sort(names)
	return names, nil
}

// overruled notes the settings that one of the files, read in this order, sets to another value.
func overruled(t ReadTree, files []Resolved, settings []Setting) ([]string, error) {
	var notes []string
	texts := make([][]byte, len(files))
	for i, f := range files {
		if f.Info.Size() > maxSysctlFile {
			notes = append(notes, fmt.Sprintf("%s is read at boot after %s and is too big to look into", f.Path(), SysctlConf))
			continue
		}
		var err error
		if texts[i], err = t.ReadFile(f.Name); err != nil {
			return nil, at(f.Name, err)
		}
	}
	for _, s := range settings {
		for i := len(files) - 1; i >= 0; i-- {
			value, line, ok := SysctlValue(texts[i], s.Key)
			if !ok {
				continue
			}
			if value != s.Value {
				notes = append(notes, fmt.Sprintf("%s, line %d, is read at boot after %s and sets %s to %s: that one counts",
					files[i].Path(), line, SysctlConf, s.Key, value))
			}
			break
		}
	}
	return notes, nil
}

// scriptsReadDirLater says whether the image's start scripts read /etc/sysctl.d after /etc/sysctl.conf.
func scriptsReadDirLater(t ReadTree) (bool, error) {
	for _, script := range []string{"etc/rc.d/rc.sysinit", "etc/rc.d/init.d/functions"} {
		text, err := readSmall(t, script, maxSysctlFile)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNotFile) {
			continue
		}
		if err != nil {
			return false, err
		}
		conf := bytes.LastIndex(text, []byte("/etc/sysctl.conf"))
		dir := bytes.LastIndex(text, []byte("/etc/sysctl.d/"))
		if conf >= 0 && dir > conf {
			return true, nil
		}
	}
	return false, nil
}

func anyExists(t ReadTree, names ...string) (bool, error) {
	for _, name := range names {
		r, err := Resolve(t, name)
		if err == nil && r.Exists() {
			return true, nil
		}
	}
	return false, nil
}
