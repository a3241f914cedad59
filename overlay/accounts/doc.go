// Package accounts makes users and groups in the tree of an image: in /etc/passwd, group, shadow and
// gshadow, by the rules of the image's own login.defs, as useradd and groupadd of shadow-utils would there.
//
// # What decides
//
// The image decides, never the machine at work: /etc/login.defs (ranges of ids, days of a password, UMASK
// and HOME_MODE, USERGROUPS_ENAB, MAIL_DIR) and /etc/default/useradd (GROUP, HOME, SHELL, SKEL, INACTIVE,
// EXPIRE, CREATE_MAIL_SPOOL). What these leave open follows the shadow-utils of the image's distribution:
//
//	                     EL5      EL6       EL7 on   others
//	UID_MIN, GID_MIN     500      500       1000     1000
//	SYS_UID_MIN, …GID…   1        201       101      101
//	no shell given       /sbin/nologin      …        /bin/bash
//	locked password      !!       !!        !!       !
//
// Whether an image is one of Red Hat's family, and which release, its /etc/redhat-release or os-release
// says; where it has neither, an account that is locked with "!!" does.
//
// # Ids
//
// A user's or group's next id is one above the highest in use in the range; a system one is one below the
// lowest in use in the range (in EL5 they go up, too), so that ids of deleted accounts do not come back. Only
// when that leaves the range are gaps used, from the same end. The group of a new user gets the user's number
// where it is free and in the range (from 1 on for a system user). All releases of shadow-utils from 4.1.4.1,
// which is older than EL6's, to 4.13 agree in this.
//
// # Promises
//
//   - An account that is there stays as it is. Where it differs from what was asked, a note says so;
//     supplementary groups that lack are still added. A second Apply changes nothing.
//   - Every other line stays byte for byte: comments, malformed ones, those of NIS ("+::::::"), which stay
//     behind the new ones. Mode, owner and label of the files stay. A last line without its newline gets it.
//   - No hash is kept for the diff of a change: plans and records show its method and a mark, and what locks.
//   - Nothing is written before all is known to be possible in the account files.
//   - No backups (passwd-, shadow-) are written, unlike the tools: a backup in an image would keep what was
//     replaced, an old hash say, and what changed is in the [overlay.Change] already. The records of lastlog
//     and faillog, which the tools clear for an id that was used before, are not touched either.
package accounts
