// Package script reads the shell of %post sections, without running anything, and tells what it leaves in the image: the
// files that it writes, the lines that it adds and changes, the accounts that it locks, the services that it turns on.
// What cannot be read off is told as such, command by command; nothing is guessed.
package script

import (
	"sync"

	"lbimage/kickstart"
)

// Kind is what an effect does.
type Kind string

// The kinds of effects.
const (
	Write   Kind = "write"   // a file gets Content, whatever it was: cat > F << EOF, echo > F, tee F
	Append  Kind = "append"  // a file gets Content at its end: >>, tee -a
	Sed     Kind = "sed"     // a file is edited by a sed program, Program
	Folder  Kind = "folder"  // mkdir
	Symlink Kind = "symlink" // ln -s: Path points to Target
	Copy    Kind = "copy"    // cp: Path is as Target was
	Move    Kind = "move"    // mv: Path is as Target was, which is gone
	Remove  Kind = "remove"  // rm, rmdir
	Sweep   Kind = "sweep"   // rm of what a pattern fits: of the folder Path, the names that Names[0] fits; see Sweeps
	Mode    Kind = "mode"    // chmod of Path
	Owner   Kind = "owner"   // chown, chgrp of Path
	Touch   Kind = "touch"   // Path is there; an empty file where there was none
	Lock    Kind = "lock"    // passwd -l, usermod -L: the password of User is locked
	Unlock  Kind = "unlock"  // passwd -u, usermod -U
	Clear   Kind = "clear"   // passwd -d: User has no password
	Hash    Kind = "hash"    // usermod -p, chpasswd -e: the password of User is of the hash Content
	Secret  Kind = "secret"  // chpasswd, passwd --stdin: the password of User is of the clear text Content
	User    Kind = "user"    // useradd, or usermod of one that is there (Modify)
	GroupOf Kind = "group"   // groupadd
	Gone    Kind = "gone"    // userdel, groupdel
	Service Kind = "service" // chkconfig, systemctl
	Package Kind = "package" // yum, dnf, rpm -e: Names are to be there, or with Excluded not to be
)

// Effect is what one command leaves in the image.
type Effect struct {
	Place                     kickstart.Place // of the command in the kickstart file
	Command                   string          // as written, in one line
	Kind                      Kind
	Path                      string // in the image, absolute and clean
	Content                   string // of Write and Append; the hash or the secret
	Program                   string // of Sed: see package sed
	Extended                  bool   // of Sed: with -E or -r
	Target                    string // of Symlink, Copy, Move
	Recursive, Force, Parents bool
	Preserve                  bool   // of Copy: with the mode and the owner of what is copied
	Mode                      string // as chmod and mkdir -m are given it: 755, u+x; empty: by the umask
	Umask                     string // under which it is done, as three octal digits, or UnknownMask; empty: 022, as it is at first
	Owner, Group              string
	User                      string
	Account                   Account
	Service                   ServiceChange
	Names                     []string
	Excluded                  bool
	// Conditional is set for what happens only where a condition holds that was not told from the script alone; it says which.
	Conditional string
	// OrInside is of Symlink, Copy and Move: where the image has a folder at Path, the thing is in it, under Target's name.
	OrInside bool
	// SupersededBy is the index of the later effect, itself without condition, which did away with what this one left, or may
	// have: a file written anew, removed, moved onto, an account locked and unlocked. -1: none, what this one left should be there.
	SupersededBy int
}

// UnknownMask stands for a umask that is not told from the script alone.
const UnknownMask = "?"

// Account are the options of useradd, usermod and groupadd; empty ones were not given.
type Account struct {
	Modify                                                      bool
	UID, GID, Group, Home, Shell, Comment, Password             string
	Groups                                                      []string
	AppendGroups, System, CreateHome, NoCreateHome, NoUserGroup bool
}

// ServiceChange is what chkconfig or systemctl is told.
type ServiceChange struct {
	Name   string
	Action string // enable, disable, add, del, mask, unmask, reset, preset
	Levels string // of chkconfig: "345"; empty: all that are usual
}

// Unread is a command that was not read.
type Unread struct {
	Place   kickstart.Place
	Command string // as written, in one line, at most some 200 bytes
	Why     string
	// Paths are the only ones that it can touch, where that is known; nil: it could change anything.
	// A folder stands for all that is below it too.
	Paths []string
	// Harmless: whatever it does, nothing of it stays in the image (it prints, it waits, it starts something).
	Harmless bool
}

// Reading is what was read of all %post sections of a file.
type Reading struct {
	Effects []Effect // in their order
	Unread  []Unread // in their order
	// Steps are the effects and what was not read in the order of the scripts.
	Steps []Step

	folded             sync.Once
	end                *world
	effectAt, unreadAt [][]string // what they can touch
}

// Step is an index into one of the lists of a Reading; the other is -1.
type Step struct{ Effect, Unread int }
