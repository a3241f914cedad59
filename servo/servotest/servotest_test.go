package servotest

import (
	"os/exec"
	"strings"
	"testing"

	"lbimage/servo"
)

// The packages are such as rpm reads, with the account's files and its folders.
func TestRPM(t *testing.T) {
	rpm, err := exec.LookPath("rpm")
	if err != nil {
		t.Skip("rpm is not installed")
	}
	for _, release := range []string{"1.0.0", "1.1.0", "1.4.1"} {
		p := RPM(t, release)
		out, err := exec.Command(rpm, "-qp", "--nosignature", "--qf", "[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME}\n]", p).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"/etc/load-balancer-servo/haproxy_template.conf -rw-r--r-- servo", "/var/lib/load-balancer-servo drws--S--- servo", "/etc/sudoers.d/servo -r--r----- root", "/usr/lib/python2.6/site-packages/Eucalyptus_Loadbalancer_Servo-" + release + "-py2.6.egg-info -rw-r--r-- root"} {
			if !strings.Contains(string(out), want+"\n") {
				t.Errorf("%s: no line %q in\n%s", release, want, out)
			}
		}
	}
	if len(Source(servo.Releases()[0])) >= len(Source("1.4.1")) {
		t.Error("the newest source has no more files than the oldest")
	}
}
