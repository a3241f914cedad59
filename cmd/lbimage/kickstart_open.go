package main

import (
	"os"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/check"
	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

// releaseFlag is the release whose installer reads a kickstart file.
type releaseFlag struct{ grammar.Version }

func (v *releaseFlag) addFlag(cmd *cobra.Command) {
	cmd.Flags().Var(v, "version", "the release whose installer reads it: `RELEASE`, RHEL5 to RHEL9 (default: the file's #version line, else RHEL6)")
}

func (v *releaseFlag) String() string {
	if v.Version == 0 {
		return ""
	}
	return v.Version.String()
}
func (v *releaseFlag) Type() string { return "release" }
func (v *releaseFlag) Set(s string) (err error) {
	v.Version, err = grammar.ParseVersion(s)
	return err
}

// openKickstart reads FILE, or standard input for -, with what it includes from its folder. Standard input has none.
func openKickstart(s stdio, path string, v grammar.Version) (*kickstart.File, error) {
	if path == "-" {
		return parseKickstart(s, path, v)
	}
	return kickstart.ReadFile(path, v)
}

// parseKickstart reads FILE alone.
func parseKickstart(s stdio, path string, v grammar.Version) (*kickstart.File, error) {
	if path == "-" {
		return kickstart.ParseFrom(s.in, "standard input", v)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return kickstart.ParseFrom(f, path, v)
}

// notAnInput refuses an output that would take the place of what it is made of.
func notAnInput(output string, inputs ...string) error {
	for _, in := range inputs {
		if output != "-" && sameFiles(output, in) {
			return usagef("%s is what it is made of: choose another name for the output", output)
		}
	}
	return nil
}

// problemFindings are what the reader of a file tells, as findings.
func problemFindings(all []kickstart.Problem) []check.Finding { return check.KickstartProblems(all) }
