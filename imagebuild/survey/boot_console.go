package survey

import (
	"path"
	"regexp"
	"strings"

	"lbimage/overlay"
)

// Console is a place where a serial line is set up.
type Console struct {
	Device string `json:"device"` // ttyS0, hvc0; empty for the boot loader's own
	How    string `json:"how"`    // kernel, boot loader, login, securetty
	Path   string `json:"path"`
	Line   int    `json:"line,omitempty"`
}

// Ways in which a serial line is used.
const (
	ConsoleKernel    = "kernel"      // console= on the command line
	ConsoleLoader    = "boot loader" // its menu
	ConsoleLogin     = "login"       // someone waits for a login there
	ConsoleSecuretty = "securetty"   // root may log in there
)

// serialLine is the name of a serial line, or of a hypervisor's console.
var serialLine = regexp.MustCompile(`\b(ttyS[0-9]+|hvc[0-9]+|xvc[0-9]+|ttyAMA[0-9]+|ttysclp[0-9]+)\b`)

// SerialLine says that a device is a serial line or a hypervisor's console: ttyS0, hvc0.
func SerialLine(device string) bool { return serialLine.FindString(device) == device && device != "" }

// consoles looks where serial lines are set up. Of the menus the started entry counts.
func consoles(t overlay.ReadTree, menus []Menu) []Console {
	out := []Console{}
	add := func(c Console) {
		if len(out) < 256 {
			out = append(out, c)
		}
	}
	for _, m := range menus {
		if m.Serial {
			add(Console{How: ConsoleLoader, Path: m.Path})
		}
		e, ok := m.Started()
		if !ok {
			continue
		}
		at := m.Path
		if e.Path != "" {
			at = e.Path
		}
		for _, c := range e.ArgAll("console") {
			device, _, _ := strings.Cut(c, ",")
			if SerialLine(device) {
				add(Console{Device: device, How: ConsoleKernel, Path: at, Line: e.KernelLine})
			}
		}
	}
	scan := func(file, how string, counts func(line string) bool) {
		lines, err := text(t, file, 1<<20)
		if err != nil {
			return
		}
		n := 0
		for line := range strings.Lines(lines) {
			n++
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' || !counts(line) {
				continue
			}
			if d := serialLine.FindString(line); d != "" {
				add(Console{Device: d, How: how, Path: file, Line: n})
			}
		}
	}
	scan("/etc/inittab", ConsoleLogin, func(l string) bool { return strings.Contains(l, ":respawn:") })
	for _, dir := range []string{"/etc/init", "/etc/event.d"} {
		for _, name := range namesIn(t, dir) {
			scan(path.Join(dir, name), ConsoleLogin, func(l string) bool {
				return strings.HasPrefix(l, "exec") || strings.HasPrefix(l, "respawn")
			})
		}
	}
	for _, dir := range []string{"/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"} {
		for _, wants := range []string{"getty.target.wants", "multi-user.target.wants", "console-getty.target.wants"} {
			for _, name := range namesIn(t, path.Join(dir, wants)) {
				if d, ok := strings.CutPrefix(strings.TrimSuffix(name, ".service"), "serial-getty@"); ok && SerialLine(d) {
					add(Console{Device: d, How: ConsoleLogin, Path: path.Join(dir, wants, name)})
				}
			}
		}
	}
	scan("/etc/securetty", ConsoleSecuretty, func(l string) bool { return serialLine.FindString(l) == l })
	return out
}
