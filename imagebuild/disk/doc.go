// Package disk reads the partition table of a disk image and finds the partition
// that holds the root file system.
//
// It knows three shapes of disk:
//
//   - an MBR, with up to four primary partitions and any logical ones in an
//     extended partition; numbered as Linux does, logical ones from 5;
//   - a GPT, with sectors of 512 or 4096 bytes; where the table at the front is
//     damaged, its backup at the end is used;
//   - no table at all: a bare file system, which is one partition, the whole
//     device, with the number 0.
//
// The table is only ever read. A partition is opened as a section of the device
// that the table was read from, so it can be written where the device can, and
// the boot code, the table and the gaps between partitions stay as they are.
//
// A damaged entry does not make the others useless: what is wrong with a table is
// listed as warnings, and a partition that does not lie within the disk is an
// error when it is opened.
package disk
