// Package kickstart reads kickstart files, the recipes of which Red Hat's installer makes systems, without loss:
// Parse gives typed commands, options and sections, and Format gives the bytes back as they were.
//
// # The format
//
// A kickstart file has a command in each line, and sections. A command is a name, options and other words:
//
//	part / --size 1536 --fstype=ext3
//
// Words are split as Python's shlex does it in its POSIX mode, with quotes and backslashes, but a line ends a command
// always: a backslash at its end joins nothing. Options stand anywhere. A value follows = or a blank, "--" ends the
// options, and the beginning of an option's name does where no other option begins so. Up to RHEL 7 Python's optparse
// reads them, from RHEL 8 on argparse, and they differ: for optparse "--size 010" is eight, and what follows an option
// is its value unless it begins with two dashes; for argparse it is ten, and what looks like an option is none.
//
// What stands behind # is a comment, but not in RHEL 5, and in RHEL 6 also within quotes.
//
// A line can be wrong though each word of it is right: options exclude each other, or one needs another, a command needs one
// of several, two commands set up the same thing, or do not go together in one file. An option with an empty value, or
// with the number 0, counts there as one that is not given. These conditions are data of package grammar too.
//
// A section begins with a line such as "%post --erroronfail" and ends with "%end". Lines of %packages ask for packages
// (name, name.arch, patterns), groups (@core), environments (@^minimal) and module streams (@name:stream/profile), or
// forbid them with a - in front; all of a line is one name, and quotes are letters. Those of %pre, %post and their
// like are scripts, and those of %addon are a program's own. RHEL 5 knows no %end: a section goes on to the next one.
// RHEL 6 wants it at the end of the file, and goes on silently where another section begins. From RHEL 7 on it has to
// be there.
//
// "%include FILE" stands for the lines of a file, also within a section. "%ksappend FILE" is replaced as text before
// anything is read. Parse leaves both where they are; Flatten puts the files in.
//
// "#version=RHEL7" in a line of its own says for which release a file is.
//
// # The promise
//
// Every byte of a file belongs to one node, and each node, word, option and entry has its place. Parse refuses only what
// is no text. What the installer would refuse is a Problem, and what it would read otherwise than it looks is one with
// Warning set; reading goes on behind it. A file costs what its size costs, whatever is in it.
//
// The facts are those of the installer's own reader, pykickstart: 0.43 in RHEL 5, 1.74 in RHEL 6, 1.99 in RHEL 7, 3 in
// RHEL 8 and 9. Which release knows which command is package grammar's.
package kickstart
