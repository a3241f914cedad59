// Package services says what an image starts at boot: SysV scripts, services of xinetd, upstart jobs and systemd units
// are enabled, disabled and listed in the file tree alone. Nothing of the image is run.
//
// # Which of them
//
// The image decides. Where /sbin/init leads to systemd, a unit of the asked name comes first, then a script in
// /etc/init.d. Else it is the script, then a file in /etc/xinetd.d, then a job in /etc/init. A script that is only a
// link to upstart's own (as Ubuntu has them) gives way to the job. A name that is none of these is an error with the
// nearest names.
//
// # What is followed
//
//   - SysV on Enterprise Linux: chkconfig(8) from 1.3.49.3 on (EL6, EL7): the `# chkconfig:` line, the LSB header, the
//     overrides in /etc/chkconfig.d, and the priorities that follow from Required-Start, Should-Start and their like,
//     also those of the other scripts, which chkconfig moves along. Facilities such as $network have no meaning of
//     their own there: they are what some script says it provides.
//   - SysV on Debian: update-rc.d(8); where the image has insserv, a script comes right after what it requires.
//   - upstart: init(5); a .override with `manual` from 1.3 on, before that the `start on` stanza is commented out.
//   - systemd: systemctl(1) enable, disable, preset, mask and unmask with --root, systemd.unit(5) "[Install]",
//     systemd.preset(5).
//
// A unit and a script of one name: systemd passes the script by, and so do we. What systemctl on Debian does to the
// script's own links besides (systemd-sysv-install) is left out; a note says so.
//
// Where the tools themselves would go half the way and then fail, nothing is done here. What differs on older systems is
// left out: chkconfig before 1.3.49.3 (EL5) knows no Should-Start and makes a script wait for services that do not run;
// insserv numbers all scripts of a level anew.
//
// # Promises
//
//   - All links lie inside the tree, names cannot lead out of it, and what is read of an image is bounded.
//   - What is asked for and cannot be done is found before anything is written.
//   - A service that is as asked for is not touched.
package services
