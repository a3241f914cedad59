package fsedit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// UsageError is a request that is wrong whatever the image.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }
func (e *UsageError) Unwrap() error { return e.Err }

// ModeChange is what chmod is told: "0755", or steps such as "u+rw,go-w,a+X".
type ModeChange struct {
	octal bool
	bits  uint32
	digit int // how many
	steps []modeStep
}

type modeStep struct {
	who   uint32 // bits that may change: 04700 for the user and so on
	op    byte
	perm  uint32
	cond  bool // X
	copyo byte // u, g or o: the bits of that one
}

const modeWhoAll = 0o7777

// ParseMode reads the mode of a chmod. Without a letter for whom it is for all:
// there is no umask.
func ParseMode(s string) (ModeChange, error) {
	bad := func() (ModeChange, error) {
		return ModeChange{}, &UsageError{fmt.Errorf("mode %q: give four octal digits at most, or steps as u+rw,go-w", s)}
	}
	if s == "" {
		return bad()
	}
	if s[0] >= '0' && s[0] <= '9' {
		n, err := strconv.ParseUint(s, 8, 32)
		if err != nil || n > 0o7777 {
			return bad()
		}
		return ModeChange{octal: true, bits: uint32(n), digit: len(s)}, nil
	}
	var m ModeChange
	for clause := range strings.SplitSeq(s, ",") {
		steps, err := parseClause(clause)
		if err != nil {
			return bad()
		}
		m.steps = append(m.steps, steps...)
	}
	return m, nil
}

var errClause = errors.New("malformed")

func parseClause(s string) ([]modeStep, error) {
	who := uint32(0)
	for s != "" && strings.IndexByte("ugoa", s[0]) >= 0 {
		who |= map[byte]uint32{'u': 0o4700, 'g': 0o2070, 'o': 0o1007, 'a': modeWhoAll}[s[0]]
		s = s[1:]
	}
	if who == 0 {
		who = modeWhoAll
	}
	var steps []modeStep
	for s != "" {
		step := modeStep{who: who, op: s[0]}
		if strings.IndexByte("+-=", s[0]) < 0 {
			return nil, errClause
		}
		s = s[1:]
		for s != "" && strings.IndexByte("+-=", s[0]) < 0 {
			switch c := s[0]; c {
			case 'r':
				step.perm |= 0o444
			case 'w':
				step.perm |= 0o222
			case 'x':
				step.perm |= 0o111
			case 'X':
				step.cond = true
			case 's':
				step.perm |= 0o6000
			case 't':
				step.perm |= 0o1000
			case 'u', 'g', 'o':
				step.copyo = c
			default:
				return nil, errClause
			}
			s = s[1:]
		}
		steps = append(steps, step)
	}
	if len(steps) == 0 {
		return nil, errClause
	}
	return steps, nil
}

// apply gives the bits that come of old ones. As chmod does, up to four octal
// digits keep setuid and setgid of a folder.
func (m ModeChange) apply(old uint32, folder bool) uint32 {
	if m.octal {
		if folder && m.digit < 5 {
			return m.bits | old&0o6000
		}
		return m.bits
	}
	bits := old
	for _, s := range m.steps {
		perm := s.perm
		if s.cond && (folder || bits&0o111 != 0) {
			perm |= 0o111
		}
		if s.copyo != 0 {
			p := bits >> map[byte]int{'u': 6, 'g': 3, 'o': 0}[s.copyo] & 7
			perm |= p<<6 | p<<3 | p
		}
		perm &= s.who
		switch s.op {
		case '+':
			bits |= perm
		case '-':
			bits &^= perm
		case '=':
			clear := s.who
			if folder { // they stay unless they are named
				clear &^= 0o6000
			}
			bits = bits&^clear | perm
		}
	}
	return bits
}

// FileMode reads a mode for something new: octal, or steps that start from base.
func FileMode(s string, base uint32) (uint32, error) {
	m, err := ParseMode(s)
	if err != nil {
		return 0, err
	}
	return m.apply(base, false), nil
}
