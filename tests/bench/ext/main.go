//go:build linux

// Command ext times the editor of ext3 and ext4 file systems against the kernel
// (loop mount, cp -a, umount) and debugfs -w -f, each job by each way in turn, so that
// the ratios hold even where the machine's speed drifts.
//
//	go run ./tests/bench/ext [-runs 5] [-dir /var/tmp] [-types ext4,ext3] [-jobs add,read]
//
// Every run is a process of its own, timed from outside, that ends with what it
// changed on the disk: the kernel's with umount, debugfs's with its own fsync, ours
// with FS.Sync and an fsync of the image. A round that is not counted comes first;
// in it e2fsck judges what each way has left. The kernel's part needs root.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	do := flag.String("do", "", "do one job in this process (what the measuring process runs), or make the sources")
	img := flag.String("image", "", "with -do: the image")
	from := flag.String("from", "", "with -do: the folder on this machine that the job takes files from")
	profile := flag.String("profile", "", "with -do: write a CPU profile to this file")
	runs := flag.Int("runs", 5, "counted runs of each way, after one that is not")
	dir := flag.String("dir", "/var/tmp", "where images are made, about 10 GiB")
	types := flag.String("types", "ext4,ext3", "the images to try")
	only := flag.String("jobs", "", "the jobs to run, by name; empty for all")
	waysFlag := flag.String("ways", "ext,debugfs,kernel", "the ways to compare, ours first")
	flag.Parse()
	var err error
	if *do == "sources" {
		err = makeSources(*from)
	} else if *do != "" {
		err = ours(*do, *img, *from, *profile)
	} else {
		err = bench(*dir, strings.Split(*types, ","), strings.Split(*waysFlag, ","), *only, *runs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench makes the images, runs all jobs and prints a table for each image.
func bench(parent string, types, wayNames []string, only string, runs int) error {
	dir, err := os.MkdirTemp(parent, "lbimage-bench-ext")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ways, err := waysOf(wayNames)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	src := filepath.Join(dir, "src")
	// In a process of its own: children inherit the peak of the memory of the one that starts them.
	if err := run(self, "-do", "sources", "-from", src); err != nil {
		return err
	}
	for _, typ := range types {
		base := filepath.Join(dir, typ)
		if err := makeImage(typ, base, filepath.Join(src, "tree")); err != nil {
			return err
		}
		s := session{dir: dir, src: src, base: base, ways: ways, jobs: chosen(only)}
		for i := range runs + 1 {
			if err := s.round(i > 0); err != nil {
				return fmt.Errorf("%s: %w", typ, err)
			}
		}
		if err := s.print(os.Stdout, typ); err != nil {
			return err
		}
	}
	return nil
}
