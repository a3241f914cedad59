package check

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/user"
	"strings"

	"lbimage/haproxy-config/lint"
	"lbimage/haproxy-config/render"
)

// forThisMachine has the linter look at the accounts and files of this machine, as HAProxy would do here: a
// configuration that is neither for an image nor a servo's template has no other place to be for. What belongs to the
// servo is left alone, since that is in images only.
func forThisMachine(o *lint.Options) {
	o.User = func(name string) bool {
		_, err := user.Lookup(name)
		var none user.UnknownUserError
		return name == servoAccount || !errors.As(err, &none)
	}
	o.Group = func(name string) bool {
		_, err := user.LookupGroup(name)
		var none user.UnknownGroupError
		return name == servoAccount || !errors.As(err, &none)
	}
	o.ReadFile, o.ReadOther = readHere, readHere
}

// servoAccount is the user and the group that the servo's package makes.
const servoAccount = "servo"

// readHere gives a file of this machine by the name that a configuration has for it, from the folder where the program
// was started, as HAProxy does. What is no plain file is not read.
func readHere(name string) ([]byte, error) {
	if strings.HasPrefix(name, "/etc/load-balancer-servo/") || strings.HasPrefix(name, render.StateDir+"/") {
		return nil, lint.ErrUnseen
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, err
	case err == nil && info.IsDir():
		return nil, errors.New("it is a folder")
	case err != nil || !info.Mode().IsRegular():
		return nil, lint.ErrUnseen
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxNamed))
}
