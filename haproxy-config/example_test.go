package haproxyconfig_test

import (
	"fmt"

	haproxyconfig "lbimage/haproxy-config"
)

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
