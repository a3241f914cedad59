package templates

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/tests/needs"
)

// machine is a folder that stands for a machine's root, with programs that note what they were asked.
type machine struct {
	t    *testing.T
	root string
}

func newMachine(t *testing.T, files map[string]string, programs map[string]string) *machine {
	m := &machine{t, t.TempDir()}
	for name, text := range files {
		m.write(name, text, 0o644)
	}
	for name, body := range programs {
		m.write("fake/"+name, "#!/bin/sh\necho \""+name+" $*\" >> "+m.path("calls")+"\n"+body+"\n", 0o755)
	}
	return m
}

func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

func (m *machine) write(name, text string, mode os.FileMode) {
	m.t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.path(name)), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(m.path(name), []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) read(name string) string {
	data, err := os.ReadFile(m.path(name))
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// run runs a script with its paths led into the folder. Programs that are not there are the system's.
func (m *machine) run(script string, args ...string) error {
	m.t.Helper()
	for _, folder := range []string{"/etc/", "/root/", "/opt/", "/var/log/"} {
		script = strings.ReplaceAll(script, folder, m.root+folder)
	}
	m.write("script", script, 0o755)
	cmd := exec.Command(needs.Program(m.t, "dash"), append([]string{m.path("script")}, args...)...)
	cmd.Env = []string{"PATH=" + m.path("fake") + ":/usr/bin:/bin"}
	out, err := cmd.CombinedOutput()
	if len(out) > 0 {
		m.t.Logf("%s", out)
	}
	return err
}

// written is what a here-document of a rendered template writes into a file.
func written(t *testing.T, template, path string, p Parameters) string {
	t.Helper()
	text, err := Render(template, p)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "cat > "+path+" << 'EOF'\n")
	doc, _, ok2 := strings.Cut(rest, "EOF\n")
	if !ok || !ok2 {
		t.Fatalf("%s is not written", path)
	}
	return doc
}

const identity = "/etc/rc.d/init.d/machine-identity"

// curl answers as the cloud's metadata does.
const curl = `case "$*" in
*/local-hostname) printf '%s' "$NAME" ;;
*/local-ipv4) printf 10.1.2.3 ;;
*/openssh-key) echo 'ssh-rsa AAAA cloud' ;;
*) exit 22 ;;
esac`

func TestIdentity(t *testing.T) {
	for name, want := range map[string]string{"lb-7.cloud.example.com": "lb-7.cloud.example.com", "10.1.2.3": "ip-10-1-2-3", "$(reboot)": "", "": "", "-h": ""} {
		m := newMachine(t, map[string]string{
			"etc/sysconfig/network": "NETWORKING=yes\nHOSTNAME=old\n", "etc/hosts": "127.0.0.1 localhost\n", "etc/ssh/ssh_host_dsa_key": "kept",
		}, map[string]string{
			"curl": "NAME='" + name + "'\n" + curl, "hostname": "",
			"ssh-keygen": `while [ "$1" != -f ]; do shift; done; echo key > "$2"`,
		})
		script := written(t, "production", identity, Defaults())
		if err := m.run(script, "stop"); err != nil || m.read("etc/ssh/ssh_host_rsa_key") == "key\n" {
			t.Errorf("stop does something: %v", err)
		}
		for range 2 { // the second boot changes nothing
			if err := m.run(script, "start"); err != nil {
				t.Fatal(err)
			}
			if rsa, dsa := m.read("etc/ssh/ssh_host_rsa_key"), m.read("etc/ssh/ssh_host_dsa_key"); rsa != "key\n" || dsa != "kept" {
				t.Errorf("keys %q, %q", rsa, dsa)
			}
			network, hosts := "NETWORKING=yes\nHOSTNAME=old\n", "127.0.0.1 localhost\n"
			if want != "" {
				network, hosts = "NETWORKING=yes\nHOSTNAME="+want+"\n", hosts+"10.1.2.3 "+want+"\n"
			}
			if got := m.read("etc/sysconfig/network"); got != network {
				t.Errorf("%q: network %q", name, got)
			}
			if got := m.read("etc/hosts"); got != hosts {
				t.Errorf("%q: hosts %q", name, got)
			}
			if got := strings.Contains(m.read("calls"), "hostname "+want); got != (want != "") {
				t.Errorf("%q: %s", name, m.read("calls"))
			}
			if got := m.read("root/.ssh/authorized_keys"); got != "ssh-rsa AAAA cloud\n" {
				t.Errorf("authorized_keys %q", got)
			}
		}
	}
}

// A machine whose name is given does not ask for one, and without a cloud it starts all the same.
func TestIdentityWithName(t *testing.T) {
	p := Defaults()
	p.Hostname = "lb.example.com"
	m := newMachine(t, map[string]string{"etc/ssh/x": "", "root/.ssh/authorized_keys": "ssh-rsa BBBB mine\n"}, map[string]string{
		"curl": "exit 7", "hostname": "", "ssh-keygen": "",
	})
	if err := m.run(written(t, "production", identity, p), "start"); err != nil {
		t.Fatal(err)
	}
	if calls := m.read("calls"); strings.Contains(calls, "local-") || strings.Contains(calls, "hostname ") {
		t.Error(calls)
	}
	if got := m.read("root/.ssh/authorized_keys"); got != "ssh-rsa BBBB mine\n" {
		t.Errorf("authorized_keys %q", got)
	}
}

func TestBootstrap(t *testing.T) {
	const path = "/var/lib/cloud/scripts/per-boot/load-balancer-servo.sh"
	script := written(t, "development", path, Defaults())
	// git clones as often as FAILS lets it, into the folder that is named last.
	git := `[ "$1" = clone ] || exit 0
n=$(cat "$COUNT" 2> /dev/null || echo 0); echo $((n + 1)) > "$COUNT"
[ "$n" -ge "$FAILS" ] || exit 1
while [ $# -gt 1 ]; do shift; done
mkdir -p "$1"; printf '#!/bin/sh\necho installed >> "$COUNT.installed"\n' > "$1/install-servo.sh"; chmod 755 "$1/install-servo.sh"`
	for name, test := range map[string]struct {
		fails, earlier string
		fine           bool
	}{
		"at once": {"0", "", true}, "after a while": {"3", "", true}, "never": {"9", "", false}, "never, but before": {"9", "yes", true},
	} {
		files := map[string]string{"var/log/x": "", "opt/x": ""}
		m := newMachine(t, files, nil)
		export := "COUNT=" + m.path("count") + "; FAILS=" + test.fails + "; export COUNT FAILS\n"
		m.write("fake/git", "#!/bin/sh\n"+export+git+"\n", 0o755)
		m.write("fake/sleep", "#!/bin/sh\n", 0o755)
		m.write("fake/service", "#!/bin/sh\necho \"$*\" >> "+m.path("calls")+"\n", 0o755)
		if test.earlier != "" {
			m.write("opt/load-balancer-servo/install-servo.sh", "#!/bin/sh\n"+export+"echo earlier >> \"$COUNT.installed\"\n", 0o755)
		}
		err := m.run(strings.Replace(script, "set -eu\n", "set -eu\n"+export, 1))
		if (err == nil) != test.fine {
			t.Errorf("%s: %v\n%s", name, err, m.read("var/log/load-balancer-servo-bootstrap.log"))
		}
		if got := strings.Contains(m.read("calls"), "load-balancer-servo start"); got != test.fine {
			t.Errorf("%s: started: %v", name, got)
		}
		want := "installed\n"
		if test.earlier != "" {
			want = "earlier\n"
		}
		if got := m.read("count.installed"); test.fine && got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
