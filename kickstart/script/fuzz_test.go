package script

import (
	"path"
	"strings"
	"testing"

	"lbimage/kickstart"
)

// FuzzRead: whatever the script, there is no panic and no hang, paths are absolute and clean, and every effect and every
// command that was not read stands in the steps.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"cat > /etc/x <<EOF\na $V\nEOF\n", "V=1\nfor i in a b; do echo $i$V >> /etc/$i; done\n", "if [ -f /x ]; then rm -rf /y; else mv /a /b; fi",
		"sed -i -e 's/a/b/;/c/d' /etc/x ~root/y", "f() { local x=$1; echo $x | tee /a; }; f 1 && f 2 || exit 1", "cd /a; pushd b; echo -e '\\x41\\0101' > ../c",
		"echo root:x | chpasswd -e", "case $x in a*) eval 'b=1';; esac; echo ${b:-c} > /d", "{ ln -s a b; } > c 2>&1 & (exit 3); set -e; false", "printf '%s%d' a 1 {x,y{1..3}} > /z/$?",
		"useradd -G wheel -p '$6$a$b' x; usermod -L x; passwd -d x", "while read a; do touch $a; done < /etc/x; systemctl enable a b; chkconfig --level 35 c on",
	} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, body string, nochroot bool) {
		if len(body) > 4000 {
			t.Skip()
		}
		var options []kickstart.Option
		if nochroot {
			options = append(options, kickstart.Option{Name: "--nochroot"})
		}
		r := Read(post(body, options...))
		if len(r.Steps) != len(r.Effects)+len(r.Unread) {
			t.Fatalf("%d steps of %d effects and %d unread commands", len(r.Steps), len(r.Effects), len(r.Unread))
		}
		for i, e := range r.Effects {
			for _, p := range e.touches() {
				if !path.IsAbs(p) || path.Clean(p) != p {
					t.Errorf("%s %+v: %q", e.Kind, e, p)
				}
			}
			if strings.ContainsAny(e.Command, "\n\r") || len(e.Command) > maxCommand || e.SupersededBy == i {
				t.Errorf("%+v", e)
			}
			if e.Kind != Symlink && e.Target != "" && path.Clean(e.Target) != e.Target {
				t.Errorf("%+v", e)
			}
			r.After(i)
			r.Final(e.Path)
			if e.Kind == Sed {
				r.Made(i, []byte("a\nb\n"))
			}
		}
		for _, u := range r.Unread {
			for _, p := range u.Paths {
				if !path.IsAbs(p) || path.Clean(p) != p {
					t.Errorf("%+v", u)
				}
			}
			if u.Why == "" || u.Harmless && u.Paths != nil {
				t.Errorf("%+v", u)
			}
		}
	})
}
