package selinux

import (
	"fmt"
	"strings"

	"lbimage/overlay"
)

// ConfigPath is the file that says whether an image uses SELinux.
const ConfigPath = "/etc/selinux/config"

// Modes, as the image's configuration names them.
const (
	Enforcing  = "enforcing"
	Permissive = "permissive"
	Disabled   = "disabled"
)

// Config is what /etc/selinux/config says.
type Config struct {
	// Mode is one of enforcing, permissive and disabled; "" where the file does not say, which the system takes for a
	// policy to be loaded.
	Mode string `json:"mode,omitempty"`
	// Type names the policy, the folder below /etc/selinux: targeted.
	Type string `json:"type,omitempty"`
}

// defaultType is libselinux's own where the configuration names none.
const defaultType = "targeted"

const maxConfig = 1 << 20

// ReadConfig reads the image's configuration. Without one the error wraps fs.ErrNotExist.
func ReadConfig(t overlay.ReadTree) (Config, error) {
	text, err := read(t, ConfigPath, maxConfig)
	if err != nil {
		return Config{}, err
	}
	c, err := parseConfig(string(text))
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", ConfigPath, err)
	}
	return c, nil
}

// parseConfig reads it as libselinux does: for the mode the first line that names one counts, for the type the last.
func parseConfig(text string) (Config, error) {
	c := Config{Type: defaultType}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimLeft(line, blanks), "SELINUXTYPE="); ok {
			c.Type = strings.TrimRight(value, blanks)
		} else if value, ok := strings.CutPrefix(line, "SELINUX="); ok && c.Mode == "" { // no blanks before it
			value = strings.ToLower(strings.TrimLeft(value, blanks))
			for _, mode := range []string{Enforcing, Permissive, Disabled} {
				if strings.HasPrefix(value, mode) {
					c.Mode = mode
				}
			}
		}
	}
	if c.Type == "" || c.Type == "." || c.Type == ".." || strings.ContainsAny(c.Type, "/\x00") {
		return Config{}, fmt.Errorf("SELINUXTYPE=%.60q is no name of a policy: mend it", c.Type)
	}
	return c, nil
}

// blanks are what C's isspace takes for white space.
const blanks = " \t\n\v\f\r"

// read reads a regular file of the image.
func read(t overlay.ReadTree, name string, max int64) ([]byte, error) {
	data, _, err := overlay.ReadFile(t, name, max)
	return data, err
}
