package survey

import (
	"fmt"
	"slices"
	"strings"

	"lbimage/overlay"
)

// Sysctls are the kernel parameters that the image sets when it boots.
type Sysctls struct {
	// ReadBy is who sets them: systemd-sysctl, rc.sysinit (EL5, EL6) or sysctl --system.
	ReadBy   string   `json:"readBy"`
	Files    []string `json:"files"`    // that are read, in order
	Settings []Sysctl `json:"settings"` // in force, sorted by name
	Notes    []string `json:"notes,omitempty"`
}

// Sysctl is a kernel parameter.
type Sysctl struct {
	Name  string `json:"name"` // with dots
	Value string `json:"value"`
	File  string `json:"file"`
	Line  int    `json:"line"`
	// Overrides are lines, read before, that give it another value, the last first.
	Overrides []SysctlLine `json:"overrides,omitempty"`
}

// SysctlLine is a line that does not count, because a later one does.
type SysctlLine struct {
	Value string `json:"value"`
	File  string `json:"file"`
	Line  int    `json:"line"`
}

// Bounds.
const (
	maxSysctlFile = 1 << 20
	maxSysctls    = 5000
	maxOverrides  = 10 // of one parameter
)

// sysctlsOf reads the files in the order in which they are read at boot. A parameter counts as it is set last.
func sysctlsOf(t overlay.ReadTree) Sysctls {
	out := Sysctls{Files: []string{}, Settings: []Sysctl{}}
	boot, err := overlay.SysctlAtBoot(t)
	out.ReadBy = boot.Reader
	if err != nil {
		out.Notes = noted(out.Notes, err.Error())
		return out
	}
	if boot.Unread {
		out.Notes = noted(out.Notes, overlay.SysctlConf+" is not read at boot: no link in /etc/sysctl.d points to it")
	}
	if boot.Off {
		out.Notes = noted(out.Notes, boot.Reader+" is masked: nothing of this is set at boot")
	}
	at := map[string]int{}
	for _, f := range boot.Files {
		text, _, err := overlay.ReadFile(t, f.Name, maxSysctlFile)
		if err != nil {
			out.Notes = noted(out.Notes, err.Error())
			continue
		}
		out.Files = append(out.Files, f.Path())
		for _, a := range overlay.SysctlAssignments(text) {
			if i, again := at[a.Name]; again {
				out.Settings[i].set(a, f.Path())
				continue
			}
			if len(out.Settings) == maxSysctls {
				out.Notes = noted(out.Notes, fmt.Sprintf("%s: more than %d parameters, the rest is not looked at", f.Path(), maxSysctls))
				break
			}
			at[a.Name] = len(out.Settings)
			out.Settings = append(out.Settings, Sysctl{Name: cut(a.Name, maxValue), Value: cut(a.Value, 4*maxValue), File: f.Path(), Line: a.Line})
		}
	}
	slices.SortFunc(out.Settings, func(a, b Sysctl) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// set gives the parameter a later value.
func (s *Sysctl) set(a overlay.Assignment, file string) {
	value := cut(a.Value, 4*maxValue)
	if value != s.Value {
		s.Overrides = slices.Insert(s.Overrides, 0, SysctlLine{s.Value, s.File, s.Line})
		s.Overrides = s.Overrides[:min(len(s.Overrides), maxOverrides)]
	}
	s.Value, s.File, s.Line = value, file, a.Line
}
