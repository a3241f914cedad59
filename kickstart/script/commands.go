package script

// commands are those that are read, by their names. Each lists what it leaves, or that it was not read.
var commands map[string]func(*call)

func init() {
	commands = map[string]func(*call){
		"cat": (*call).cat, "tee": (*call).tee, "sed": (*call).sed,
		"mkdir": (*call).mkdir, "rmdir": (*call).rmdir, "rm": (*call).rm, "ln": (*call).ln, "cp": (*call).cp, "mv": (*call).mv,
		"touch": (*call).touch, "chmod": (*call).chmod, "chown": (*call).chown, "chgrp": (*call).chown,
		"install": (*call).install, "truncate": (*call).truncate, "unlink": (*call).rmdir,
		"passwd": (*call).passwd, "chpasswd": (*call).chpasswd,
		"useradd": (*call).useradd, "adduser": (*call).useradd, "usermod": (*call).usermod, "userdel": (*call).userdel,
		"groupadd": (*call).groupadd, "groupmod": (*call).groupmod, "groupdel": (*call).groupdel, "gpasswd": (*call).gpasswd,
		"chkconfig": (*call).chkconfig, "systemctl": (*call).systemctl, "update-rc.d": (*call).updateRC,
		"yum": (*call).yum, "dnf": (*call).yum, "microdnf": (*call).yum, "rpm": (*call).rpm,
		"curl": (*call).fetch, "wget": (*call).fetch, "mount": (*call).mount, "service": (*call).daemon,
	}
}
