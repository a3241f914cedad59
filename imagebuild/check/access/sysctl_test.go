package access

import (
	"io/fs"
	"os"
	"strings"
	"testing"
)

// Every parameter of the kernel that runs here is known, and has a value that is not complained of.
func TestSysctlKeysOfThisKernel(t *testing.T) {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Skip("no /proc/sys here")
	}
	here := []kernel{parseKernel(strings.TrimSpace(string(release)))}
	n := 0
	err = fs.WalkDir(os.DirFS("/proc/sys"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what root alone may see
		}
		key := strings.ReplaceAll(strings.NewReplacer("/", ".", ".", "/").Replace(name), "init_private", "")
		if key != strings.NewReplacer("/", ".", ".", "/").Replace(name) || strings.HasSuffix(key, ".core_modes") || strings.HasSuffix(key, ".defrag_mode") || strings.HasSuffix(key, ".shrink_inodes_with_pagecache") {
			return nil // of kernels of one's own
		}
		n++
		if text := unknownKey(key, here); text != "" {
			t.Errorf("%s: %s", key, text)
		}
		if value, err := os.ReadFile("/proc/sys/" + name); err == nil && len(value) > 0 && len(value) < 200 {
			if text := wrongValue(normal(key), strings.TrimSpace(string(value))); text != "" && !strings.HasPrefix(key, "kernel.random.") && !onlyRead[key] {
				t.Errorf("%s = %s: %s", key, value, text)
			}
		}
		return nil
	})
	if err != nil || n < 300 {
		t.Errorf("%d keys, %v", n, err)
	}
}

// onlyRead are parameters that tell something and that nobody sets.
var onlyRead = map[string]bool{
	"kernel.version": true, "kernel.ostype": true, "kernel.osrelease": true, "kernel.arch": true, "kernel.seccomp.actions_avail": true,
	"net.ipv4.tcp_available_congestion_control": true, "net.ipv4.tcp_available_ulp": true,
}

func TestSysctlTable(t *testing.T) {
	table := sysctlKeys()
	if len(table) < 600 {
		t.Errorf("%d keys", len(table))
	}
	for key, s := range table {
		if s.since.known() && s.until.known() || strings.ContainsAny(key, "/ \t") || !strings.Contains(key, ".") {
			t.Errorf("%s %+v", key, s)
		}
	}
	old, now := []kernel{{2, 6}}, []kernel{{6, 1}}
	for _, c := range []struct {
		key     string
		kernels []kernel
		want    string
	}{
		{"net.ipv4.tcp_tw_recycle", old, ""},
		{"net.ipv4.tcp_tw_recycle", now, "Linux has it no more from 4.12 on; the image's is 6.1"},
		{"net.ipv4.tcp_tw_recycle", nil, ""},
		{"fs.protected_fifos", old, "Linux has it from 4.18 on; the image's is 2.6"},
		{"net.ipv4.conf.eth0/1.forwarding", now, ""},
		{"net.ipv4.conf.eth0.forwrding", now, "Linux has no such key; did you mean net.ipv4.conf.*.forwarding?"},
		{"net.netfilter.nf_conntrack_anything", now, ""},
		{"net.ip4.ip_forward", now, "Linux has no keys that begin with net.ip4; did you mean net.ipv4.ip_forward?"},
		{"swappiness", now, "no key: keys have several words with dots between them; did you mean vm.swappiness?"},
		{"kernel.yama.ptrace_scope", now, ""},
	} {
		if got := unknownKey(c.key, c.kernels); got != c.want {
			t.Errorf("%s: %q, want %q", c.key, got, c.want)
		}
	}
	for release, want := range map[string]kernel{"2.6.32-431.el6.x86_64": {2, 6}, "6.1.0-21-amd64": {6, 1}, "3.10": {3, 10}, "rescue-3f": {}, "": {}, "5": {}} {
		if got := parseKernel(release); got != want {
			t.Errorf("%s: %v", release, got)
		}
	}
}
