// Package services enables and disables what an image starts at boot: SysV scripts, upstart jobs, systemd units. The
// image decides which of them it is.
package services

import "lbimage/overlay"

// Action is what is asked for.
type Action string

const (
	// Add registers a service with its own defaults, as `chkconfig --add` and, for systemd, a preset do.
	Add Action = "add"
	// Del forgets it, as `chkconfig --del` and `systemctl disable` do.
	Del Action = "del"
	// Enable starts it at boot: `chkconfig NAME on`, `systemctl enable NAME`.
	Enable Action = "enable"
	// Disable does not: `chkconfig NAME off`, `systemctl disable NAME`.
	Disable Action = "disable"
	// Preset does what the image's presets say: `systemctl preset NAME`.
	Preset Action = "preset"
	// Mask and Unmask are systemd's.
	Mask   Action = "mask"
	Unmask Action = "unmask"
)

// Request is one action on one service.
type Request struct {
	Name   string // ntpd, ntpd.service
	Action Action
	// Levels are the run levels meant, as chkconfig --level takes them; empty: its default.
	Levels string
}

// New makes the edit, or says what is wrong with the request.
func New(r Request) (overlay.Edit, error) { panic("not yet") }
