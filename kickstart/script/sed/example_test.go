package sed_test

import (
	"fmt"

	"lbimage/kickstart/script/sed"
)

func ExampleProgram_Made() {
	p, err := sed.Parse("s/^#*PermitRootLogin.*/PermitRootLogin no/", false)
	if err != nil {
		panic(err)
	}
	v := p.Made([]byte("Port 22\nPermitRootLogin yes\n"))
	fmt.Println(v.Answer, v.Line, v.Want)
	// Output:
	// no 2 PermitRootLogin no
}
