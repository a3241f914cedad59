package script

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lbimage/kickstart"
)

// post is a file with one %post section.
func post(body string, options ...kickstart.Option) *kickstart.File {
	return &kickstart.File{Name: "lb.ks", Nodes: []kickstart.Node{&kickstart.Section{
		Place: kickstart.Place{File: "lb.ks", Line: 10, Column: 1}, Head: "%post\n", Body: body, Name: "%post", Options: options}}}
}

// told is a reading in short lines, for tests.
func told(r *Reading) []string {
	var out []string
	for _, s := range r.Steps {
		if s.Unread >= 0 {
			u := r.Unread[s.Unread]
			switch {
			case u.Harmless:
				out = append(out, "harmless "+u.Command)
			case u.Paths == nil:
				out = append(out, "unread "+u.Command)
			default:
				out = append(out, "unread "+u.Command+" of "+strings.Join(u.Paths, " "))
			}
			continue
		}
		e := r.Effects[s.Effect]
		line := string(e.Kind)
		add := func(format string, args ...any) { line += " " + fmt.Sprintf(format, args...) }
		if e.Path != "" {
			add("%s", e.Path)
		}
		for _, v := range []string{e.Target, e.Mode, e.User, e.Program} {
			if v != "" {
				add("%s", v)
			}
		}
		if e.Owner+e.Group != "" {
			add("%s:%s", e.Owner, e.Group)
		}
		if e.Content != "" {
			add("%q", e.Content)
		}
		if e.Kind == User || e.Kind == GroupOf {
			a := e.Account
			add("%v", strings.Join(slices.DeleteFunc([]string{a.UID, a.GID, a.Group, a.Home, a.Shell, strings.Join(a.Groups, ",")}, func(s string) bool { return s == "" }), "|"))
		}
		if e.Kind == Service {
			add("%s %s%s", e.Service.Name, e.Service.Action, e.Service.Levels)
		}
		if e.Kind == Sweep {
			add("%s", e.Names[0])
		}
		if e.Kind == Package {
			add("%v %v", e.Names, e.Excluded)
		}
		for _, f := range []struct {
			set  bool
			name string
		}{{e.Recursive, "-R"}, {e.OrInside, "or inside"}} {
			if f.set {
				add("%s", f.name)
			}
		}
		if e.Conditional != "" {
			add("if %s", e.Conditional)
		}
		out = append(out, line)
	}
	return out
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"what comes back from servo images": {
			"sed -i '/requiretty/s/^/#/' /etc/sudoers\necho \"NOZEROCONF=yes\" >> /etc/sysconfig/network\npasswd -l root\n",
			[]string{"sed /etc/sudoers /requiretty/s/^/#/", `append /etc/sysconfig/network "NOZEROCONF=yes\n"`, "lock root"}},
		"a here-document":         {"cat > /etc/x << EOF\n\\$A \\`b\\` \\\\ \\d \"q\"\nEOF\n", []string{`write /etc/x "$A ` + "`b`" + ` \\ \\d \"q\"\n"`}},
		"an unknown variable":     {"cat > /etc/x << EOF\n$HOSTNAME\nEOF\n", []string{"unread cat > /etc/x << EOF of /etc/x"}},
		"of an unread command":    {"foo\neval $X\nA=1\necho $A$B > /x\n", []string{"unread foo", "unread eval $X", "unread echo $A$B > /x of /x"}},
		"eval forgets":            {"A=1\neval $X\necho $A > /x\n", []string{"unread eval $X", "unread echo $A > /x of /x"}},
		"read forgets":            {"A=1\nB=2\nread A\necho $B > /x\necho $A > /x\n", []string{`write /x "2\n"`, "unread echo $A > /x of /x"}},
		"relative paths":          {"cd /etc\ncd sysconfig\necho a > network\n", []string{`write /etc/sysconfig/network "a\n"`}},
		"a lost folder":           {"cd $X\necho a > network\necho b > /b\n", []string{"unread echo a > network", `write /b "b\n"`}},
		"root's home":             {"mkdir -p ~root/.ssh\nchmod 700 ~root/.ssh\necho k > ~/x", []string{"folder /root/.ssh", "mode /root/.ssh 700", "unread echo k > ~/x"}},
		"patterns":                {"rm -f /var/log/yum* /tmp/a\nsed -i s/a/b/ /etc/yum.repos.d/*\n", []string{"remove /tmp/a", "sweep /var/log yum*", "unread sed -i s/a/b/ /etc/yum.repos.d/* of /etc/yum.repos.d"}},
		"a known condition":       {"if [ a = a ]; then echo y > /x; else echo n > /x; fi\n", []string{`write /x "y\n"`}},
		"a file of the script":    {"echo a > /x\nif [ -f /x ]; then echo y > /y; fi\n[ -d /x ] && echo z > /z\n", []string{`write /x "a\n"`, `write /y "y\n"`}},
		"an unknown condition":    {"if [ -f /x ]; then echo y > /y; elif foo; then rm /b; else echo n > /y; fi\n", []string{`write /y "y\n" if [ -f /x ]`, "unread foo", "remove /b if not: [ -f /x ]; and foo", `write /y "n\n" if not: [ -f /x ]; and not: foo`}},
		"and, or":                 {"grep -q a /b || echo a >> /b\nmkdir -p /c && touch /c/d\n", []string{"harmless grep -q a /b", `append /b "a\n" if grep -q a /b fails`, "folder /c", "touch /c/d"}},
		"variables of branches":   {"A=1\nif foo; then A=2; B=1; fi\necho $A > /a\nA=3\necho $A > /b\n", []string{"unread foo", "unread echo $A > /a of /a", `write /b "3\n"`}},
		"exit":                    {"echo a > /a\nexit 0\necho b > /b\n", []string{`write /a "a\n"`}},
		"an exit that may be":     {"[ -f /x ] && exit\necho b > /b\n", []string{`write /b "b\n" if [ -f /x ] fails`}},
		"set -e":                  {"set -e\nfoo\necho b > /b\n", []string{"unread foo", `write /b "b\n" if foo succeeds`}},
		"loops":                   {"for i in a b; do echo $i > /$i; done\nfor i in *; do rm /$i; done\n", []string{`write /a "a\n"`, `write /b "b\n"`, "unread for i in *; do rm /$i; done"}},
		"while":                   {"while read a; do echo $a >> /x; done < /y\nA=$a\n", []string{"unread while read a; do echo $a >> /x; done < /y of /x"}},
		"in the background":       {"sleep 1 &\necho a > /x &\n", []string{"harmless sleep 1 &", "unread echo a > /x & of /x"}},
		"functions":               {"f() { echo $1 > /$2; }\nf a b\n", []string{`write /b "a\n"`}},
		"groups":                  {"{ echo a; cat <<E\nb\nE\n} > /x\n( cd /y; echo c > d ) > /dev/null 2>&1\n", []string{`write /x "a\nb\n"`, `write /y/d "c\n"`}},
		"empty ones":              {"> /a\n: > /b\ntruncate -s 0 /c\ncp /dev/null /d\n", []string{"write /a", "write /b", "write /c", "unread cp /dev/null /d of /d"}},
		"known contents":          {"echo a > /a\ncat /a > /b\ncat /c > /d\ncat /a - <<< x >> /e\n", []string{`write /a "a\n"`, `write /b "a\n"`, "unread cat /c > /d of /d", `append /e "a\nx\n"`}},
		"pipes":                   {"echo a | tee /x /y\necho b | sed s/b/c/ >> /z\nfoo | tee -a /x\n", []string{`write /x "a\n"`, `write /y "a\n"`, `append /z "c\n"`, "unread foo | tee -a /x", "unread foo | tee -a /x of /x"}},
		"a log":                   {"exec > /root/ks.log 2>&1\nfoo\necho a\n(echo b > /b) 2>&1 | tee /root/x\n", []string{"unread exec > /root/ks.log 2>&1 of /root/ks.log", "unread foo", `write /b "b\n"`, "write /root/x"}},
		"files":                   {"ln -s ../a /etc/b\nln -sfn /a /etc/c\ncp -a /a /b\nmv /a /etc/\nrm -rf /x/y\ninstall -d -m 755 /i\ninstall -m 600 -o root -g root /a /etc/\n", []string{"symlink /etc/b ../a or inside", "symlink /etc/c /a", "copy /b /a -R or inside", "move /etc/a /a", "remove /x/y -R", "folder /i", "mode /i 755", "copy /etc/a /a", "mode /etc/a 600", "owner /etc/a root:root"}},
		"modes and owners":        {"chmod -R u+x,go= /a /b\nchown -R root:wheel /c\nchown a. /d\nchgrp g /e\nchmod $X /f\n", []string{"mode /a u+x,go= -R", "mode /b u+x,go= -R", "owner /c root:wheel -R", "unread chown a. /d of /d", "owner /e :g", "unread chmod $X /f"}},
		"accounts":                {"groupadd -r -g 12 g\nuseradd -u 5 -g g -G a,b -d /h -s /bin/sh -m u\nusermod -a -G wheel u\nusermod -L u\npasswd -u u\npasswd -d u\ngpasswd -a u x\nuserdel -r u\ngroupdel g", []string{"group :g 12", "user u 5|g|/h|/bin/sh|a,b", "user u wheel", "lock u", "unlock u", "clear u", "user u x", "gone u -R", "gone :g"}},
		"services":                {"chkconfig --level 345 a on\nchkconfig b off\nchkconfig --add c\nsystemctl -q enable d e.service\nsystemctl mask f\nsystemctl set-default multi-user\nupdate-rc.d g defaults\nservice h start\n/sbin/chkconfig i on", []string{"service a enable345", "service b disable", "service c add", "service d enable", "service e.service enable", "service f mask", "symlink /etc/systemd/system/default.target /usr/lib/systemd/system/multi-user.target", "service g add", "harmless service h start", "service i enable"}},
		"packages":                {"yum -y install a b\nrpm -e c\nyum install d\nyum clean all", []string{"unread yum -y install a b", "package [a b] false", "unread rpm -e c", "package [c] true", "unread yum install d", "unread yum clean all of /var/cache/yum /var/lib/yum"}},
		"what is fetched":         {"curl -s -o /a http://x\nwget -q -O /b http://x\ncurl http://x\nwget http://x\ncurl -o $X http://x", []string{"unread curl -s -o /a http://x of /a", "unread wget -q -O /b http://x of /b", "harmless curl http://x", "unread wget http://x", "unread curl -o $X http://x"}},
		"what does not stay":      {"echo hello\nset -x\nmount -t proc proc /proc\nsleep 3\nrestorecon -R /\necho 1 > /proc/sys/x\nmount /dev/x /data\necho a > /data/b", []string{"harmless mount -t proc proc /proc", "harmless sleep 3", "harmless restorecon -R /", "harmless mount /dev/x /data"}},
		"what is bounded":         {"/sbin/ldconfig\nrpm --import /etc/k\nauthconfig --update --x", []string{"unread /sbin/ldconfig of /etc/ld.so.cache /var/cache/ldconfig", "unread rpm --import /etc/k of /usr/lib/sysimage/rpm /var/lib/rpm"}},
		"other programs":          {"perl -pi -e 's/a/b/' /x\n/opt/x\naugtool set /a b\nchroot /x y\nsed -i -f /p /x\nsed -i 's/a/b/w /z' /x\nsed -i 's/\\(a\\)\\1/b/' /x", []string{"unread perl -pi -e 's/a/b/' /x", "unread /opt/x", "unread augtool set /a b", "unread chroot /x y", "unread sed -i -f /p /x", "unread sed -i 's/a/b/w /z' /x", `unread sed -i 's/\(a\)\1/b/' /x of /x`}},
		"sed":                     {"sed -i.bak -r -e 's/(a)/\\1/' -e '/b/d' /x /y\nsed --in-place=.o -n '/a/p' /z", []string{"copy /x.bak /x -R", "sed /x s/(a)/\\1/\n/b/d", "copy /y.bak /y -R", "sed /y s/(a)/\\1/\n/b/d", "copy /z.o /z -R", "sed /z #n\n/a/p"}},
		"a program of the script": {"cat > /usr/bin/sed <<E\nx\nE\nsed -i s/a/b/ /x", []string{`write /usr/bin/sed "x\n"`, "unread sed -i s/a/b/ /x"}},
		"what cannot be parsed":   {"echo a > /a\nif then\necho b > /b\n", []string{`write /a "a\n"`, "unread if then"}},
		"case":                    {"A=x\ncase $A in x|y) echo 1 > /a;; *) echo 2 > /a;; esac\ncase $B in x) touch /b;; esac", []string{`write /a "1\n"`, "touch /b if $B is x"}},
		"printf and echo":         {"printf '%s %d\\n' a 1 b 2 > /a\necho -ne 'a\\tb\\n\\0101' > /b\necho -E 'a\\n' > /c", []string{`write /a "a 1\nb 2\n"`, `write /b "a\tb\nA"`, `write /c "a\\n\n"`}},
		"several redirections":    {"echo a > /a > /b 2> /c\necho b 2>&1 >> /d\nfoo > /e 2>&1", []string{"write /a", `write /b "a\n"`, "write /c", `append /d "b\n"`, "unread foo > /e 2>&1", "unread foo > /e 2>&1 of /e"}},
		"what is only bounded":    {"dd if=/dev/zero of=/z bs=1M\ntar xzf /t.tgz -C /opt\ntar -xPf /t.tgz\nfind /a /b -name x -delete\nfind /a -exec rm {} \\;\nfind /a\ngit clone git://x /opt/y", []string{"unread dd if=/dev/zero of=/z bs=1M of /z", "unread tar xzf /t.tgz -C /opt of /opt", "unread tar -xPf /t.tgz", "unread find /a /b -name x -delete of /a /b", `unread find /a -exec rm {} \;`, "harmless find /a", "unread git clone git://x /opt/y of /opt/y"}},
		"substitutions":           {"A=$(echo x; echo y)\nB=$(cat <<E\nz\nE\n)\necho \"$A$B\" > /a\nC=$(hostname)\necho $C > /c", []string{`write /a "x\nyz\n"`, "harmless hostname", "unread echo $C > /c of /c"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := told(Read(post(c.body)))
			for i, g := range got {
				if strings.HasPrefix(g, "unread authconfig") {
					got = slices.Delete(got, i, i+1)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("\n%s\nis\n  %s\nnot\n  %s", c.body, strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
		})
	}
}
