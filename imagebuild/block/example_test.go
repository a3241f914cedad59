package block_test

import (
	"bytes"
	"fmt"
	"log"

	"lbimage/imagebuild/block"
)

// A layer takes the writes; what lies below stays as it was.
func Example() {
	base := bytes.NewReader(make([]byte, 1<<20))
	layer := block.NewLayer(base, "")
	defer layer.Close()
	partition, err := block.Section(layer, 64<<10, 512<<10)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := partition.(block.Writable).WriteAt([]byte("changed"), 8192); err != nil {
		log.Fatal(err)
	}
	for _, r := range layer.Dirty() {
		fmt.Printf("%d bytes at %d\n", r.Len, r.Off)
	}
	// Output: 4096 bytes at 73728
}
