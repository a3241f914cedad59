// Package rpminstall installs an RPM package into the file tree of an image without running anything:
// neither rpm, nor the package's scripts, nor a program of the image.
//
// # What for
//
// An image is built where its programs cannot run: without root, for another system. [Open] reads a
// package and verifies every digest that it declares; [Package.Edit] makes of it an edit as package
// overlay has them, which does to the tree what `rpm -U` would do in the running image:
//
//	p, err := rpminstall.Open(ctx, "load-balancer-servo-1.1.0-0.el6.noarch.rpm", rpminstall.OpenOptions{})
//	…
//	defer p.Close()
//	edit, err := p.Edit(rpminstall.Options{Time: buildTime, Database: db})
//	…
//	report, err := edit.Run(tree)
//
// # Files
//
// The rules are those of rpm, as rpm 4.18 follows them (it judges the tests) and the source of 4.11, that of EL7, tells
// them; of EL6's 4.8 neither a binary nor the source was at hand:
//
//   - Owners are given by name and looked up in the image's own /etc/passwd and /etc/group once the %pre
//     script has been followed. A name that the image lacks gives root, and takes the set-user-id or
//     set-group-id bit with it; a note says so.
//   - A file that stands in the way is replaced by a new one, not written over: what else is linked to
//     it keeps the old content, but loses its set-id bits and capabilities. Hard links of the package are one
//     file in the image.
//   - Times are the package's, of files and symbolic links, and of folders into which no file of the package
//     is put. The others have the time that the tree gives them, as with rpm.
//   - A configuration file that was edited stays: beside it the new one is put as .rpmnew
//     (%config(noreplace)), or it goes to .rpmsave and makes place (%config). One that no package owned
//     goes to .rpmorig. Whether it was edited is asked of the digest that the image's package database
//     has for the old package. Without a database a file that differs from the new one counts as edited.
//   - Folders that are there stay and get mode and owner; a symbolic link to a folder stays. Ghosts are
//     not made. Capabilities of files become the attribute security.capability.
//   - Files of the old package that the new one lacks go, unless another package owns them; edited
//     configuration goes to .rpmsave, folders go when they are empty.
//
// Where versions of rpm differ, what is safer is done. As with rpm 4.11:
//
//   - A symbolic link stays where the old package had a folder, and an empty folder where it had a file.
//   - A file that gives place is always a new one where it has further names, also when its content stays.
//
// As with rpm 4.18, and otherwise than 4.11:
//
//   - Symbolic links have the package's time, not that of the installation.
//   - Edited configuration that is what the new package brings gets no .rpmnew or .rpmsave beside it; for 4.11 this
//     is not known.
//   - A folder that no package lists, below one that the package makes set-group-id, inherits that.
//
// An edited file that the new package has no longer as configuration goes to .rpmsave. A file that has the
// package's content already, and nothing else that a new one would not have, gets owner, mode and time alone:
// a second installation changes nothing, not even the time of the folder above.
//
// Capabilities and the access control list that a replaced file had are lost, as with rpm, unless the policy
// of the tree (overlay.Policy) says that they are kept.
//
// Colours of files, languages and the --excludedocs kind of choice are not looked at: every file of the
// package is installed.
//
// # Scripts
//
// Scripts are followed, never executed. A strict subset of the shell is known (conditions, lists, loops
// over lists, functions, tests, set -e), and of commands those that make accounts (useradd, groupadd, usermod,
// getent, id), register services (chkconfig, systemctl, service) and handle plain files (mkdir, install -d,
// chmod, chown, chgrp, ln -s, rm, touch, cp, mv). They are done natively, by packages accounts and services. A
// command that is reached and not known is refused by name and line, unless [Skip] says that scripts are
// left out; the [Report] lists them in both cases.
//
// # What is not done
//
// The image's package database is not written: rpm -q goes on to say what it said before. Dependencies
// are looked at, and each miss is told as data ([Miss]); it is the caller's choice what to make of it.
// Triggers that other packages have set on this one are not looked at; a package with one of its own that
// the installation sets off is refused, and one with file triggers. Devices, pipes and sockets, packages for another architecture, and features of rpm that are not known
// are refused by name.
package rpminstall
