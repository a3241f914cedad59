package develop

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"lbimage/haproxy-config"
	"lbimage/overlay"
)

// oldMetadata are names under which Python's tools keep what they know of the servo.
var oldMetadata = regexp.MustCompile(`^Eucalyptus_Loadbalancer_Servo-.*\.(egg-info|dist-info|egg)$`)

// oldHelpers are names that install-servo.sh and the RPMs gave to helper programs.
var oldHelpers = []string{"dns-update", "ntp-update", "servo-dns-update", "servo-ntp-update", "servo-prep"}

// removeOld takes away what an earlier servo left and this one does not have. Compiled modules go in any case:
// Python 2 would take one for fresh when the new source has the old one's time.
func (a *applying) removeOld() error {
	if err := a.removeOldPython(); err != nil {
		return err
	}
	var gone []string
	for to := range places {
		if _, kept := a.s.release.from[to]; !kept && path.IsAbs(to) {
			gone = append(gone, to)
		}
	}
	if _, kept := a.s.release.from["/usr/lib/tmpfiles.d/load-balancer-servo.conf"]; !kept {
		gone = append(gone, "/etc/tmpfiles.d/load-balancer-servo.conf")
	}
	for _, h := range oldHelpers {
		if to := libexec + "/" + h; a.s.release.from[to] == "" {
			gone = append(gone, to)
		}
	}
	docs, err := namesIn(a.t, "/usr/share/doc")
	if err != nil {
		return err
	}
	for _, name := range docs {
		if version, ok := strings.CutPrefix(name, program+"-"); ok {
			if _, err := haproxyconfig.ParseVersion(version); err == nil {
				gone = append(gone, "/usr/share/doc/"+name)
			}
		}
	}
	slices.Sort(gone)
	for _, p := range slices.Compact(gone) {
		if err := a.remove(p, "an earlier servo's; servo "+a.s.release.name+" has none"); err != nil {
			return err
		}
	}
	if left, err := namesIn(a.t, libexec); err == nil && len(left) == 0 && !a.usesLibexec() {
		return a.remove(libexec, "empty")
	}
	return nil
}

func (a *applying) usesLibexec() bool {
	for to := range a.s.release.from {
		if path.Dir(to) == libexec {
			return true
		}
	}
	return false
}

// remove takes away what is there; what is not there is no change.
func (a *applying) remove(p string, note string) error {
	r, err := overlay.ResolveLink(a.t, p)
	if err != nil && !overlay.LeadsNowhere(err) {
		return err
	}
	if err != nil || !r.Exists() {
		return nil
	}
	return a.do(overlay.Remove{Path: p, Tree: true}, note)
}

// removeOldPython looks through all folders of Python packages.
func (a *applying) removeOldPython() error {
	metadata, _ := a.s.metadataFile(a.python)
	sites := map[string]bool{a.python.site: true}
	for _, lib := range []string{"/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"} {
		names, err := namesIn(a.t, lib)
		if err != nil {
			return err
		}
		for _, n := range names {
			if strings.HasPrefix(n, "python") {
				sites[path.Join(lib, n, "site-packages")] = true
				sites[path.Join(lib, n, "dist-packages")] = true
			}
		}
	}
	for _, site := range slices.Sorted(maps.Keys(sites)) {
		names, err := namesIn(a.t, site)
		if err != nil {
			return err
		}
		old := false
		for _, n := range names {
			if !oldMetadata.MatchString(n) {
				continue
			}
			old = true
			if keep, err := a.keepsMetadata(site, n, metadata); err != nil || keep {
				if err != nil {
					return err
				}
				continue
			}
			if err := a.remove(path.Join(site, n), "an earlier servo's"); err != nil {
				return err
			}
		}
		if site == a.python.site {
			if err := a.clearModules(); err != nil {
				return err
			}
			continue
		}
		if same, err := a.sameFolder(site, a.python.site); err != nil || same {
			if err != nil {
				return err
			}
			continue
		}
		loop, err := has(a.t, path.Join(site, "servo/main_loop.py"))
		if err != nil {
			return err
		}
		if old || loop {
			if err := a.remove(path.Join(site, "servo"), "an earlier servo's, for another Python"); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepsMetadata says whether a metadata file is the one that will be written, and can be written over.
func (a *applying) keepsMetadata(site, name, ours string) (bool, error) {
	same, err := a.sameFolder(site, a.python.site)
	if err != nil || !same || name != ours {
		return false, err
	}
	r, err := overlay.ResolveLink(a.t, path.Join(site, name))
	return err == nil && r.Exists() && r.Info.Mode().IsRegular(), err
}

// sameFolder says whether two paths lead to one folder: /usr/lib64 may be a link.
func (a *applying) sameFolder(x, y string) (bool, error) {
	if x == y {
		return true, nil
	}
	rx, err := overlay.Resolve(a.t, x)
	if err != nil && !overlay.LeadsNowhere(err) {
		return false, err
	}
	if err != nil || !rx.Exists() {
		return false, nil
	}
	ry, err := overlay.Resolve(a.t, y)
	if err != nil {
		return false, err
	}
	return rx.Name == ry.Name, nil
}

// maxDepth bounds how deep the old modules are walked.
const maxDepth = 64

// clearModules leaves of the servo's package only what will be written over.
func (a *applying) clearModules() error {
	keep := map[string]bool{} // name → is a folder
	for _, p := range a.s.setup.packages {
		for d := p; d != "."; d = path.Dir(d) {
			keep[d] = true
		}
		for _, m := range a.s.modules(p) {
			keep[m] = false
		}
	}
	return a.clear("servo", keep, 0)
}

func (a *applying) clear(name string, keep map[string]bool, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%s: more than %d folders deep: this is no servo's: remove it first", path.Join(a.python.site, name), maxDepth)
	}
	full := path.Join(a.python.site, name)
	r, err := overlay.ResolveLink(a.t, full)
	if err != nil && !overlay.LeadsNowhere(err) {
		return err
	}
	if err != nil || !r.Exists() {
		return nil
	}
	isDir, kept := keep[name]
	if !kept || isDir != r.Info.IsDir() || r.Info.Mode()&fs.ModeType&^fs.ModeDir != 0 {
		return a.remove(full, "an earlier servo's")
	}
	if !isDir {
		return nil
	}
	names, err := namesIn(a.t, full)
	if err != nil {
		return err
	}
	for _, n := range names {
		if err := a.clear(name+"/"+n, keep, depth+1); err != nil {
			return err
		}
	}
	return nil
}
