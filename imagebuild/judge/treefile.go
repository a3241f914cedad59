package judge

import (
	"fmt"
	"io"

	"lbimage/overlay"
)

// readSmall reads a file of a tree that has at most limit bytes; nil when there is none, or something that is
// no file.
func readSmall(t Tree, name string, limit int64) ([]byte, error) {
	r, err := overlay.Resolve(t, name)
	if overlay.LeadsNowhere(err) || err == nil && (!r.Exists() || !r.Info.Mode().IsRegular()) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if r.Info.Size() > limit {
		return nil, fmt.Errorf("%s: %d bytes are more than such a file has; the limit is %d", r.Path(), r.Info.Size(), limit)
	}
	f, err := t.Open(r.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path(), err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path(), err)
	}
	if b == nil {
		b = []byte{}
	}
	return b, nil
}
