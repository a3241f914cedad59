//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

// figures are what is known of one finished run.
type figures struct {
	wall, cpu     time.Duration
	inside        time.Duration // without the start of the process; ours only
	peak          int64         // bytes, of the largest single process
	read, written int64         // blocks of 4 KiB
}

// session is all that is measured on one image.
type session struct {
	dir, src, base string
	ways           []*way
	jobs           []job
	got            map[[2]string][]figures // by job and way
	rounds         int
}

// round runs every job by every way, each way on a copy of the image of its own.
func (s *session) round(counts bool) error {
	if s.got == nil {
		s.got = map[[2]string][]figures{}
	}
	images := make([]string, len(s.ways))
	for i, w := range s.ways {
		images[i] = filepath.Join(s.dir, w.name+".img")
		if err := run("cp", "--sparse=always", s.base, images[i]); err != nil {
			return err
		}
		defer os.Remove(images[i])
	}
	for k, j := range s.jobs {
		for turn := range j.more + 1 {
			for n := range s.ways {
				i := (n + k + s.rounds + turn) % len(s.ways) // who comes first finds less in the caches
				if err := s.one(j, s.ways[i], images[i], counts); err != nil {
					return fmt.Errorf("%s, %s: %w", s.ways[i].name, j.what, err)
				}
			}
		}
	}
	s.rounds++
	return nil
}

// one runs a job by one way, once.
func (s *session) one(j job, w *way, img string, counts bool) error {
	if err := run("sync", img); err != nil { // what came before is not this run's to write
		return err
	}
	cmd, err := w.command(j, img, s.src)
	if err != nil {
		return err
	}
	f, err := measure(cmd, w.name, j.name)
	if err != nil {
		return err
	}
	if !counts {
		return judge(img, w.name, j)
	}
	key := [2]string{j.name, w.name}
	s.got[key] = append(s.got[key], f)
	return nil
}

// judge lets e2fsck look at what a way has left. That debugfs leaves untidy file
// systems behind is not ours to judge.
func judge(img, way string, j job) error {
	if way == "debugfs" || j.name == "read" {
		return nil
	}
	return run("e2fsck", "-fn", img)
}

// measure runs a command to its end.
func measure(cmd *exec.Cmd, way, job string) (figures, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if way == "debugfs" {
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		if err != nil {
			return figures{}, err
		}
		defer null.Close()
		cmd.Stdout = null // no pipe: cat writes all contents there
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return figures{}, err
	}
	// Its end, but not yet its removal: its counters can still be read.
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil)
	wall := time.Since(start)
	if err != nil {
		return figures{}, fmt.Errorf("waiting: %w", err)
	}
	io, ioErr := os.ReadFile(fmt.Sprintf("/proc/%d/io", cmd.Process.Pid))
	if err := cmd.Wait(); err != nil {
		return figures{}, fmt.Errorf("%w: %s", err, stderr.String())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	f := figures{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak: usage.Maxrss << 10}
	switch way {
	case "ext":
		var r report
		if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
			return f, err
		}
		f.read, f.written, f.inside = r.Read, r.Written, r.Inside
	case "kernel":
		if f.read, f.written, err = loopIO(stdout.String()); err != nil {
			return f, err
		}
	case "debugfs":
		// It says what goes wrong, and ends with 0 all the same.
		if msg := complaints(stderr.String()); msg != "" {
			return f, errors.New(msg)
		}
		if ioErr != nil {
			return f, ioErr
		}
		f.read, f.written = procIO(string(io), job)
	}
	return f, nil
}

// loopIO takes the sectors of 512 bytes that were read and written from the
// figures of a block device before and after.
func loopIO(text string) (read, written int64, err error) {
	before, after, _ := strings.Cut(text, "\n")
	diff := func(i int) int64 {
		b, a := strings.Fields(before), strings.Fields(after)
		if len(b) <= i || len(a) <= i {
			err = errors.New("the loop device has no figures")
			return 0
		}
		x, err1 := strconv.ParseInt(b[i], 10, 64)
		y, err2 := strconv.ParseInt(a[i], 10, 64)
		err = errors.Join(err, err1, err2)
		return (y - x) / (blockSize / 512)
	}
	return diff(2), diff(6), err
}

// complaints is what debugfs says beyond its name and version.
func complaints(stderr string) string {
	var out []string
	for _, line := range strings.Split(stderr, "\n") {
		if line != "" && !strings.HasPrefix(line, "debugfs 1.") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// procIO takes the bytes that debugfs has read and written by system calls, on
// the image or elsewhere: with read and cat those of the files it copied are among them.
func procIO(text, job string) (read, written int64) {
	for _, line := range strings.Split(text, "\n") {
		key, value, _ := strings.Cut(line, ": ")
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			continue
		}
		switch key {
		case "rchar":
			read = n / blockSize
		case "wchar":
			written = n / blockSize
		}
	}
	if job == "read" {
		written = 0 // it wrote to /dev/null
	}
	return read, written
}

func column[T int64 | time.Duration](list []figures, f func(figures) T) []T {
	out := make([]T, len(list))
	for i, x := range list {
		out[i] = f(x)
	}
	slices.Sort(out)
	return out
}

// ratio is the median of our wall time over that of another way, run by run.
func ratio(ours, other []figures) float64 {
	out := make([]float64, len(ours))
	for i := range ours {
		out[i] = ours[i].wall.Seconds() / other[i].wall.Seconds()
	}
	slices.Sort(out)
	return out[len(out)/2]
}

func (s *session) print(w io.Writer, typ string) error {
	fmt.Fprintf(w, "\n%s, 1.5 GiB\n\n", typ)
	t := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(t, "| job\t| way\t| wall s, least\t| median\t| CPU s\t| peak MiB\t| blocks read\t| written\t| ours is to it as\t|")
	fmt.Fprintln(t, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
	for _, j := range s.jobs {
		first := s.got[[2]string{j.name, s.ways[0].name}]
		for i, x := range s.ways {
			list := s.got[[2]string{j.name, x.name}]
			wall := column(list, func(f figures) time.Duration { return f.wall })
			cpu := column(list, func(f figures) time.Duration { return f.cpu })
			peak := column(list, func(f figures) int64 { return f.peak })
			read := column(list, func(f figures) int64 { return f.read })
			written := column(list, func(f figures) int64 { return f.written })
			what, to := "", ""
			if i == 0 {
				what = j.what
			} else {
				to = fmt.Sprintf("%.2f", ratio(first, list))
			}
			mid := len(list) / 2
			fmt.Fprintf(t, "| %s\t| %s\t| %.3f\t| %.3f\t| %.3f\t| %d\t| %d\t| %d\t| %s\t|\n", what, x.name,
				wall[0].Seconds(), wall[mid].Seconds(), cpu[mid].Seconds(), peak[mid]>>20, read[mid], written[mid], to)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, j := range s.jobs {
		if j.name != "change" || s.ways[0].name != "ext" {
			continue
		}
		inside := column(s.got[[2]string{j.name, "ext"}], func(f figures) time.Duration { return f.inside })
		fmt.Fprintf(w, "\n%s, within the process: %.2f ms at least, %.2f ms median\n", j.what,
			float64(inside[0].Microseconds())/1e3, float64(inside[len(inside)/2].Microseconds())/1e3)
	}
	_, err := fmt.Fprintf(w, "\n%d rounds, each way in turn; the last column is the median of the ratios of wall time, run by run\n", s.rounds-1)
	return err
}
