package tests

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// scripter makes scripts of %post at random, of commands that are read and of some that are not. Commands find what they
// need: what it takes to be there is in files and folders.
type scripter struct {
	*rand.Rand
	marks          int
	files, folders []string
	pending        []string // files that a statement makes, if it turns out to be the one
	users          []string
	names          int
	depth          int
}

func newScripter(r *rand.Rand) *scripter {
	return &scripter{
		Rand: r,
		files: []string{"/etc/ntp.conf", "/etc/hosts", "/etc/issue", "/etc/motd", "/etc/sysconfig/i18n", "/etc/profile", "/srv/unended", "/srv/empty",
			"/srv/crlf", "/srv/blank", "/srv/conf", "/srv/conf", "/srv/conflink", "/srv/twin", "/srv/other-twin", "/srv/run", "/srv/own", "/srv/real/in", "/srv/link/in", "/etc/rc.local"},
		folders: []string{"/srv", "/srv/real", "/srv/link", "/etc/cloud", "/opt", "/usr/local", "/root", "/etc/default"},
		users:   []string{"servo", "haproxy"},
	}
}

func (s *scripter) pick(list ...string) string { return list[s.IntN(len(list))] }

// mark is a word that stands nowhere else.
func (s *scripter) mark() string {
	s.marks++
	return fmt.Sprintf("mark%03d", s.marks)
}

func (s *scripter) file() string   { return s.pick(s.files...) }
func (s *scripter) folder() string { return s.pick(s.folders...) }

// fresh is a file that is not there yet; after known it is.
func (s *scripter) fresh() string {
	s.names++
	return fmt.Sprintf("%s/new%d%s", s.folder(), s.names, s.pick("", ".conf", "-x", ".d"))
}

// known takes a file for one that is there, unless what makes it depends on something.
func (s *scripter) known(name string) string {
	if s.depth == 0 {
		s.pending = append(s.pending, name)
	}
	return name
}

func (s *scripter) target() string {
	if s.IntN(3) == 0 {
		return s.known(s.fresh())
	}
	return s.file()
}

// gone forgets a file, and all that can be the same one.
func (s *scripter) gone(name string) string {
	s.files = slices.DeleteFunc(s.files, func(f string) bool {
		return f == name || strings.HasPrefix(f, name+"/") || strings.Replace(f, "/link/", "/real/", 1) == strings.Replace(name, "/link/", "/real/", 1) ||
			f == "/srv/conflink" && name == "/srv/conf"
	})
	return name
}

func (s *scripter) quoted(w string) string {
	return s.pick(w, "'"+w+"'", `"`+w+`"`, w[:3]+`\`+w[3:], `"`+w[:2]+`"`+w[2:], "'"+w+" $V'", `"`+w+` $V"`, `"`+w+` \$V"`, `"${V:-no}"`+w, w+"$(echo -sub)", `"`+w+" `echo bq`\"", "$'"+w+`\tt'`, `"`+w+`  #c"`, w+"=1", "'"+w+": [a, b]'", w+"{1,2}", `"`+w+`\\\\"`)
}

// say is a command that prints something with a mark.
func (s *scripter) say() string {
	m := s.mark()
	switch s.IntN(8) {
	case 0:
		return "echo -e '" + m + `\tone\n` + m + ` two\\'`
	case 1:
		return "echo -n " + s.quoted(m)
	case 2:
		return `printf '%s=%d\n' ` + m + " 5 " + m + "b 6"
	case 3:
		return `printf "` + m + `\n\x41\101%%\n"`
	case 4:
		return "echo " + s.quoted(m) + " " + s.quoted(s.mark())
	case 5:
		return `printf '%-12s|%s\n' ` + m + ` "$V"`
	}
	return "echo " + s.quoted(m)
}

func (s *scripter) document(command string) string {
	m := s.mark()
	end := s.pick("EOF", "END", "__EOF__")
	switch s.IntN(5) {
	case 0:
		return command + " <<'" + end + "'\n" + m + " $V `x` \\$ \\\\ $(y)\n\ttab\n\n" + m + "\n" + end
	case 1:
		return command + " <<-" + end + "\n\t" + m + " $V \\$V \\` \\\\ \\x\n\t\ttwo \"q\"\n\t" + end
	case 2:
		return command + " <<\\" + end + "\n" + m + " $V\\\n" + end
	case 3:
		return command + " << \"" + end + "\"\n#!/bin/sh\n# " + m + "\n[ -n \"$1\" ] || exit 0\ncase $1 in\nstart) echo 'x' ;;\nesac\n" + end
	}
	return command + " << " + end + "\n" + m + " ${V} \\$V `echo s` $(echo t) \\\\ \\x 'a' \"b\\\"\njoined \\\nline " + m + "\n$((2 + 3))\n" + end
}

// sed is a program for a text.
func (s *scripter) sed() string {
	m := s.mark()
	return s.pick(
		"'s/port/"+m+"/'", "'s/port=.*/port="+m+"/g'", "-e 's/^#port/port/' -e '$a "+m+"'", "'/^#/d'", "'1i "+m+"'", "'/port/a\\\n"+m+"'",
		"-r 's/^(port)=(.*)$/\\1 = \\2 "+m+"/'", "-E 's/(a|b|x)+/<&>/2'", `"s/name = .*/name = $V/"`, "-n '/=/p'", "'/^\\[part\\]/,$s/^/#/'",
		"-e '/name/c\\' -e '"+m+"'", "'s|127.0.0.1|127.0.0.2|; s/localhost/"+m+"/'", "'2,3d'", "'$d'", "'$!d'", "'/^$/d'", "'s/[[:space:]]*$//'", "'y/abc/xyz/'",
		"'0,/port/s//"+m+"/'", "'/one/{s/o/0/;n;s/t/T/}'", "'s/.*/\\U&/'", "'/^$/!s/$/ "+m+"/'", "'s/e/&&/2g'", "'G'", "'1!G;h;$!d'", "-e 's/\\(.\\)/\\1/' -e 's/^server.*/server "+m+"/'",
		"'s/^server /#&/'", "'s/#UseDNS yes/UseDNS no/;s/PasswordAuthentication yes/PasswordAuthentication no/'", "'/requiretty/s/^/#/'", "'1s/^/"+m+"\\n/'", "'/port/I,+1d'", "'=;'", "'a\\  "+m+"'", "'s/x/y/w /dev/stdout'")
}

// effect is a command that leaves something.
func (s *scripter) effect() string {
	switch s.IntN(40) {
	case 0, 1, 2, 3:
		return s.say() + " " + s.pick(">", ">>", ">>", ">>", ">|", "1>>") + " " + s.target()
	case 4, 5, 6:
		return s.document("cat " + s.pick(">", ">>") + " " + s.target())
	case 7:
		return s.document("tee "+s.pick("", "-a ")+s.target()+" > /dev/null") + ""
	case 8:
		return s.say() + " | tee " + s.pick("", "-a ") + s.target() + s.pick(" > /dev/null", " "+s.target()+" > /dev/null")
	case 9, 10, 11, 12, 13:
		return "sed " + s.pick("-i", "-i", "-i", "-i.bak", "--in-place") + " " + strings.Replace(s.sed(), "'s/x/y/w /dev/stdout'", "'s/x/y/'", 1) + " " + s.file()
	case 14:
		f := s.file()
		t := s.fresh()
		return "sed " + s.sed() + " " + f + " > " + t + s.pick("", " && "+s.pick("mv -f ", "mv ", "cp ", "cat ")+t+" "+s.pick(f, s.known(s.fresh())))
	case 15, 16:
		d := fmt.Sprintf("%s/dir%d", s.folder(), s.names)
		s.names++
		if s.depth == 0 {
			s.folders = append(s.folders, d)
		}
		return s.pick("mkdir ", "mkdir -p ", "mkdir -p ", "mkdir -m 750 ", "mkdir -p -m 2770 ", "install -d ", "install -d -m 700 ", "install -d -o servo -g servo ") + d + s.pick("", "", " "+s.folder()+fmt.Sprintf("/more%d", s.names))
	case 17:
		to := s.pick("/srv/conf", "real", "../etc/hosts", "/nowhere", "/srv/link")
		return "ln " + s.pick("-s", "-sf", "-sfn", "-sn") + " " + to + " " + s.fresh()
	case 18:
		return "ln -sf " + s.pick("/etc/hosts", "conf", "real/in") + " " + s.folder() + s.pick("", "/")
	case 19, 20:
		return "cp " + s.pick("", "-p ", "-f ", "-a ", "--preserve=mode ") + s.file() + " " + s.pick(s.target(), s.known(s.fresh()), s.folder(), s.folder()+"/")
	case 21:
		return "cp " + s.pick("-r", "-a", "-R", "-rp") + " /srv/real " + s.pick("/opt", "/root", "/etc/cloud") + fmt.Sprintf("/copy%d", s.marks)
	case 22:
		if s.depth > 0 {
			return ":"
		}
		f := s.gone(s.file())
		return "mv " + s.pick("", "-f ") + f + " " + s.pick(s.known(s.fresh()), s.fresh(), s.file())
	case 23, 24:
		if s.depth > 0 {
			return "rm -f " + s.fresh()
		}
		if s.IntN(3) == 0 { // and made anew
			f := s.file()
			return "rm -f " + f + "\n" + s.pick(s.say()+" > "+f, s.say()+" >> "+f, "touch "+f, "cp /etc/hosts "+f, "install -m 600 /etc/hosts "+f, "ln -s /etc/hosts "+f)
		}
		return s.pick("rm -f ", "rm ", "rm -rf ", "unlink ") + s.gone(s.file())
	case 25:
		f := s.target()
		return s.pick("touch ", "> ", ": > ", ">> ", "truncate -s 0 ", "cat /dev/null > ") + f
	case 26, 27, 28:
		return "chmod " + s.pick("755 ", "600 ", "u=rw,go= ", "0640 ", "+x ", "a+x ", "go-rwx ", "u+s ", "4755 ", "g+s,o-r ", "-R go-w ", "u+x,g=u ", "1777 ", "-x ", "a=r ", "-R u=rwX,go=rX ") + s.pick(s.file(), s.folder()+s.pick("", "/"))
	case 29, 30:
		return s.pick("chown ", "chown ", "chown -R ", "chown -h ") + s.pick("servo", "servo:servo", "servo:", ":servo", "haproxy:root", "498:498", "1000", "root.root", "nobody:12") + " " + s.pick(s.file(), s.folder())
	case 31:
		return s.pick("chgrp servo ", "chgrp -R wheel ") + s.pick(s.file(), s.folder())
	case 32:
		return "install " + s.pick("", "-m 640 ", "-m 4755 ", "-o servo -m 600 ", "-D ", "-p -m 755 ") + s.file() + " " + s.pick(s.known(s.fresh()), s.file())
	case 33:
		return "cat " + s.file() + " " + s.pick("", s.file()) + s.pick(" > ", " >> ") + s.known(s.fresh())
	case 34, 35:
		return s.account()
	case 36, 37:
		return s.service()
	case 38:
		return s.pick("grep -v port /srv/conf > "+s.fresh(), "head -n 1 "+s.file()+" > "+s.fresh(), "cat "+s.file()+" | tr a-z A-Z > "+s.fresh(), "sort -o "+s.fresh()+" "+s.file(),
			"cat /srv/real/i* > "+s.fresh(), "rm -f /srv/real/n*", "chmod 600 /srv/real/*", "find /srv -name nothing -delete", "date > "+s.fresh())
	}
	return "{ " + s.say() + "; " + s.say() + "; } " + s.pick(">", ">>") + " " + s.target()
}

func (s *scripter) account() string {
	s.names++
	u := fmt.Sprintf("user%d", s.names)
	if s.depth == 0 && s.IntN(2) == 0 {
		defer func() { s.users = append(s.users, u) }()
		return "useradd " + s.pick("", "-m ", "-M ", "-r ", "-s /sbin/nologin ", "-c 'A user' ", "-u 1234 -M ", "-d /srv/"+u+" ", "-g users ", "-G wheel,adm ", "-r -M -s /bin/false ", "-p '*' ") + u
	}
	u = s.pick(append(s.users, "root")...)
	hash := "$6$saltsalt$" + s.mark()
	return s.pick("passwd -l "+u, "usermod -L "+u, "usermod -s /bin/sh "+u, "usermod -c 'Some "+s.mark()+"' "+u, "usermod -a -G wheel "+u, "usermod -G adm,wheel "+u,
		"usermod -p '"+hash+"' "+u, "echo '"+u+":"+hash+"' | chpasswd -e", "groupadd g"+s.mark(), "groupadd -r g"+s.mark(), "groupadd -g "+fmt.Sprint(2000+s.marks)+" g"+s.mark(),
		"passwd -d "+u, "usermod -aG servo "+u, "gpasswd -a "+u+" adm", "useradd -r -s /sbin/nologin -d /srv/real x"+s.mark()+"; userdel x"+fmt.Sprintf("mark%03d", s.marks))
}

func (s *scripter) service() string {
	n := s.pick("ntpd", "ntpdate", "network", "sshd", "load-balancer-servo")
	return s.pick("chkconfig "+n+" off", "chkconfig "+n+" on", "chkconfig --level 35 "+n+" on", "chkconfig --level 2345 "+n+" off", "chkconfig --levels 016 "+n+" off", "chkconfig --del "+n, "chkconfig --add "+n,
		"/sbin/chkconfig "+n+" off")
}

func (s *scripter) test() string {
	return s.pick(`[ "$V" = val ]`, `[[ $V == v* ]]`, "true", "! false", "test 3 -gt 2", `[ "$V" = val ] && [ 1 = 1 ]`, `[ -z "$NONE" ]`, `[ "$V" = x ]`, "false",
		"[ -f "+s.file()+" ]", "[ -d /srv/real ]", "[ ! -e /nowhere ]", "grep -q port /srv/conf", "! grep -q "+s.mark()+" /etc/motd", "[ -x /bin/bash ]", "id servo > /dev/null", "[ -L /srv/link ]", `[ "$(uname -s)" = Linux ]`)
}

func (s *scripter) statements(n int) string {
	var list []string
	for ; n > 0; n-- {
		text := s.statement()
		if s.depth == 0 {
			for _, f := range s.pending {
				if strings.Contains(text, f) && !strings.HasPrefix(text, "mv ") {
					s.files = append(s.files, f)
				}
			}
			s.pending = nil
		}
		list = append(list, text)
	}
	return strings.Join(list, "\n")
}

// inside are statements of which it is not known here whether they happen.
func (s *scripter) inside(n int) string {
	s.depth++
	defer func() { s.depth-- }()
	return s.statements(n)
}

func (s *scripter) statement() string {
	if s.depth > 2 {
		return s.effect()
	}
	switch s.IntN(34) {
	case 0:
		return s.pick("V=val", "V='a b'", "V=${V}x", "V=$(echo val)", "export V=val", "V+=y", "V=`printf val`")
	case 1:
		f := s.fresh()
		return "for x in " + s.pick("a b c", "1 'b c'", "{1..3}", "$V", `"$V"`) + "; do\n" + s.pick("echo \"$x "+s.mark()+"\" >> "+f, "mkdir -p \""+f+"/$x\"", "echo $x > \""+f+"-$x\"", s.inside(1), "[ \"$x\" = b ] && continue\necho $x >> "+f) + "\ndone"
	case 2, 3:
		return "if " + s.test() + "; then\n" + s.inside(1+s.IntN(2)) + s.pick("", "", "\nelse\n"+s.inside(1), "\nelif "+s.test()+"; then\n"+s.inside(1)) + "\nfi"
	case 4:
		return s.test() + s.pick(" && ", " || ") + "{\n" + s.inside(1) + "\n}"
	case 5:
		s.names++
		n := s.names
		return fmt.Sprintf("(\ncd %s\necho %s > rel%d\nmkdir sub%d\ncd sub%d\necho %s >> in\n%s\nV=lost\n)", s.folder(), s.mark(), n, n, n, s.mark(), s.pick("echo up > ../up"+fmt.Sprint(n), "ln -s ../rel"+fmt.Sprint(n)+" l", "cp in in2", "cat < in > in3", ":"))
	case 6:
		s.names++
		return fmt.Sprintf("fn%d() {\n%secho \"$1 $# $V %s\" >> %s\n%s\n%s}\nfn%d %s", s.names, s.pick("local V=\"$1\"\n", ""), s.mark(), s.target(), s.inside(1), s.pick("", "return 0\n"), s.names, s.quoted(s.mark()))
	case 7:
		return "case $V in\nval|x) " + s.inside(1) + "\n;;\n*" + s.pick("b", "") + ")\n" + s.inside(1) + "\n;;\nesac"
	case 8:
		return s.pick("cd /srv/real; echo "+s.mark()+" > here; cd /", "pushd /srv > /dev/null; echo "+s.mark()+" >> conf; popd > /dev/null", "set -x\n"+s.effect()+"\nset +x 2> /dev/null", "set -u; : $V; set +u")
	case 9:
		return s.pick("umask 077", "umask 022", "umask 027", "umask 022")
	case 10:
		return s.pick("echo done", "sleep 0", "true", "date > /dev/null", "ls / > /dev/null", "echo progress > /dev/null 2>&1")
	case 11:
		f := s.file()
		m := s.mark()
		return "grep -q " + m + " " + f + " || echo " + m + " >> " + f
	case 12:
		first := s.effect()
		if strings.Contains(first, "\n") {
			return first
		}
		return first + s.pick(" && ", "; ") + s.effect()
	}
	return s.effect()
}

// kickstart is a kickstart file of random scripts.
func (s *scripter) kickstart() string {
	var out strings.Builder
	out.WriteString("#version=RHEL6\n")
	for n := 1 + s.IntN(3); n > 0; n-- {
		fmt.Fprintf(&out, "%%post%s%s%s\nV=val\n%s\n%%end\n", s.pick("", " --erroronfail"), s.pick("", "", " --interpreter=/bin/bash", " --interpreter /bin/sh"), s.pick("", "", "", " --log=/root/post.log"), s.statements(1+s.IntN(5)))
	}
	return out.String()
}
