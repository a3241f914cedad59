//go:build linux

package judge_test

import (
	"fmt"

	"lbimage/imagebuild/judge"
)

func ExampleParseMessages() {
	output := `[NOTICE]   (42) : haproxy version is 2.6.12
[ALERT]    (42) : config : parsing [haproxy.cfg:7] : unknown keyword 'frob' in 'defaults' section
[WARNING]  (42) : config : missing timeouts for frontend 'web'.
   | While not properly invalid, you will certainly encounter various problems
   | with such a configuration.
[ALERT]    (42) : config : Fatal errors found in configuration.
`
	for _, m := range judge.ParseMessages([]byte(output)) {
		fmt.Printf("%v, %q line %d: %s\n", m.Severity, m.File, m.Line, m.Text)
	}
	// Output:
	// error, "haproxy.cfg" line 7: unknown keyword 'frob' in 'defaults' section
	// warning, "" line 0: missing timeouts for frontend 'web'. While not properly invalid, you will certainly encounter various problems with such a configuration.
}
