// Package develop puts the servo's latest source into an image, for its developers: what the servo's own
// install-servo.sh and setup.py would do inside the image, done from outside and without running either.
//
// # The source
//
// [Open] reads a source once, into memory and under [Limits]: a folder, the work tree of a git repository as
// it stands, or the tree of one commit from a repository on this machine or elsewhere. A work tree with
// changes that are not committed is refused with their names unless asked for. Whatever the source is, it has
// a digest over names, modes and contents, and a git source the commit: this is what a record needs.
//
// Git is spoken by a library: no program is started, no hook runs, nobody is asked for a password, submodules
// are named and left out. File names that a careful git refuses (.git, "..") are refused here too. The eol
// attributes of .gitattributes are not heeded: files come as they are stored.
//
// # The edit
//
// [Source.Edit] installs it by the layout of its release (package servo has the table), from 1.0.0 to 1.4.1.
// setup.py is read for its literal lists and never executed. Where install-servo.sh is known to go wrong, the
// edit does what the servo's RPM does: helper programs get the names under which cron and the start script
// call them (under others the servo waits for its lock file for ever), and the cron file and the tmpfiles.d entry are put
// where they belong. What an earlier servo left and this one lacks is removed, compiled modules among it.
//
// No byte code is compiled. Python 2 does so in memory at each start, since the servo's account must not write
// beside its modules.
//
// # At each boot instead
//
// [Bootstrap] lays a script for cloud-init that fetches a repository and installs it in the running machine at
// each boot. [Access] gives developers a way in.
package develop
