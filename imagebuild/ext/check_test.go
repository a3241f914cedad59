package ext_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"lbimage/imagebuild/ext"
)

// memory is a device of a fixed size in memory.
type memory []byte

func (m memory) WriteAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > int64(len(m)) {
		return 0, io.ErrShortWrite
	}
	return copy(m[off:], b), nil
}

func ExampleCheck() {
	disk := make(memory, 8<<20)
	if err := ext.Format(disk, int64(len(disk)), ext.FormatOptions{Type: "ext3"}); err != nil {
		fmt.Println(err)
		return
	}
	disk[1024+0x3A] |= 2 // as a kernel does that meets an error

	problems, err := ext.Check(context.Background(), bytes.NewReader(disk), int64(len(disk)), ext.CheckOptions{})
	fmt.Println(len(problems), err)
	for _, p := range problems {
		fmt.Println(p)
	}
	// Output:
	// 1 <nil>
	// file system is marked as having errors (error-state)
}

func TestCheckOfNothing(t *testing.T) {
	_, err := ext.Check(context.Background(), bytes.NewReader(make([]byte, 1<<20)), 1<<20, ext.CheckOptions{})
	if !errors.Is(err, ext.ErrNoFileSystem) {
		t.Errorf("a device of zeros: %v", err)
	}
}

func TestCheckOfFormat(t *testing.T) {
	for _, kind := range []string{"ext2", "ext3", "ext4"} {
		for _, modern := range []bool{false, kind == "ext4"} {
			disk := make(memory, 8<<20)
			if err := ext.Format(disk, int64(len(disk)), ext.FormatOptions{Type: kind, Modern: modern, BlockSize: 1024}); err != nil {
				t.Fatal(err)
			}
			problems, err := ext.Check(context.Background(), bytes.NewReader(disk), int64(len(disk)), ext.CheckOptions{})
			if err != nil || len(problems) > 0 {
				t.Errorf("%s, modern %v: %v %v", kind, modern, problems, err)
			}
		}
	}
}
