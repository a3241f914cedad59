package rpminstall

import (
	"errors"
	"path"
	"slices"
	"strings"

	"lbimage/imagebuild/rpminstall/internal/shell"
	"lbimage/overlay"
	"lbimage/overlay/services"
)

// nothingRuns is what is said of a command that speaks to a running service.
const nothingRuns = "nothing runs in an image: nothing to do"

// ask makes one request to the image's services. A service that the image does not have gives the status
// that its tool would give.
func (h *host) ask(r services.Request) (shell.Result, string, error) {
	e, err := services.New(r)
	if err != nil {
		return shell.Result{}, "", err
	}
	err = h.apply(e)
	if errors.Is(err, services.ErrUnknown) {
		return shell.Result{Status: 1}, "the image has no service " + r.Name, nil
	}
	return shell.Result{}, e.Describe(), err
}

// chkconfig knows --add, --del, and NAME on|off|reset, with --level.
func chkconfig(h *host, c shell.Call) (shell.Result, string, error) {
	levels := ""
	var words []string
	for k := 1; k < len(c.Args); k++ {
		a := c.Args[k]
		switch name, value, given := strings.Cut(a, "="); {
		case name == "--level" || name == "--levels":
			if !given {
				if k++; k == len(c.Args) {
					return shell.Result{}, "", refused(c, "--level has no value")
				}
				value = c.Args[k]
			}
			levels = value
		default:
			words = append(words, a)
		}
	}
	if len(words) == 2 {
		switch {
		case words[0] == "--add":
			return h.ask(services.Request{Name: words[1], Action: services.Add})
		case words[0] == "--del":
			return h.ask(services.Request{Name: words[1], Action: services.Del})
		case words[1] == "on":
			return h.ask(services.Request{Name: words[0], Action: services.Enable, Levels: levels})
		case words[1] == "off":
			return h.ask(services.Request{Name: words[0], Action: services.Disable, Levels: levels})
		}
	}
	return shell.Result{}, "", refused(c, "only --add NAME, --del NAME and NAME on or off are known")
}

// service speaks to a running service, of which an image has none.
func service(_ *host, c shell.Call) (shell.Result, string, error) {
	if len(c.Args) != 3 {
		return shell.Result{}, "", refused(c, "only service NAME COMMAND is known")
	}
	switch c.Args[2] {
	case "stop", "condrestart", "condstop", "try-restart", "condreload", "reload", "force-reload":
		return shell.Result{}, nothingRuns, nil
	case "start", "restart":
		return shell.Result{}, "nothing is started in an image", nil
	case "status":
		return shell.Result{Status: 3}, "nothing runs in an image", nil
	}
	return shell.Result{}, "", refused(c, "only stop, start, restart, condrestart, try-restart, reload and status are known")
}

// systemctl does what is about the start at boot, and knows that nothing runs. An image without systemctl
// answers as its shell would.
func systemctl(h *host, c shell.Call) (shell.Result, string, error) {
	if !h.has("systemctl") {
		return shell.Result{Status: 127}, "the image has no systemctl: not found, as its shell would say", nil
	}
	var words []string
	for _, a := range c.Args[1:] {
		switch a {
		case "--no-reload", "--now", "--system", "--quiet", "-q", "--no-block", "--force", "-f", "--no-ask-password", "--no-warn", "--no-pager":
		default:
			if strings.HasPrefix(a, "-") {
				return shell.Result{}, "", refused(c, a+" is not known")
			}
			words = append(words, a)
		}
	}
	if len(words) == 0 {
		return shell.Result{}, "", refused(c, "it asks for nothing")
	}
	verb, units := words[0], words[1:]
	switch verb {
	case "daemon-reload", "daemon-reexec", "stop", "try-restart", "condrestart", "reload", "reload-or-try-restart",
		"try-reload-or-restart", "force-reload", "kill", "reset-failed", "set-property":
		return shell.Result{}, nothingRuns, nil
	case "start", "restart", "reload-or-restart":
		return shell.Result{}, "nothing is started in an image", nil
	case "is-active":
		return shell.Result{Status: 3}, "nothing runs in an image", nil
	}
	action, ok := map[string]services.Action{
		"enable": services.Enable, "disable": services.Disable, "preset": services.Preset,
		"mask": services.Mask, "unmask": services.Unmask,
	}[verb]
	if !ok || len(units) == 0 {
		return shell.Result{}, "", refused(c, "of systemctl only enable, disable, preset, mask and unmask of units are known, and what speaks to running ones")
	}
	return h.askAll(units, action)
}

func (h *host) askAll(units []string, action services.Action) (shell.Result, string, error) {
	var all []string
	var res shell.Result
	for _, u := range units {
		one, done, err := h.ask(services.Request{Name: u, Action: action})
		if err != nil {
			return res, "", err
		}
		res.Status = max(res.Status, one.Status)
		all = append(all, done)
	}
	return res, strings.Join(all, "; "), nil
}

// updateHelper is what newer packages call in place of systemctl.
func updateHelper(h *host, c shell.Call) (shell.Result, string, error) {
	if !h.has("systemd-update-helper") {
		return shell.Result{Status: 127}, "the image has no systemd-update-helper: not found, as its shell would say", nil
	}
	if len(c.Args) >= 2 {
		switch units := c.Args[2:]; c.Args[1] {
		case "install-system-units":
			return h.askAll(units, services.Preset)
		case "remove-system-units":
			return h.askAll(units, services.Disable)
		case "mark-restart-system-units", "system-reload-restart", "system-reload", "system-restart":
			return shell.Result{}, nothingRuns, nil
		}
	}
	return shell.Result{}, "", refused(c, "only what is about the system's units is known")
}

// signal finds no process.
func signal(*host, shell.Call) (shell.Result, string, error) {
	return shell.Result{Status: 1}, "nothing runs in an image: no process is found", nil
}

// initctl speaks to upstart.
func initctl(h *host, c shell.Call) (shell.Result, string, error) {
	if !h.has("initctl") {
		return shell.Result{Status: 127}, "the image has no initctl: not found, as its shell would say", nil
	}
	if len(c.Args) < 2 || !slices.Contains([]string{"reload-configuration", "stop", "restart", "reload", "start"}, c.Args[1]) {
		return shell.Result{}, "", refused(c, "only reload-configuration, start, stop, restart and reload are known")
	}
	return shell.Result{}, nothingRuns, nil
}

// searched are the folders that the dynamic linker looks into without its cache.
var searched = []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64"}

// ldconfig has nothing to do when the package's libraries lie where they are found without the linker's
// cache. Elsewhere they would not be found, and the cache is not rebuilt here.
func ldconfig(h *host, c shell.Call) (shell.Result, string, error) {
	if len(c.Args) > 1 {
		return shell.Result{}, "", refused(c, "only ldconfig without arguments is known")
	}
	for k := range h.p.Files {
		f := &h.p.Files[k]
		base, dir := path.Base(f.Path), path.Dir(f.Path)
		if f.Mode.IsDir() || !strings.HasSuffix(base, ".so") && !strings.Contains(base, ".so.") {
			if dir == "/etc/ld.so.conf.d" || f.Path == "/etc/ld.so.conf" {
				return shell.Result{}, "", refused(c, f.Path+" names folders that are found through the linker's cache alone, which is not rebuilt")
			}
			continue
		}
		if !slices.Contains(searched, dir) && h.configured(dir) {
			return shell.Result{}, "", refused(c, f.Path+" is found through the linker's cache alone, which is not rebuilt")
		}
	}
	return shell.Result{}, "the linker's cache stays as it was: what the package brings is found without it", nil
}

// configured says whether a folder is one of those that /etc/ld.so.conf and what it includes name. When
// that cannot be told it is.
func (h *host) configured(dir string) bool {
	files := []string{"etc/ld.so.conf"}
	if entries, err := h.t.ReadDir("etc/ld.so.conf.d"); err == nil {
		for _, e := range entries {
			files = append(files, "etc/ld.so.conf.d/"+e.Name())
		}
	}
	for _, name := range files {
		r, err := overlay.Resolve(h.t, name)
		if err != nil || r.Info != nil && r.Info.Size() > maxAccounts {
			return true
		}
		if !r.Exists() || !r.Info.Mode().IsRegular() {
			continue
		}
		data, err := h.t.ReadFile(r.Name)
		if err != nil {
			return true
		}
		for line := range strings.Lines(string(data)) {
			line, _, _ = strings.Cut(line, "#")
			for _, d := range strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(" \t\n:,", c) }) {
				if path.Clean(d) == dir {
					return true
				}
			}
		}
	}
	return false
}
