package accounts_test

import "strings"

// Account files as the installers of the releases leave them.

const el6Passwd = `root:x:0:0:root:/root:/bin/bash
bin:x:1:1:bin:/bin:/sbin/nologin
daemon:x:2:2:daemon:/sbin:/sbin/nologin
adm:x:3:4:adm:/var/adm:/sbin/nologin
lp:x:4:7:lp:/var/spool/lpd:/sbin/nologin
sync:x:5:0:sync:/sbin:/bin/sync
shutdown:x:6:0:shutdown:/sbin:/sbin/shutdown
halt:x:7:0:halt:/sbin:/sbin/halt
mail:x:8:12:mail:/var/spool/mail:/sbin/nologin
uucp:x:10:14:uucp:/var/spool/uucp:/sbin/nologin
operator:x:11:0:operator:/root:/sbin/nologin
games:x:12:100:games:/usr/games:/sbin/nologin
gopher:x:13:30:gopher:/var/gopher:/sbin/nologin
ftp:x:14:50:FTP User:/var/ftp:/sbin/nologin
nobody:x:99:99:Nobody:/:/sbin/nologin
vcsa:x:69:69:virtual console memory owner:/dev:/sbin/nologin
saslauth:x:499:76:"Saslauthd user":/var/empty/saslauth:/sbin/nologin
postfix:x:89:89::/var/spool/postfix:/sbin/nologin
sshd:x:74:74:Privilege-separated SSH:/var/empty/sshd:/sbin/nologin
ntp:x:38:38::/etc/ntp:/sbin/nologin
haproxy:x:188:188:haproxy:/var/lib/haproxy:/sbin/nologin
`

const el6Group = `root:x:0:
bin:x:1:bin,daemon
daemon:x:2:bin,daemon
sys:x:3:bin,adm
adm:x:4:adm,daemon
tty:x:5:
disk:x:6:
lp:x:7:daemon
mem:x:8:
kmem:x:9:
wheel:x:10:
mail:x:12:mail,postfix
uucp:x:14:
man:x:15:
games:x:20:
gopher:x:30:
video:x:39:
dip:x:40:
ftp:x:50:
lock:x:54:
audio:x:63:
nobody:x:99:
users:x:100:
utmp:x:22:
utempter:x:35:
floppy:x:19:
vcsa:x:69:
cdrom:x:11:
tape:x:33:
dialout:x:18:
saslauth:x:76:
postdrop:x:90:
postfix:x:89:
sshd:x:74:
ntp:x:38:
haproxy:x:188:
`

const el7Passwd = `root:x:0:0:root:/root:/bin/bash
bin:x:1:1:bin:/bin:/sbin/nologin
daemon:x:2:2:daemon:/sbin:/sbin/nologin
adm:x:3:4:adm:/var/adm:/sbin/nologin
mail:x:8:12:mail:/var/spool/mail:/sbin/nologin
nobody:x:99:99:Nobody:/:/sbin/nologin
systemd-network:x:192:192:systemd Network Management:/:/sbin/nologin
dbus:x:81:81:System message bus:/:/sbin/nologin
polkitd:x:999:998:User for polkitd:/:/sbin/nologin
sshd:x:74:74:Privilege-separated SSH:/var/empty/sshd:/sbin/nologin
postfix:x:89:89::/var/spool/postfix:/sbin/nologin
chrony:x:998:996::/var/lib/chrony:/sbin/nologin
centos:x:1000:1000:Cloud User:/home/centos:/bin/bash
`

const el7Group = `root:x:0:
bin:x:1:
daemon:x:2:
sys:x:3:
adm:x:4:centos
tty:x:5:
wheel:x:10:centos
mail:x:12:postfix
nobody:x:99:
users:x:100:
input:x:999:
polkitd:x:998:
ssh_keys:x:997:
chrony:x:996:
systemd-journal:x:190:centos
systemd-network:x:192:
dbus:x:81:
sshd:x:74:
postdrop:x:90:
postfix:x:89:
centos:x:1000:
`

const debPasswd = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
systemd-network:x:998:998:systemd Network Management:/:/usr/sbin/nologin
messagebus:x:100:107::/nonexistent:/usr/sbin/nologin
sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
debian:x:1000:1000:Debian:/home/debian:/bin/bash
`

const debGroup = `root:x:0:
daemon:x:1:
bin:x:2:
adm:x:4:debian
mail:x:8:
sudo:x:27:debian
users:x:100:
nogroup:x:65534:
systemd-network:x:998:
messagebus:x:107:
ssl-cert:x:108:
debian:x:1000:
`

const el6Defs = `# *REQUIRED*
MAIL_DIR	/var/spool/mail
PASS_MAX_DAYS	99999
PASS_MIN_DAYS	0
PASS_MIN_LEN	5
PASS_WARN_AGE	7
UID_MIN			  500
UID_MAX			60000
GID_MIN			  500
GID_MAX			60000
CREATE_HOME	yes
UMASK           077
USERGROUPS_ENAB yes
ENCRYPT_METHOD SHA512 
`

const elUseradd = `# useradd defaults file
GROUP=100
HOME=/home
INACTIVE=-1
EXPIRE=
SHELL=/bin/bash
SKEL=/etc/skel
CREATE_MAIL_SPOOL=yes
`

const el7More = `SYS_UID_MIN               201
SYS_UID_MAX               999
SYS_GID_MIN               201
SYS_GID_MAX               999
`

func el7Defs() string {
	return strings.NewReplacer("\t  500", "\t1000").Replace(el6Defs) + el7More
}

const debDefs = `MAIL_DIR        /var/mail
UMASK		022
HOME_MODE	0700
PASS_MAX_DAYS	99999
PASS_MIN_DAYS	0
PASS_WARN_AGE	7
UID_MIN			 1000
UID_MAX			60000
GID_MIN			 1000
GID_MAX			60000
USERGROUPS_ENAB yes
SUB_UID_MIN		   100000
SUB_UID_MAX		600100000
SUB_UID_COUNT		    65536
`

// shadowOf locks every account of a passwd but root.
func shadowOf(passwd, lock string) string {
	var b strings.Builder
	for line := range strings.Lines(passwd) {
		name, _, _ := strings.Cut(line, ":")
		switch name {
		case "root":
			b.WriteString("root:$6$salt$" + strings.Repeat("a", 86) + ":15980:0:99999:7:::\n")
		case "saslauth", "postfix", "sshd", "ntp", "haproxy", "vcsa", "chrony", "polkitd", "dbus", "messagebus":
			b.WriteString(name + ":" + lock + ":15980::::::\n")
		default:
			b.WriteString(name + ":*:15240:0:99999:7:::\n")
		}
	}
	return b.String()
}

// gshadowOf writes the gshadow that belongs to a group file.
func gshadowOf(group string) string {
	var b strings.Builder
	for line := range strings.Lines(group) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		b.WriteString(f[0] + ":::" + f[3] + "\n")
	}
	return b.String()
}

// image is the part of a release's tree that account tools look at.
func image(release string) map[string]string {
	var files map[string]string
	switch release {
	case "el6":
		files = map[string]string{
			"etc/passwd": el6Passwd, "etc/group": el6Group, "etc/shadow": shadowOf(el6Passwd, "!!"),
			"etc/login.defs": el6Defs, "etc/default/useradd": elUseradd,
			"etc/redhat-release": "-> centos-release", "etc/centos-release": "CentOS release 6.5 (Final)\n",
			"var/spool/mail/": "", "var/mail": "-> spool/mail",
		}
	case "el7":
		files = map[string]string{
			"etc/passwd": el7Passwd, "etc/group": el7Group, "etc/shadow": shadowOf(el7Passwd, "!!"),
			"etc/login.defs": el7Defs(), "etc/default/useradd": elUseradd,
			"etc/redhat-release": "-> centos-release", "etc/centos-release": "CentOS Linux release 7.9.2009 (Core)\n",
			"var/spool/mail/": "", "var/mail": "-> spool/mail",
		}
	case "debian":
		files = map[string]string{
			"etc/passwd": debPasswd, "etc/group": debGroup, "etc/shadow": shadowOf(debPasswd, "!"),
			"etc/login.defs": debDefs, "etc/default/useradd": "SHELL=/bin/sh\n",
			"etc/debian_version": "12.11\n", "var/mail/": "",
			"etc/subuid": "debian:100000:65536\n", "etc/subgid": "debian:100000:65536\n",
		}
	}
	files["etc/gshadow"] = gshadowOf(files["etc/group"])
	files["etc/skel/.bashrc"] = "# .bashrc\n"
	files["etc/skel/.bash_profile"] = "# .bash_profile\n"
	files["etc/skel/hello"] = "#!/bin/sh\necho hello\n"
	files["etc/skel/.profile"] = "-> .bash_profile"
	files["etc/skel/.rc"] = "-> /etc/skel/.bashrc"
	files["home/"] = ""
	return files
}
