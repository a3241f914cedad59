package kickplan

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"lbimage/imagebuild/check/checktest"
)

// lineOfPost is a random command about what the sample image has, and has not.
func lineOfPost(r *rand.Rand) string {
	of := func(all ...string) string { return all[r.IntN(len(all))] }
	file := of("/etc/ssh/sshd_config", "/etc/hosts", "/etc/motd", "/etc/sysconfig/network", "/etc/ntp.conf", "/srv/app/conf", "/etc/sysconfig/selinux", "/etc/profile")
	word := of("a", "b=1", "UseDNS no", "NOZEROCONF=yes", "# x", "$y: {z}", "")
	switch r.IntN(22) {
	case 0, 1:
		return fmt.Sprintf("echo '%s' > %s", word, file)
	case 2, 3, 4:
		return fmt.Sprintf("echo '%s' >> %s", word, file)
	case 5:
		return fmt.Sprintf("cat > %s << 'EOF'\n%s\n%s\nEOF", file, word, of("x", "", " y"))
	case 6:
		return fmt.Sprintf("cat >> %s << 'EOF'\n%s\n%s\nEOF", file, of("x", "", " y"), word)
	case 7, 8, 9:
		return fmt.Sprintf("sed -i %s %s", of(`'s/^UseDNS.*/UseDNS yes/'`, `'s/^server .*/server ntp.example.com/'`, `'/^a/d'`, `'s/localhost/& lb/'`, `'/requiretty/s/^/#/'`,
			`-e 's/^#*PermitRootLogin.*/PermitRootLogin no/' -e '/^Subsystem/d'`, `'$a last'`, `'1i first'`, `-r 's/(b=)[0-9]+/\12/'`, `'s/NOZEROCONF=yes/NOZEROCONF=no/'`), file)
	case 10:
		return "mkdir -p " + of("/srv/app", "/srv/app/data", "-m 700 /var/lib/app")
	case 11:
		return of("ln -sf ../srv/app /etc/app", "ln -sfn /srv /etc/app", "ln -s hosts /etc/hosts.link")
	case 12:
		return "rm -f " + of(file, "/etc/app", "/etc/issue", "/etc/none")
	case 13:
		return "rm -rf " + of("/srv/app", "/etc/cron.d", "/var/lib/app")
	case 14:
		return "chmod " + of("600", "755", "u+x", "go-rwx") + " " + of(file, "/srv/app")
	case 15:
		return "chown " + of("root", "servo:servo", ":servo") + " " + of(file, "/srv/app")
	case 16:
		return of("passwd -l root", "usermod -L servo", "useradd -r app", "useradd -s /bin/bash -G users ops", "usermod -s /bin/sh servo", "groupadd -g 777 ops", "userdel haproxy", "usermod -a -G users servo",
			"echo root:foobar | chpasswd", "usermod -p '"+someHash+"' root", "passwd -u root", "passwd -d root", "groupadd wheel")
	case 17, 18:
		return of("chkconfig ntpd off", "chkconfig ntpd on", "chkconfig --level 35 sshd off", "chkconfig --del ntpdate", "chkconfig --add ntpdate", "chkconfig none on")
	case 19:
		return fmt.Sprintf("cp %s %s", of("/etc/hosts", "/etc/motd", file), of("/srv/copy", "/etc/motd", "/etc/app.conf"))
	case 20:
		return fmt.Sprintf("mv %s %s", file, of("/srv/moved", "/etc/motd"))
	}
	return of("touch "+file, "touch /etc/empty", "unread-program", "if [ -e /etc/x ]; then echo y >> "+file+"; fi", "date", "curl -o /etc/fetched http://example.com/", "yum -y install nginx")
}

const someHash = "$6$saltsalt$" + "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"

// An image that was brought to one script is brought to a changed one, whatever both do.
func TestChangedScripts(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	rounds := 12
	if testing.Short() {
		rounds = 5
	}
	edits := 0
	for range rounds {
		image := checktest.Sample(t)
		var lines []string
		for range 2 + r.IntN(7) {
			lines = append(lines, lineOfPost(r))
		}
		for range 2 {
			text := "%post\n" + strings.Join(lines, "\n") + "\n%end\n"
			f, reading := parse(t, text)
			failed := t.Failed()
			p := promised(t, f, reading, image)
			edits += len(p.Edits)
			if t.Failed() && !failed {
				recipe, _ := p.Recipe("image.rpm", "")
				t.Fatalf("%s\n%s", text, recipe)
			}
			apply(t, p, image)
			lines[r.IntN(len(lines))] = lineOfPost(r)
			lines = append(lines, lineOfPost(r))
		}
	}
	t.Logf("%d edits", edits)
	if edits < rounds {
		t.Errorf("only %d edits: the test tests little", edits)
	}
}
