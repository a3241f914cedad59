package tests

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/script read as a specification of the command line.
// $SAMPLE is the package that 'lbimage sample' makes.
func TestScripts(t *testing.T) {
	sample := filepath.Join(t.TempDir(), "sample.rpm")
	must(t, "", lbimage, "sample", "-o", sample)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("SAMPLE", sample)
			env.Setenv("PATH", os.Getenv("PATH"))
			env.Setenv("TMPDIR", env.WorkDir)
			return nil
		},
	})
}
