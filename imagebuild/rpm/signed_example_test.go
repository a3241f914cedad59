package rpm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"lbimage/imagebuild/rpm"
)

func ExamplePackage_RequireSigned() {
	var b bytes.Buffer
	if err := rpm.Write(&b, rpm.Spec{Name: "servo", Version: "1.1.0", Release: "0.el6", License: "BSD", Summary: "Not signed", BuildTime: time.Unix(1400000000, 0)}); err != nil {
		log.Fatal(err)
	}
	p, err := rpm.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		log.Fatal(err)
	}
	keys, err := rpm.ReadKeyring( /* "RPM-GPG-KEY-CentOS-6", … */ )
	if err != nil {
		log.Fatal(err)
	}
	_, err = p.RequireSigned(context.Background(), keys)
	fmt.Println(errors.Is(err, rpm.ErrNotSigned))
	fmt.Println(err)
	// Output:
	// true
	// package servo-1.1.0-0.el6.noarch: it is not signed: give a signed package, or leave out --keyring
}
