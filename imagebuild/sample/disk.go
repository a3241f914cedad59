package sample

import (
	"context"
	"fmt"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/ext"
)

const (
	partitionStart = 2048 * 512
	diskID         = 0x4C42_5341 // "ASBL" on the disk
	label          = "lb-root"
	linuxPartition = 0x83
)

// bootMessage is what the boot code shows.
const bootMessage = "This disk is a sample. Its boot code, kernel and programs are stand-ins.\r\n\x00"

// bootCode shows the message and halts: for an x86 in real mode, at 0x7C00.
var bootCode = append([]byte{
	0x31, 0xC0, //             xor  ax, ax
	0x8E, 0xD8, //             mov  ds, ax
	0xBE, 0x18, 0x7C, //       mov  si, message
	0xAC,       //       next: lodsb
	0x84, 0xC0, //             test al, al
	0x74, 0x09, //             jz   halt
	0xB4, 0x0E, //             mov  ah, 0x0E
	0xBB, 0x07, 0x00, //       mov  bx, 7
	0xCD, 0x10, //             int  0x10
	0xEB, 0xF2, //             jmp  next
	0xF4,       //       halt: hlt
	0xEB, 0xFD, //             jmp  halt
}, bootMessage...)

// writeDisk makes the disk: an MBR, and in the one partition the root file system.
func writeDisk(ctx context.Context, d block.Writable, o Options) error {
	size := o.Size - partitionStart
	err := disk.WriteMBR(d, o.Size, bootCode, diskID, disk.NewPartition{
		Start: partitionStart, Size: size, Type: linuxPartition, Bootable: true,
	})
	if err != nil {
		return err
	}
	section, err := block.Section(d, partitionStart, size)
	if err != nil {
		return err
	}
	part := section.(block.Writable) // it is, since d is
	return writeRoot(ctx, part, size, o)
}

// writeRoot formats the partition and fills it.
func writeRoot(ctx context.Context, part block.Writable, size int64, o Options) error {
	err := ext.Format(part, size, ext.FormatOptions{Type: o.FSType, Label: label, Time: o.Time})
	if err != nil {
		return err
	}
	f, err := ext.OpenWritable(part, size, ext.Options{Time: o.Time})
	if err != nil {
		return fmt.Errorf("root file system: %w", err)
	}
	if err := fill(ctx, f, o); err != nil {
		return fmt.Errorf("root file system: %w", err)
	}
	return f.Sync()
}
