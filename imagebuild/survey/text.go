package survey

import (
	"errors"
	"io/fs"

	"lbimage/overlay"
)

// readText reads a text file of the image of at most max bytes, links followed, and tells where it lies. Where there is none,
// both are empty; one that cannot be read is noted.
func readText(t overlay.ReadTree, name string, max int64, notes *[]string) (text, at string) {
	data, r, err := overlay.ReadFile(t, name, max)
	switch {
	case err == nil:
		return string(data), r.Path()
	case errors.Is(err, fs.ErrNotExist):
		return "", ""
	}
	*notes = noted(*notes, err.Error())
	return "", ""
}

// cut bounds what is kept of a value in bytes.
func cut(s string, max int) string {
	if len(s) > max {
		return s[:max] + "…"
	}
	return s
}
