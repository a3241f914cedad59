package binary_test

import (
	"fmt"
	"log"
	"os"

	"lbimage/imagebuild/binary"
)

func ExampleRead() {
	f, err := os.Open("/usr/sbin/haproxy")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		log.Fatal(err)
	}
	facts, err := binary.Read(f, st.Size())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(facts.Arch(), facts.Needed) // x86_64 [libcrypt.so.1 libssl.so.3 ...]
}
