package disk_test

import (
	"fmt"
	"log"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
)

// A disk is made with one partition, and the partition is found and opened.
func Example() {
	const size = 16 << 20
	s, err := block.CreateSparse("")
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	s.Grow(size)
	err = disk.WriteMBR(s, size, nil, 0x1234abcd,
		disk.NewPartition{Start: 1 << 20, Size: size - 1<<20, Type: 0x83, Bootable: true})
	if err != nil {
		log.Fatal(err)
	}

	table, err := disk.Read(s)
	if err != nil {
		log.Fatal(err)
	}
	root, err := disk.FindRoot(table, func(d block.Device, p disk.Partition) (disk.Verdict, error) {
		// A caller would look into the file system on d here.
		return disk.Verdict{Root: p.TypeName == "Linux", Reason: "a Linux partition"}, nil
	}, 0)
	if err != nil {
		log.Fatal(err)
	}
	dev, err := root.Open()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %s: root on partition %d, %d MiB\n", table.Kind, table.DiskID, root.Number, dev.Size()>>20)
	// Output: mbr 0x1234abcd: root on partition 1, 15 MiB
}
