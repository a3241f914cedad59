//go:build linux

package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// job is one thing to do to an image.
type job struct {
	name string
	what string
	from string // in the sources
	more int    // further runs in a round, where one is too short to tell anything
}

// The jobs, in the order of a round: what one adds the next removes.
var jobs = []job{
	{"add", "adding 10,000 files of 8 KiB in 100 folders", "many", 0},
	{"remove", "removing them", "many", 0},
	{"flat", "adding 10,000 files of 8 KiB in one folder", "flat", 0},
	{"clear", "removing that folder", "flat", 0},
	{"write", "writing one file of 500 MiB", "large", 0},
	{"read", "reading all files of 600 MiB", "tree", 0},
	{"change", "opening, changing one file", "small", 20},
}

func chosen(only string) []job {
	if only == "" {
		return jobs
	}
	var out []job
	for _, j := range jobs {
		for _, name := range strings.Split(only, ",") {
			if j.name == name {
				out = append(out, j)
			}
		}
	}
	return out
}

// way is one way to do the jobs.
type way struct {
	name    string
	command func(j job, img, src string) (*exec.Cmd, error)
}

func waysOf(names []string) ([]*way, error) {
	var out []*way
	for _, name := range names {
		switch name {
		case "ext":
			out = append(out, &way{"ext", oursCommand})
		case "debugfs":
			out = append(out, &way{"debugfs", debugfsCommand})
		case "kernel":
			if os.Getuid() != 0 {
				fmt.Fprintln(os.Stderr, "kernel: left out, mounting needs root")
				continue
			}
			out = append(out, &way{"kernel", kernelCommand})
		default:
			return nil, fmt.Errorf("there is no way %q", name)
		}
	}
	return out, nil
}

func oursCommand(j job, img, src string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return exec.Command(self, "-do", j.name, "-image", img, "-from", filepath.Join(src, j.from)), nil
}

// kernelCommand mounts, works and unmounts; what it prints are the figures of the
// loop device before and after.
func kernelCommand(j job, img, src string) (*exec.Cmd, error) {
	work := map[string]string{
		"add":    `cp -a "$2" mnt/`,
		"remove": `rm -r mnt/many`,
		"flat":   `cp -a "$2" mnt/`,
		"clear":  `rm -r mnt/flat`,
		"write":  `cp -a "$2" mnt/`,
		"read":   `find mnt/tree -type f -print0 | xargs -0 -n 100000 cat >/dev/null`,
		"change": `cp "$2" mnt/etc/changed.conf`,
	}[j.name]
	script := `set -e; mkdir -p mnt; dev=$(losetup -f --show "$1"); trap 'losetup -d $dev' EXIT
		stat=/sys/block/${dev#/dev/}/stat
		read -r line <$stat; echo "$line"
		mount $dev mnt; ` + work + `; umount mnt
		read -r line <$stat; echo "$line"`
	cmd := exec.Command("sh", "-c", script, "sh", img, filepath.Join(src, j.from))
	cmd.Dir = filepath.Dir(img)
	return cmd, nil
}

// debugfsCommand writes the commands to a file first, which is not measured.
func debugfsCommand(j job, img, src string) (*exec.Cmd, error) {
	var lines []string
	add := func(format string, a ...any) { lines = append(lines, fmt.Sprintf(format, a...)) }
	from := filepath.Join(src, j.from)
	var dirs []string
	each := func(do func(path, rel string)) error {
		return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(src, path)
			if d.IsDir() {
				dirs = append(dirs, rel)
				if j.name == "add" || j.name == "flat" {
					add("mkdir /%s", rel)
				}
				return err
			}
			do(path, rel)
			return err
		})
	}
	var err error
	switch j.name {
	case "add", "flat":
		err = each(func(path, rel string) { add("write %s /%s", path, rel) })
	case "remove", "clear":
		err = each(func(_, rel string) { add("rm /%s", rel) })
		for i := range dirs {
			add("rmdir /%s", dirs[len(dirs)-1-i])
		}
	case "write":
		add("write %s /large", from)
	case "read":
		err = each(func(_, rel string) { add("cat /%s", rel) })
	case "change":
		add("rm /etc/changed.conf")
		add("write %s /etc/changed.conf", from)
	}
	if err != nil {
		return nil, err
	}
	script := img + ".debugfs"
	if err := os.WriteFile(script, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		return nil, err
	}
	args := []string{"-f", script, img}
	if j.name != "read" {
		args = append([]string{"-w"}, args...)
	}
	return exec.Command("debugfs", args...), nil
}
