//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/pprof"
	"syscall"
	"time"

	"lbimage/imagebuild/ext"
)

// counter is the image, and counts the blocks that are read and written.
type counter struct {
	*os.File
	Read, Written int64 // blocks of 4 KiB, touched in part or whole
}

const blockSize = 4096

func (c *counter) ReadAt(p []byte, off int64) (int, error) {
	c.Read += touched(len(p), off)
	return c.File.ReadAt(p, off)
}

func (c *counter) WriteAt(p []byte, off int64) (int, error) {
	c.Written += touched(len(p), off)
	return c.File.WriteAt(p, off)
}

func touched(n int, off int64) int64 {
	if n == 0 {
		return 0
	}
	return (off+int64(n)-1)/blockSize - off/blockSize + 1
}

// ours does one job with package ext and prints a report.
func ours(job, img, from, profile string) error {
	if profile != "" {
		p, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer p.Close()
		if err := pprof.StartCPUProfile(p); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	start := time.Now()
	file, err := os.OpenFile(img, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	fi, err := file.Stat()
	if err != nil {
		return err
	}
	dev := &counter{File: file}
	f, err := ext.OpenWritable(dev, fi.Size(), ext.Options{Time: time.Unix(1700000000, 0)})
	if err != nil {
		return err
	}
	switch job {
	case "add", "flat":
		err = addTree(f, from, name(job))
	case "remove", "clear":
		err = f.RemoveAll(name(job))
	case "write":
		err = addFile(f, from, "large")
	case "read":
		err = readTree(f, "tree")
	case "change":
		err = changeFile(f, from, "etc/changed.conf")
	default:
		err = fmt.Errorf("there is no job %q", job)
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil && dev.Written > 0 {
		err = file.Sync()
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(report{dev.Read, dev.Written, time.Since(start)})
}

// report is what a run says of itself.
type report struct {
	Read, Written int64
	Inside        time.Duration // from opening the image to the end of the fsync
}

// name is the folder in the image that a job makes or removes.
func name(job string) string {
	if job == "add" || job == "remove" {
		return "many"
	}
	return "flat"
}

// addTree does what cp -a does: contents, modes, owners, times.
func addTree(f *ext.FS, from, to string) error {
	var buf []byte
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		name := filepath.Join(to, rel)
		fi, err := d.Info()
		if err != nil {
			return err
		}
		if d.IsDir() {
			err = f.Mkdir(name, fi.Mode())
		} else if buf, err = readSmall(path, buf); err == nil {
			err = f.WriteFile(name, buf, fi.Mode())
		}
		if err != nil {
			return err
		}
		return copyAttrs(f, fi, name)
	})
}

// readSmall reads a file with the system calls that cp and debugfs make, and none of
// those with which package os gets ready for files that may block.
func readSmall(path string, buf []byte) ([]byte, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer syscall.Close(fd)
	if buf == nil {
		buf = make([]byte, 64<<10)
	}
	buf = buf[:0]
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := syscall.Read(fd, buf[len(buf):cap(buf)])
		if n <= 0 || err != nil {
			return buf, err
		}
		buf = buf[:len(buf)+n]
	}
}

func addFile(f *ext.FS, from, name string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	fi, err := r.Stat()
	if err != nil {
		return err
	}
	if err := f.WriteFrom(name, r, fi.Mode()); err != nil {
		return err
	}
	return copyAttrs(f, fi, name)
}

func copyAttrs(f *ext.FS, fi fs.FileInfo, name string) error {
	st := fi.Sys().(*syscall.Stat_t)
	if err := f.Chown(name, int(st.Uid), int(st.Gid)); err != nil {
		return err
	}
	return f.Chtimes(name, time.Unix(st.Atim.Unix()), fi.ModTime())
}

func readTree(f *ext.FS, top string) error {
	return fs.WalkDir(f, top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		r, err := f.Open(path)
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = io.Copy(io.Discard, r)
		return err
	})
}

func changeFile(f *ext.FS, from, name string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return f.WriteFile(name, data, 0o644)
}
