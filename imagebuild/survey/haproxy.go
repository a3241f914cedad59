package survey

import (
	"errors"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/imagebuild/judge"
	"lbimage/imagebuild/ldso"
	"lbimage/overlay"
	"lbimage/servo"
)

// HAProxy is the HAProxy that the servo starts, or else one found elsewhere.
type HAProxy struct {
	Program
	// Release and Date are what it prints of itself: 1.5-dev21-6b07bf7 and 2013/12/17.
	Date string `json:"date,omitempty"`
	Arch string `json:"arch,omitempty"` // as uname -m has it
	// Damaged says what keeps the file from being a program: it is a script, it is cut off.
	Damaged string `json:"damaged,omitempty"`
	// Known is Version, understood.
	Known haproxyconfig.Version `json:"-"`
	// Binary is what the program needs.
	Binary judge.Binary `json:"-"`
}

// haproxy reads the version from the bytes of the program.
func haproxy(t overlay.ReadTree, in servo.Installed, p *Packages) (HAProxy, error) {
	if in.HAProxy == nil {
		return HAProxy{}, nil
	}
	h := HAProxy{Program: program(t, in.HAProxy.Path, p, "haproxy", "haproxy15", "haproxy18")}
	b, err := judge.InspectTree(t, in.HAProxy.Path)
	var damaged ldso.Damaged
	switch {
	case errors.As(err, &damaged):
		h.Damaged = damaged.Error()
		return h, nil
	case err != nil:
		return h, err
	}
	h.Binary, h.Arch, h.Known = b, b.Arch, b.Version
	if b.Release != "" {
		h.Version, h.Date, h.How = b.Release, b.Date, "the program's own bytes"
	}
	return h, nil
}
