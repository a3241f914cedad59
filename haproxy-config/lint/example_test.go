package lint_test

import (
	"fmt"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/lint"
)

func ExampleCheck() {
	file := haproxyconfig.Parse([]byte("defaults\n  timeout connect 5s\n  contimeout 5000\n  balancing roundrobin\n"))
	for _, f := range lint.Check(file, lint.Options{HAProxy: haproxyconfig.Version{Major: 2, Minor: 6}}) {
		fmt.Printf("%d: %s: %s (%s)\n", f.Line, f.Severity, f.Message, f.Hint)
	}
	// Output:
	// 3: error: contimeout is not known to HAProxy 2.6.0 any more; it went with 2.1 (write timeout connect)
	// 4: error: balancing is not known to HAProxy 2.6.0 in defaults (write balance)
}
