package ext_test

import (
	"fmt"
	"log"
	"os"
	"time"

	"lbimage/imagebuild/ext"
)

// Make a file system in a file, put something into it, and read it back.
func Example() {
	const size = 16 << 20
	img, err := os.CreateTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() {
		_ = img.Close()
		_ = os.Remove(img.Name())
	}()
	made := time.Unix(1400000000, 0)
	if err := img.Truncate(size); err != nil {
		log.Fatal(err)
	}
	if err := ext.Format(img, size, ext.FormatOptions{Type: "ext3", Label: "root", Time: made}); err != nil {
		log.Fatal(err)
	}

	fsys, err := ext.OpenWritable(img, size, ext.Options{Time: made.Add(time.Hour)})
	if err != nil {
		log.Fatal(err)
	}
	if err := fsys.Mkdir("etc", 0o755); err != nil {
		log.Fatal(err)
	}
	if err := fsys.WriteFile("etc/motd", []byte("hello\n"), 0o644); err != nil {
		log.Fatal(err)
	}
	if err := fsys.Symlink("/etc/motd", "motd"); err != nil {
		log.Fatal(err)
	}
	if err := fsys.Sync(); err != nil { // without it the names are not on the disk
		log.Fatal(err)
	}

	again, err := ext.Open(img, size)
	if err != nil {
		log.Fatal(err)
	}
	text, err := again.ReadFile("motd") // a link is resolved within the image
	if err != nil {
		log.Fatal(err)
	}
	info, err := again.Stat("etc/motd")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %s: %s", again.Info().Type, info.Sys().(*ext.Stat).Mtime.Format(time.TimeOnly), text)
	// Output: ext3 17:53:20: hello
}
