package conformance

import (
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/kickstart/script"
)

// password judges what passwd, usermod and chpasswd leave of an account's password.
func (j *postJudge) password(e *script.Effect) outcome {
	a, err := j.account()
	if err != nil {
		return unknown("the accounts cannot be read: " + err.Error())
	}
	if _, ok := a.passwd[e.User]; !ok {
		return differs("no user " + e.User).at("/etc/passwd")
	}
	value, path, line, ok := a.field(e.User)
	if !ok {
		return unknown("/etc/shadow has no line for " + e.User)
	}
	o := passwordOutcome(e, value)
	o.path, o.line = path, line
	return o
}

func passwordOutcome(e *script.Effect, value string) outcome {
	locked, bare := strings.HasPrefix(value, "!"), strings.TrimLeft(value, "!")
	has := "a password"
	switch {
	case value == "":
		has = "none"
	case locked:
		has = "locked"
	case strings.HasPrefix(value, "*"):
		has = "one that no text fits (*)"
	case !strings.HasPrefix(value, "$") && len(value) != 13:
		has = "one that no text fits"
	}
	verdict := func(ok bool) outcome {
		if ok {
			return holds(has)
		}
		return differs(has)
	}
	switch e.Kind {
	case script.Lock:
		if strings.HasPrefix(value, "*") {
			return holds(has).remark("which is no lock, and lets nobody in either")
		}
		return verdict(locked)
	case script.Unlock:
		return verdict(!locked)
	case script.Clear:
		return verdict(value == "")
	case script.Hash:
		if bare == strings.TrimLeft(e.Content, "!") && bare != "" {
			return holds("of that hash")
		}
		if bare == "" || value == "" {
			return differs(has)
		}
		return differs("of the hash " + concealHash(bare))
	}
	return secretOutcome(e.Content, bare, has)
}

// secretOutcome judges a password in the clear.
func secretOutcome(secret, hash, has string) outcome {
	if hash == "" || hash == "*" {
		return differs(has)
	}
	h, ok := check.OpenHash(hash)
	switch {
	case !ok:
		return unknown("the image has a hash that is not tried: of another kind, or one that takes long")
	case h.Fits(secret):
		return holds("the one that is given")
	}
	return differs("another one")
}
