// Command bench times the whole job, from the RPM to the edited tarball,
// against the same job with the usual programs, in turn and in one run, so that
// the ratios hold even where the machine's speed drifts.
//
//	go run ./tests/bench -lbimage bin/lbimage -rpm FILE [-runs 3]
//
// It prints medians of wall and CPU time, peak memory and the ratios.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// way is one way to do the job.
type way struct {
	name string
	args []string
	runs []run
}

// run is what the operating system says of one finished process and its children.
type run struct {
	wall, cpu time.Duration
	peak      int64 // bytes, of the largest single process
}

var edits = strings.Fields(`--timeout connect=5s --timeout client=2m --timeout server=2m
	--timeout http-keep-alive=10s --timeout queue=1m --timeout check=5s
	--set retries=3 --option dontlognull --option redispatch
	--sysctl net.ipv4.tcp_keepalive_time=600`)

func main() {
	lbimage := flag.String("lbimage", "bin/lbimage", "the program")
	rpm := flag.String("rpm", "", "the image RPM to start from")
	shell := flag.String("shell", "tests/bench/shell.sh", "the job as a shell script")
	runs := flag.Int("runs", 3, "counted runs of each way, after one that is not")
	only := flag.Bool("only", false, "leave the other ways out")
	flag.Parse()
	if err := bench(*lbimage, *rpm, *shell, *runs, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(lbimage, rpm, shell string, runs int, only bool) error {
	rpm, err := filepath.Abs(rpm)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("/var/tmp", "lbimage-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	disk, err := unpack(rpm, dir)
	if err != nil {
		return err
	}
	customize := func(source string, more ...string) []string {
		return append(append([]string{lbimage, "customize", source}, edits...), more...)
	}
	out := filepath.Join(dir, "updated.tgz")
	ways := []*way{
		{name: "lbimage", args: customize(rpm, "-o", out, "--force")},
		{name: "lbimage, raw disk, plan only", args: customize(disk, "--plan")},
	}
	if !only {
		ways = append(ways,
			&way{name: "shell, gzip", args: []string{"sh", shell, rpm, filepath.Join(dir, "gzip")}},
			&way{name: "shell, pigz", args: []string{"sh", shell, rpm, filepath.Join(dir, "pigz"), "pigz"}})
	}
	for i := range runs + 1 {
		for _, w := range ways {
			r, err := measure(w.args)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if i > 0 {
				w.runs = append(w.runs, r)
			}
		}
	}
	return print(os.Stdout, ways, out)
}

// unpack gives the raw disk of the package, for measuring the edit alone.
func unpack(rpm, dir string) (string, error) {
	script := `rpm2cpio "$0" | cpio -id --quiet && tar -xSzf usr/share/eucalyptus-load-balancer-image/*.tgz && rm -r usr && ls *.img`
	cmd := exec.Command("sh", "-c", script, rpm)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	name, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("unpacking %s: %w", rpm, err)
	}
	return filepath.Join(dir, strings.TrimSpace(string(name))), nil
}

func measure(args []string) (run, error) {
	cmd := exec.Command(args[0], args[1:]...)
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return run{}, fmt.Errorf("%w: %s", err, stderr.String())
	}
	u := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return run{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), u.Maxrss << 10}, nil
}

func median[T int64 | time.Duration](runs []run, f func(run) T) T {
	list := make([]T, len(runs))
	for i, r := range runs {
		list[i] = f(r)
	}
	sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
	return list[len(list)/2]
}

func print(w io.Writer, ways []*way, out string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\twall s\tCPU s\tpeak MiB\tas long as lbimage\t")
	first := median(ways[0].runs, func(r run) time.Duration { return r.wall })
	for _, x := range ways {
		wall := median(x.runs, func(r run) time.Duration { return r.wall })
		cpu := median(x.runs, func(r run) time.Duration { return r.cpu })
		peak := median(x.runs, func(r run) int64 { return r.peak })
		fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%d\t%.2f\t\n", x.name, wall.Seconds(), cpu.Seconds(), peak>>20, float64(wall)/float64(first))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	st, err := os.Stat(out)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "output %.1f MB; medians of %d runs in turn\n", float64(st.Size())/1e6, len(ways[0].runs))
	return err
}
