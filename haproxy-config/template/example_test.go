package template_test

import (
	"fmt"

	"lbimage/haproxy-config/template"
)

// What an administrator asks for is applied to the text of a template; the
// deprecated spellings in it go at the same time.
func ExampleEdits() {
	text := `global
 maxconn 100000

defaults
 contimeout      1000
 clitimeout      10000
 option http-server-close # affects KA on/off
`
	edits := template.Edits{
		Timeouts: []template.Setting{{Name: "client", Value: "2m"}, {Name: "queue", Value: "1m"}},
		Set:      []template.Setting{{Name: "maxconn", Value: "50000"}},
		Options:  []string{"redispatch"},
	}
	out, changes, err := edits.Apply([]byte(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", out)
	for _, c := range changes {
		fmt.Printf("line %d, %s: %s\n", c.LineNumber, c.Keyword, c.Note)
	}
	// Output:
	// global
	//  maxconn 50000
	//
	// defaults
	//  timeout connect 1000
	//  timeout client  2m
	//  option http-server-close # affects KA on/off
	//  timeout queue   1m
	//  option redispatch
	//
	// line 5, timeout connect: deprecated contimeout spelled anew
	// line 6, timeout client: deprecated clitimeout spelled anew; value set
	// line 8, timeout queue: added
	// line 2, maxconn: value set
	// line 9, option redispatch: added
}

func ExampleEdits_Validate() {
	for _, text := range []string{"clint=2m", "client=1m30s", "client=25d"} {
		s, err := template.ParseSetting(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(template.Edits{Timeouts: []template.Setting{s}}.Validate())
	}
	// Output:
	// timeout clint is not known; did you mean client?
	// timeout client: time "1m30s" has "30s" after its unit, and HAProxy would read it as 1m; write one number and one unit, as in 90s for 1m30s
	// timeout client: time "25d" is over HAProxy's limit of 2147483647 ms (24.8 days)
}
