package sample_test

import (
	"bytes"
	"context"
	"fmt"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/sample"
)

func ExampleWrite() {
	var b bytes.Buffer
	if err := sample.Write(context.Background(), &b, sample.Options{}); err != nil {
		fmt.Println(err)
		return
	}
	p, err := rpm.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Name, p.Version, p.Release)
	// Output: eucalyptus-load-balancer-image 1.1.0 0.212.el6
}
