package tgz_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/tgz"
)

// An image tarball is read, its disk is changed, and it is written again. Only the
// chunk with the change is compressed at that point.
func Example() {
	ctx := context.Background()
	disk := make([]byte, 8<<20)
	copy(disk[5<<20:], "timeout client 50s")
	made, err := tgz.New(tgz.NewEntry("eucalyptus-load-balancer-image.img", bytes.NewReader(disk), time.Unix(1400000000, 0)))
	if err != nil {
		log.Fatal(err)
	}
	var source, output bytes.Buffer
	if _, err := made.Write(ctx, &source, tgz.WriteOptions{}); err != nil {
		log.Fatal(err)
	}

	a, err := tgz.Load(ctx, &source, tgz.Options{CompressAhead: true})
	if err != nil {
		log.Fatal(err)
	}
	defer a.Close()
	layout, err := a.Layout()
	if err != nil {
		log.Fatal(err)
	}
	image := layout.Image
	layer := block.NewLayer(image.Data, "")
	defer layer.Close()
	if _, err := layer.WriteAt([]byte("120s"), 5<<20+15); err != nil {
		log.Fatal(err)
	}
	stats, err := a.Write(ctx, &output, tgz.WriteOptions{
		Replace: map[string]block.Device{image.Header.Name: layer},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v: %d of %d chunks compressed again\n", layout.Kind, stats.Compressed, stats.Chunks)
	// Output: single image: 1 of 8 chunks compressed again
}
