package rpm_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"time"

	"lbimage/imagebuild/rpm"
)

// A package is written, opened and read: its list, one file's content, and what
// was verified.
func Example() {
	var file bytes.Buffer
	err := rpm.Write(&file, rpm.Spec{
		Name: "load-balancer-notes", Version: "1.0", Release: "1",
		Summary: "Notes on a load balancer", License: "BSD",
		BuildTime: time.Unix(1400000000, 0),
		Requires:  []rpm.Dependency{{Name: "euca2ools", Op: ">=", Version: "3.1.0"}},
		Files: []rpm.SpecFile{
			{Path: "/etc/notes.conf", Mode: 0o644, Content: []byte("color = blue\n"), Flags: rpm.FlagConfig},
			{Path: "/usr/share/notes/one", Mode: 0o644, Content: []byte("timeouts matter\n"), Flags: rpm.FlagDoc},
		},
	})
	if err != nil {
		log.Fatal(err)
	}

	p, err := rpm.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p, "requires", p.Requires[0])
	for _, f := range p.Files {
		fmt.Println(f.Mode, f.User, f.Size, f.Path, f.Flags)
	}

	payload, err := p.Payload(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	defer payload.Close()
	for {
		e, err := payload.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		if e.File.Path == "/usr/share/notes/one" {
			b, err := io.ReadAll(e)
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("%s", b)
		}
	}
	for _, d := range payload.Digests() {
		fmt.Println(d)
	}
	// Output:
	// load-balancer-notes-1.0-1.noarch requires euca2ools >= 3.1.0
	// -rw-r--r-- root 13 /etc/notes.conf config
	// -rw-r--r-- root 16 /usr/share/notes/one doc
	// timeouts matter
	// header SHA-1: verified
	// header SHA-256: verified
	// header and payload size: verified
	// header and payload MD5: verified
	// payload SHA-256: verified
	// uncompressed payload size: verified
	// files SHA-256: verified
}
