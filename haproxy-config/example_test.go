package haproxyconfig_test

import (
	"fmt"

	haproxyconfig "lbimage/haproxy-config"
)

// What an administrator asks for is applied to the text of a template; the
// deprecated spellings in it go at the same time.
func ExampleTemplateEdits() {
	template := `global
 maxconn 100000

defaults
 contimeout      1000
 clitimeout      10000
 option http-server-close # affects KA on/off
`
	edits := haproxyconfig.TemplateEdits{
		Timeouts: []haproxyconfig.Setting{{Name: "client", Value: "2m"}, {Name: "queue", Value: "1m"}},
		Set:      []haproxyconfig.Setting{{Name: "maxconn", Value: "50000"}},
		Options:  []string{"redispatch"},
	}
	text, changes, err := edits.Apply([]byte(template))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", text)
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

func ExampleTemplateEdits_Validate() {
	for _, text := range []string{"clint=2m", "client=1m30s", "client=25d"} {
		s, err := haproxyconfig.ParseSetting(text)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(haproxyconfig.TemplateEdits{Timeouts: []haproxyconfig.Setting{s}}.Validate())
	}
	// Output:
	// timeout clint is not known; did you mean client?
	// timeout client: time "1m30s" has "30s" after its unit, and HAProxy would read it as 1m; write one number and one unit, as in 90s for 1m30s
	// timeout client: time "25d" is over HAProxy's limit of 2147483647 ms (24.8 days)
}

// A file is read, edited in place and written with all that was not touched.
func ExampleEditor() {
	f := haproxyconfig.Parse([]byte("frontend www\r\n\tbind :80\r\n\tmaxconn   100 # enough\r\n"))
	e := f.Edit()
	www := haproxyconfig.SectionRef{Kind: "frontend", Name: "www"}
	if err := e.Set(www, "maxconn", "200"); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", f.Bytes())
	fmt.Println(f.Get(www, "maxconn"))
	// Output:
	// "frontend www\r\n\tbind :80\r\n\tmaxconn   200 # enough\r\n"
	// 200 true
}

func ExampleCheckWith() {
	template := "global\n user servo\n\tdefaults\n timeout connect 5s\n timeout client 1m30s\n"
	found := haproxyconfig.CheckWith(haproxyconfig.Parse([]byte(template)), haproxyconfig.CheckOptions{
		HAProxy: haproxyconfig.Version{Major: 2, Minor: 6},
		Servo:   haproxyconfig.Version{Major: 1, Minor: 1},
	})
	for _, f := range found {
		fmt.Printf("%d:%d %s %s\n", f.Line, f.Column, f.Severity, f.Rule)
	}
	// Output:
	// 3:2 warning header-not-seen
	// 5:2 info timeout-without-effect
	// 5:17 warning misread-time
}

func ExampleFile_Sections() {
	f := haproxyconfig.Parse([]byte("# head\n  global # limits\n maxconn 5\nbackend app from base\n server a\\ b 10.0.0.1:80\n"))
	for _, s := range f.Sections() {
		fmt.Printf("%q from %q\n", s.Label(), s.From)
		for _, l := range s.Lines {
			for _, w := range l.Words() {
				fmt.Printf("  %d:%d %q\n", l.Number(), w.Column(), w.Value)
			}
		}
	}
	// Output:
	// "" from ""
	// "global" from ""
	//   3:2 "maxconn"
	//   3:10 "5"
	// "backend app" from "base"
	//   5:2 "server"
	//   5:9 "a b"
	//   5:14 "10.0.0.1:80"
}
