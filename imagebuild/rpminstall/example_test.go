package rpminstall_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
	"lbimage/overlay/treetest"
)

// Install a package into a tree and see what was done.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	var b bytes.Buffer
	if err := rpm.Write(&b, rpm.Spec{
		Name: "agent", Version: "2.0", Release: "1.el6", Summary: "An agent", License: "MIT", BuildTime: time.Unix(1400000000, 0),
		PreInstall: "getent passwd agent >/dev/null || useradd -r -M -s /sbin/nologin agent\n",
		Files:      []rpm.SpecFile{{Path: "/etc/agent.conf", Mode: 0o640, User: "agent", Group: "agent", Flags: rpm.FlagConfig | rpm.FlagNoReplace}},
	}); err != nil {
		log.Fatal(err)
	}
	file := filepath.Join(dir, "agent.rpm")
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}

	p, err := rpminstall.Open(context.Background(), file, rpminstall.OpenOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	edit, err := p.Edit(rpminstall.Options{Arch: "x86_64", Time: time.Unix(1400000000, 0)})
	if err != nil {
		log.Fatal(err)
	}
	image := treetest.Fill(map[string]string{
		"etc/passwd":     "root:x:0:0::/root:/bin/sh\n",
		"etc/group":      "root:x:0:\n",
		"etc/agent.conf": "mine\n",
	})
	report, err := edit.Run(image)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range report.Scriptlets {
		for _, step := range s.Steps {
			fmt.Printf("%s, line %d: %s\n", s.Name, step.Line, step.Done)
		}
	}
	for _, f := range report.Files {
		fmt.Println(f.Path, f.Outcome, f.Landed)
	}
	// Output:
	// prein, line 1: looked up in the image: not there
	// prein, line 1: made the user agent
	// /etc/agent.conf rpmnew /etc/agent.conf.rpmnew
}
