// Package accounts makes users and groups in the tree of an image: in /etc/passwd, group, shadow and
// gshadow, by the rules of the image's own login.defs, as useradd and groupadd would there.
package accounts

import (
	"time"

	"lbimage/overlay"
)

// User is an account to be made. An image that has one of that name keeps it as it is.
type User struct {
	Name string
	// UID is the number; nil: the next free one, of the system's range where System is set.
	UID    *uint32
	System bool
	// Group is the primary group, by name or number; empty: one of the user's name, where the image's login.defs says so.
	Group string
	// Groups are further groups, by name, which the image must have.
	Groups  []string
	Comment string
	Home    string // empty: below login.defs' or useradd's HOME
	Shell   string // empty: that of the image's /etc/default/useradd
	// CreateHome makes the home folder and fills it from /etc/skel.
	CreateHome bool
	// Password is a hash as crypt(3) writes it; empty: locked.
	Password string
	// Time is the day of the last change of the password.
	Time time.Time
}

// Group is a group to be made.
type Group struct {
	Name   string
	GID    *uint32
	System bool
}

// NewUser makes the edit, or says what is wrong with the request.
func NewUser(u User) (overlay.Edit, error) { panic("not yet") }

// NewGroup makes the edit, or says what is wrong with the request.
func NewGroup(g Group) (overlay.Edit, error) { panic("not yet") }

// Password sets the hash of an account that the image has.
type Password struct {
	User string
	Hash string // as crypt(3) writes it; "!" or "*" locks
	Time time.Time
}

// NewPassword makes the edit, or says what is wrong with the request.
func NewPassword(p Password) (overlay.Edit, error) { panic("not yet") }

// HasUser and HasGroup tell whether the image has an account of a name or number, as getent would find it in its files.
func HasUser(t overlay.ReadTree, nameOrID string) (bool, error) { panic("not yet") }

// HasGroup is HasUser for groups.
func HasGroup(t overlay.ReadTree, nameOrID string) (bool, error) { panic("not yet") }
