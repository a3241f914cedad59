package survey

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"lbimage/overlay"
	"lbimage/overlay/selinux"
)

// SELinux is the state that the image boots into: of its configuration, the kernel's command line, and whether there is a
// policy.
type SELinux struct {
	State string `json:"state"` // enforcing, permissive or disabled
	Why   string `json:"why"`   // in words: /etc/selinux/config says so
	// Mode and Policy are what /etc/selinux/config says: the mode, and the policy's name; empty where it does not.
	Mode   string `json:"mode,omitempty"`
	Policy string `json:"policy,omitempty"`
	// Loaded is the compiled policy that would be loaded: /etc/selinux/targeted/policy/policy.24; empty where there is none.
	Loaded string `json:"loaded,omitempty"`
	// Labelled says that files have labels: the root folder and /etc.
	Labelled bool `json:"labelled"`
	// Relabel says that all files get labels at the next boot (/.autorelabel).
	Relabel bool     `json:"relabel,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// selinuxOf finds out the state. family is that of the system, args are what the boot loader tells the kernel.
func selinuxOf(t overlay.ReadTree, family, args string) SELinux {
	out := SELinux{State: selinux.Disabled}
	config, err := selinux.ReadConfig(t)
	out.Mode, out.Policy = config.Mode, config.Type
	out.Labelled = labelled(t, ".") && labelled(t, "etc")
	out.Relabel = there(t, ".autorelabel")
	kernel := kernelSELinux(family, args)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		out.Why = "there is no " + selinux.ConfigPath
		return out
	case err != nil:
		out.Why = selinux.ConfigPath + " cannot be read"
		out.Notes = noted(out.Notes, err.Error())
		return out
	}
	out.Loaded = policyOf(t, config.Type)
	switch {
	case kernel.off != "":
		out.Why = kernel.off
		return out
	case config.Mode == selinux.Disabled:
		out.Why = selinux.ConfigPath + " says so"
		return out
	case out.Loaded == "" && config.Mode == "":
		out.Why = fmt.Sprintf("%s names no mode, and there is no policy in /etc/selinux/%s/policy", selinux.ConfigPath, config.Type)
		return out
	case kernel.enforce != "":
		out.State, out.Why = kernel.mode(), fmt.Sprintf("the kernel is told %s", kernel.enforce)
	case config.Mode == "":
		out.State, out.Why = selinux.Permissive, selinux.ConfigPath+" names no mode"
	default:
		out.State, out.Why = config.Mode, selinux.ConfigPath+" says so"
	}
	switch {
	case out.Loaded == "" && out.State == selinux.Enforcing:
		out.Notes = noted(out.Notes, fmt.Sprintf("there is no policy in /etc/selinux/%s/policy: the system stops when it starts", config.Type))
	case out.Loaded == "":
		out.State, out.Why = selinux.Disabled, fmt.Sprintf("there is no policy in /etc/selinux/%s/policy", config.Type)
	case !out.Labelled && !out.Relabel && out.State == selinux.Enforcing:
		out.Notes = noted(out.Notes, "files have no labels, and nothing asks for some at the next boot (/.autorelabel): services will be refused their files")
	}
	return out
}

// kernelSELinux is what the kernel's command line says of SELinux. off is why it is off, enforce the word that sets the mode.
type kernelSwitches struct{ off, enforce string }

func (k kernelSwitches) mode() string {
	if k.enforce == "enforcing=0" {
		return selinux.Permissive
	}
	return selinux.Enforcing
}

// kernelSELinux reads the words; the last of each counts. Debian's kernels have SELinux only where it is asked for.
func kernelSELinux(family, args string) kernelSwitches {
	var k kernelSwitches
	asked := family != "debian" && family != "suse"
	for word := range strings.FieldsSeq(args) {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "selinux":
			k.off = ""
			if value == "0" {
				k.off = "the kernel is told " + word
			}
		case "enforcing":
			k.enforce = "enforcing=0"
			if value != "0" {
				k.enforce = "enforcing=1"
			}
		case "security":
			asked = value == "selinux"
		case "lsm":
			asked = false
			for module := range strings.SplitSeq(value, ",") {
				asked = asked || module == "selinux"
			}
		}
	}
	if k.off == "" && !asked {
		k.off = "the kernel is not told to use it (security=selinux)"
	}
	return k
}

// policyOf finds the compiled policy with the highest version: policy.24.
func policyOf(t overlay.ReadTree, name string) string {
	dir := path.Join(path.Dir(selinux.ContextsPath(name)), "../../policy")
	r, err := overlay.Resolve(t, dir)
	if err != nil || !r.Exists() || !r.Info.IsDir() {
		return ""
	}
	entries, err := t.ReadDir(r.Name)
	if err != nil {
		return ""
	}
	best, found := 0, ""
	for _, e := range entries {
		version, ok := strings.CutPrefix(e.Name(), "policy.")
		if n := firstNumber(version); ok && n > best && fs.ValidPath(e.Name()) {
			best, found = n, path.Join(r.Path(), e.Name())
		}
	}
	return found
}

// labelled says whether a file has a label.
func labelled(t overlay.ReadTree, name string) bool {
	r, err := overlay.Resolve(t, name)
	if err != nil || !r.Exists() {
		return false
	}
	value, err := t.Xattr(r.Name, selinux.Attr)
	return err == nil && len(value) > 0
}

// there says whether there is something at a path.
func there(t overlay.ReadTree, name string) bool {
	r, err := overlay.Resolve(t, name)
	return err == nil && r.Exists()
}
