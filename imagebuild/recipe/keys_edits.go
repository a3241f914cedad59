package recipe

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	owner    = scalar("user:group, by name or number", `^([^\s:/]+(:[^\s:/]+)?|:[^\s:/]+)$`)
	mode     = shape{kind: kindMode, want: "an octal mode, as 0644 or 04755", pattern: expr(`^0o?[0-7]{3,4}$`)}
	noColon  = text("a text in one line, without a colon", `^[^\x00-\x1f\x7f:]*$`)
	override = always("Let this count where it disagrees with what the recipe says of the path before: a profile's edit over one of the top level. Without it two edits that disagree are refused.")
)

const maxID = 1<<32 - 2

// editShape is an item of edits: exactly one of these keys.
func editShape() *shape {
	s := object("One change. It has one key, the kind of change.",
		may("line", lineShape()),
		may("file", object("A file with a given content, in place of the one that may be there.",
			must("path", inImage("The file.")),
			may("content", shape{kind: kindText, want: "a text"}.with("Its content. A block (content: |) ends with a newline.")),
			may("source", hostPath.with("The file with its content, relative to the recipe's folder.")),
			may("mode", mode.with("Its mode. Without it: as it was, 0644 for a new file.")),
			may("owner", owner.with("Its owner. Without it: as it was, root:root for a new file.")),
			may("override", override)).exactly("content", "source")),
		may("dir", object("A folder, with those above it.",
			must("path", inImage("The folder.")),
			may("mode", mode.with("Its mode. Without it: as it was, 0755 for a new folder.")),
			may("owner", owner.with("Its owner. Without it: as it was, root:root for a new folder.")),
			may("override", override))),
		may("symlink", object("A symbolic link.",
			must("path", inImage("The link.")),
			must("target", text("the path that the link holds", `^[^\x00-\x1f\x7f]+$`).with("What it points at.")),
			may("override", override))),
		may("remove", removeShape()),
		may("user", userShape()),
		may("group", object("A group. One of that name that the image has stays.",
			must("name", userName.with("Its name.")),
			may("gid", number("Its number. Without it: the next free one.", "a group id", 0, maxID)),
			may("system", flag("Take the number from the range of system groups.")))),
		may("password", object("The password of an account that the image has.",
			must("user", userName.with("The account.")),
			must("hash", hash.with("The hash.")))),
		may("service", object("Whether a service starts at boot: SysV, upstart or systemd, as the image has it.",
			must("name", text("the name of a service, as ntpd or ntpd.service", `^[A-Za-z0-9_.@:\\+-]{1,255}$`).with("The service.")),
			may("enabled", flag("Start it at boot, or do not.")),
			may("action", choice("What else to do: add, del, reset and resetpriorities as chkconfig does, preset, mask and unmask as systemctl does.", "add", "del", "enable", "disable", "preset", "mask", "unmask", "reset", "resetpriorities")),
			may("levels", digits(scalar("run levels, as 2345", `^[0-6]{1,7}$`)).with("The run levels meant, for SysV."))).exactly("enabled", "action")),
		may("rpm", object("A package, installed without running it.",
			must("path", hostPath.with("The package, relative to the recipe's folder.")),
			may("scriptlets", scriptlets),
			may("nodeps", noDeps)).shorthand("path")),
		may("authorizedKeys", object("Keys that may log in to an account.",
			must("user", userName.with("The account.")),
			may("keys", list("Lines for its .ssh/authorized_keys.", keyLine.with("A public key."))),
			may("file", hostPath.with("A file with such lines, relative to the recipe's folder."))).exactly("keys", "file")))
	return s.exactly(s.keys()...).called("edit")
}

func (s *shape) shorthand(key string) *shape {
	s.short = key
	return s
}

func removeShape() *shape {
	return object("A file, a link or a folder to remove. One that is not there is no error.",
		must("path", inImage("What to remove.")),
		may("recursive", flag("Remove a folder with all that is in it.")),
		may("override", override)).shorthand("path")
}

func userShape() *shape {
	return object("An account. One of that name that the image has stays.",
		must("name", userName.with("Its name.")),
		may("system", flag("Take the number from the range of system accounts, as useradd -r does.")),
		may("uid", number("Its number. Without it: the next free one.", "a user id", 0, maxID)),
		may("group", userName.with("Its primary group. Without it: one of its own name, where the image's login.defs says so.")),
		may("groups", list("Further groups, which the image must have.", userName.with("A group."))),
		may("comment", noColon.with("Its full name.")),
		may("home", inImage("Its home folder.")),
		may("shell", inImage("Its shell.")),
		may("createHome", flag("Make the home folder and fill it from /etc/skel.")),
		may("password", hash.with("The password, as a hash. Without it: locked.")))
}

func lineShape() *shape {
	return object("A line of a text file; every other line stays as it is.",
		must("path", inImage("The file.")),
		may("match", regex.with("The lines that are meant, without their ends. It matches anywhere in a line: bind it with ^ and $. A line that is as it shall be already counts as found.")),
		may("set", shape{kind: kindText, want: "a line", pattern: expr(`^[^\x00\r\n]*$`)}.with("The line that shall stand there.")),
		may("expand", always("Put the groups of match for $1 and ${name} in set.")),
		may("remove", always("Remove the lines that match. That there is none is no error.")),
		may("which", choice("Which of several lines that match. Without it: all.", "all", "first", "last")),
		may("missing", choice("What to do where nothing matches: fail, append the line, or skip. Without it: fail.", "fail", "append", "skip")),
		may("after", regex.with("With missing: append, the line goes behind the last one that matches this.")),
		may("before", regex.with("With missing: append, the line goes in front of the first one that matches this.")),
		may("create", object("With missing: append, make the file where there is none.",
			may("mode", mode.with("Its mode. Without it: 0644.")),
			may("owner", owner.with("Its owner. Without it: root:root.")))),
		may("override", override)).
		exactly("set", "remove").
		needing("remove", "match").needing("expand", "match").
		checked(checkLine)
}

// maxExpression is the length of the longest expression, in bytes.
const maxExpression = 4096

// checkLine tries the expressions and refuses keys that contradict each other.
func checkLine(r *reader, v *value) {
	for _, key := range []string{"match", "after", "before"} {
		m := v.get(key)
		if m == nil {
			continue
		}
		if len(m.text) > maxExpression {
			r.problem(m.place, "wrong-value", fmt.Sprintf("%s is longer than %d bytes", m.path, maxExpression), "write it shorter")
		} else if _, err := regexp.Compile(m.text); err != nil {
			r.problem(m.place, "wrong-value", fmt.Sprintf("%s: %s", m.path, shorten(strings.TrimPrefix(err.Error(), "error parsing regexp: "))), "expressions are RE2's")
		}
	}
	appends := v.str("missing") == "append"
	for _, key := range []string{"after", "before", "create"} {
		if m := v.member(key); m != nil && !appends {
			r.problem(m.place, "conflicting-keys", fmt.Sprintf("%s.%s means something with missing: append alone", v.path, key), "write missing: append, or remove "+key)
		}
	}
	if m := v.member("before"); m != nil && v.get("after") != nil {
		r.problem(m.place, "conflicting-keys", v.path+" has after and before together", "leave one of them")
	}
	if v.get("set") != nil && v.get("match") == nil && !appends {
		r.problem(v.place, "missing-key", v.path+" has no match", "write match: an expression for the line to replace, or missing: append")
	}
	if m := v.member("missing"); m != nil && v.get("remove") != nil {
		r.problem(m.place, "conflicting-keys", v.path+".missing means nothing with remove", "remove it")
	}
}
