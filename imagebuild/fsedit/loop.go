package fsedit

import (
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/sys/unix"
)

// loopOf finds the loop device through which a file may be written to; "" where
// there is none. The kernel lists them in /sys.
func loopOf(st unix.Stat_t) string {
	list, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return ""
	}
	sort.Strings(list)
	for _, file := range list {
		name, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		dir := filepath.Dir(filepath.Dir(file))
		if ro, err := os.ReadFile(filepath.Join(dir, "ro")); err == nil && strings.TrimSpace(string(ro)) == "1" {
			continue
		}
		var other unix.Stat_t
		if unix.Stat(strings.TrimSuffix(string(name), "\n"), &other) == nil && other.Dev == st.Dev && other.Ino == st.Ino {
			return "/dev/" + filepath.Base(dir)
		}
	}
	return ""
}
