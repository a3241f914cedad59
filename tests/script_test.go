package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"lbimage/servo/servotest"
)

// The scripts in testdata/script read as a specification of the command line.
// $SAMPLE is the package that 'lbimage sample' makes, $SERVO a folder with the source of a servo 1.1.0, $SERVO_RPM its
// package, where rpmbuild is there.
func TestScripts(t *testing.T) {
	sample := filepath.Join(t.TempDir(), "sample.rpm")
	must(t, "", lbimage, "sample", "-o", sample)
	source := filepath.Join(t.TempDir(), "servo")
	servotest.Write(t, source, servotest.Source("1.1.0"))
	servo := ""
	if _, err := exec.LookPath("rpmbuild"); err == nil || os.Getenv("CI") == "true" {
		servo = servotest.RPM(t, "1.1.0")
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("SAMPLE", sample)
			env.Setenv("SERVO", source)
			env.Setenv("SERVO_RPM", servo)
			env.Setenv("GIT_CONFIG_GLOBAL", "/dev/null")
			env.Setenv("GIT_CONFIG_NOSYSTEM", "1")
			for _, who := range []string{"AUTHOR", "COMMITTER"} {
				env.Setenv("GIT_"+who+"_NAME", "T")
				env.Setenv("GIT_"+who+"_EMAIL", "t@example.com")
				env.Setenv("GIT_"+who+"_DATE", "2014-04-01T12:00:00Z")
			}
			env.Setenv("PATH", os.Getenv("PATH"))
			env.Setenv("TMPDIR", env.WorkDir)
			return nil
		},
	})
}
