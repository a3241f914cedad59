package script

// command is how a command is read, by its name; nil where it is not. Each lists what it leaves, or that it was not read.
func command(name string) func(*call) {
	switch name {
	case "cat":
		return (*call).cat
	case "tee":
		return (*call).tee
	case "sed":
		return (*call).sed
	case "mkdir":
		return (*call).mkdir
	case "rmdir", "unlink":
		return (*call).rmdir
	case "rm":
		return (*call).rm
	case "ln":
		return (*call).ln
	case "cp":
		return (*call).cp
	case "mv":
		return (*call).mv
	case "touch":
		return (*call).touch
	case "chmod":
		return (*call).chmod
	case "chown", "chgrp":
		return (*call).chown
	case "install":
		return (*call).install
	case "truncate":
		return (*call).truncate
	case "passwd":
		return (*call).passwd
	case "chpasswd":
		return (*call).chpasswd
	case "useradd", "adduser":
		return (*call).useradd
	case "usermod":
		return (*call).usermod
	case "userdel":
		return (*call).userdel
	case "groupadd":
		return (*call).groupadd
	case "groupmod":
		return (*call).groupmod
	case "groupdel":
		return (*call).groupdel
	case "gpasswd":
		return (*call).gpasswd
	case "chkconfig":
		return (*call).chkconfig
	case "systemctl":
		return (*call).systemctl
	case "update-rc.d":
		return (*call).updateRC
	case "yum", "dnf", "microdnf":
		return (*call).yum
	case "rpm":
		return (*call).rpm
	case "curl", "wget":
		return (*call).fetch
	case "mount":
		return (*call).mount
	case "service":
		return (*call).daemon
	case "dd":
		return (*call).dd
	case "tar":
		return (*call).tar
	case "base64":
		return (*call).base64
	case "mkswap", "mknod", "createrepo", "createrepo_c", "chattr", "setfacl":
		return (*call).own
	case "find":
		return (*call).find
	case "git":
		return (*call).git
	}
	return nil
}
