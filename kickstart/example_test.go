package kickstart_test

import (
	"fmt"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

func Example() {
	const text = `lang en_US.UTF-8
partition / --size 1536 --fstype="ext3"
botloader --timeout=1

%packages --nobase
@core
-postfix
%end
`
	f, err := kickstart.Parse("lb.ks", []byte(text), grammar.RHEL6)
	if err != nil {
		fmt.Println(err)
		return
	}
	root := f.Commands("part")[0]
	size, _ := root.Int("--size")
	fstype, _ := root.Value("--fstype")
	fmt.Println(root.Args[0].Value, size, fstype)
	for _, e := range f.Packages() {
		fmt.Println(e.Kind, e.Name, e.Excluded)
	}
	fmt.Println(f.Problems[0])
	fmt.Println(string(f.Format()) == text)
	// Output:
	// / 1536 ext3
	// group core false
	// package postfix true
	// lb.ks:3:1: RHEL6 has no command "botloader" — did you mean bootloader?
	// true
}

func ExampleFlatten() {
	f, err := kickstart.Parse("lb.ks", []byte("%post\n%include motd.sh\n%end\n"), grammar.RHEL6)
	if err != nil {
		fmt.Println(err)
		return
	}
	flat := kickstart.Flatten(f, func(target string) ([]byte, error) {
		return []byte("echo " + target + " > /etc/motd\n"), nil
	})
	fmt.Print(string(flat.Format()))
	// Output:
	// %post
	// echo motd.sh > /etc/motd
	// %end
}
