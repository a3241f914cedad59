package rpminstall_test

import (
	"errors"
	"strings"
	"testing"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
)

// TestTypicalScripts follows scripts in the forms that packages of EL5 to EL9 have, at installation, upgrade
// and removal.
func TestTypicalScripts(t *testing.T) {
	for name, script := range map[string]string{
		"account": `
getent group agent >/dev/null || groupadd -r agent
getent passwd agent >/dev/null || \
    useradd -r -g agent -d /var/lib/agent -s /sbin/nologin \
    -c "The agent's account" agent
exit 0
`,
		"account with a number": `
/usr/sbin/groupadd -g 188 -r agent 2>/dev/null || :
/usr/sbin/useradd -u 188 -g agent -d /var/lib/agent -r -s /sbin/nologin agent 2>/dev/null || :
`,
		"account, longer": `
if ! /usr/bin/id agent &>/dev/null; then
    /usr/sbin/useradd -M -r -d /var/lib/agent -s /bin/false -c "agent" agent > /dev/null 2>&1
    if [ $? -ne 0 ] ; then
        echo "Unexpected error adding user \"agent\". Aborting installation." >&2
        exit 1
    fi
fi
`,
		"sysv post":   "/sbin/chkconfig --add sv\n",
		"sysv preun":  "if [ \"$1\" -eq 0 ]; then\n    /sbin/service sv stop >/dev/null 2>&1\n    /sbin/chkconfig --del sv\nfi\n",
		"sysv postun": "if [ \"$1\" -ge \"1\" ]; then\n  /sbin/service sv condrestart >/dev/null 2>&1 || :\nfi\n",
		"systemd 219": `

if [ $1 -eq 1 ] ; then
        # Initial installation
        systemctl preset sv.service >/dev/null 2>&1 || :
fi
`,
		"systemd 219 preun": `
if [ $1 -eq 0 ] ; then
        # Package removal, not upgrade
        systemctl --no-reload disable sv.service > /dev/null 2>&1 || :
        systemctl stop sv.service > /dev/null 2>&1 || :
fi
`,
		"systemd 252": `
if [ $1 -eq 1 ] && [ -x "/usr/lib/systemd/systemd-update-helper" ]; then
    # Initial installation
    /usr/lib/systemd/systemd-update-helper install-system-units sv.service || :
fi
`,
		"either": `
if command -v systemctl >/dev/null 2>&1; then
    systemctl daemon-reload || true
elif [ -x /sbin/chkconfig ]; then
    chkconfig sv on
fi
`,
		"folders": `
umask 022
DIR=/var/lib/agent
for d in cache state; do
    [ -d $DIR/$d ] || mkdir -p "$DIR/$d"
    chmod 0750 $DIR/$d && chown daemon:daemon "$DIR/$d"
done
touch ${DIR}/state/new
`,
		"libraries": "/sbin/ldconfig 2>/dev/null\n:\n",
		"log files": `
/sbin/chkconfig --add sv
for n in /var/log/{messages,secure,maillog,spooler}
do
	[ -f $n ] && continue
	umask 066 && touch $n
done
`,
		"account, without words": `
/usr/sbin/groupadd -g 2 agent 2> /dev/null || :
/usr/sbin/useradd -u 2 -g 2 -s /sbin/nologin -M -r -d /etc/agent agents 2>/dev/null || :
`,
		"account, or another number": `
getent group agent >/dev/null || groupadd -f -g 188 -r agent
if ! getent passwd agent >/dev/null ; then
    if ! getent passwd 188 >/dev/null ; then
      useradd -r -u 188 -g agent -d /var/lib/agent -s /sbin/nologin -c "agent" agent
    else
      useradd -r -g agent -d /var/lib/agent -s /sbin/nologin -c "agent" agent
    fi
fi
exit 0
`,
		"account, home mended": `
getent group agent &>/dev/null || groupadd -r agent -g 52 &>/dev/null
getent passwd agent &>/dev/null || \
useradd -r -u 52 -g agent -d /var/lib/agent -s /sbin/nologin \
    -c "Agent" agent &>/dev/null
if [ $1 -gt 1 ] ; then
    usermod -d /var/lib/agent agent &>/dev/null
fi
exit 0
`,
		"owners": `
if [ -d /var/log ]; then
    chown -R daemon:daemon /var/log/agent 2>/dev/null
    chown daemon.daemon /var/log || :
    chmod u+rwx,go-w /var/log
fi
/bin/touch --no-create /usr/share/icons/hicolor &>/dev/null || :
`,
		"four services": `
if [ $1 -eq 1 ] ; then
    for svc in sv sv; do
        /sbin/chkconfig --add $svc
        /sbin/chkconfig $svc on
    done
fi
`,
		"bash": "[[ -x /sbin/chkconfig && $1 -eq 1 ]] && chkconfig --add sv\n:\n",
		"upgrade only": `
case "$1" in
    1) : ;;
    2) killall -q agent || true; rm -f /var/lib/agent/*.pid ;;
esac
`,
	} {
		for arg, o := range map[string]rpminstall.Options{"1": {}, "2": {Old: []rpm.File{{Path: "/srv/old"}}}} {
			tree := image("etc/rc.d/init.d/sv", servoInit)
			r, err := apply(t, tree, write(t, rpm.Spec{PreInstall: script, Files: []rpm.SpecFile{{Path: "/srv/x", Mode: 0o644}}}), o)
			if name == "upgrade only" && arg == "2" { // a pattern of file names is reached
				if !errors.Is(err, rpminstall.ErrScript) || !strings.Contains(err.Error(), "line 4: /var/lib/agent/*.pid") {
					t.Errorf("%s with %s: %v", name, arg, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s with %s: %v", name, arg, err)
				continue
			}
			if has(tree, "etc/passwd") && (strings.HasPrefix(name, "account") && name != "account, without words") != strings.Contains(read(t, tree, "etc/passwd"), "\nagent:") {
				t.Errorf("%s with %s: passwd\n%s\n%+v", name, arg, read(t, tree, "etc/passwd"), r.Scriptlets)
			}
			if name == "folders" && !has(tree, "var/lib/agent/state/new") {
				t.Errorf("%s with %s: nothing was made", name, arg)
			}
		}
	}
}
