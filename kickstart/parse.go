package kickstart

import "lbimage/kickstart/grammar"

// MaxFile is the size in bytes up to which a file is read.
const MaxFile = 4 << 20

// Parse reads a file as the installer of a release would, version 0 by the file's own "#version=" line, else as RHEL6. It
// always gives a File, which holds every byte; what the installer would refuse is in its Problems. The error is of a text
// that is none: too large, or with a zero byte.
func Parse(name string, text []byte, v grammar.Version) (*File, error) { panic("not yet") }

// Format is the file's text.
func (f *File) Format() []byte { panic("not yet") }

// Flatten puts the files that %include and %ksappend name in their places. open reads one; where it gives an error, the line
// stays, and a Problem tells. Nodes keep the places of their own files.
func Flatten(f *File, open func(target string) ([]byte, error)) *File { panic("not yet") }
