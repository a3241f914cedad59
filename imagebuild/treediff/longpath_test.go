package treediff_test

import (
	"context"
	"strings"
	"testing"

	"lbimage/imagebuild/treediff"
	"lbimage/overlay/treetest"
)

// Folders with long names in each other have paths that grow with the square of their number: they are told, not written.
func TestLongPaths(t *testing.T) {
	deep := treetest.NewMemory()
	name := ""
	for range 100 {
		name += "/" + strings.Repeat("d", 250)
		must(t, deep.Mkdir(name[1:], 0o755))
	}
	told := 0
	o := treediff.Options{}
	count := func(d *treediff.Difference) error { told += len(d.Path); return nil }
	_, err := treediff.Compare(context.Background(), treediff.Side{Tree: treetest.NewMemory()}, treediff.Side{Tree: deep}, o, count)
	if err == nil || !strings.Contains(err.Error(), "ignore pattern") || len(err.Error()) > 500 || told > 1<<20 {
		t.Errorf("%v, %d bytes of paths", err, told)
	}
	o.Ignore = []string{strings.Repeat("/"+strings.Repeat("d", 250), 50)}
	if _, err = treediff.Compare(context.Background(), treediff.Side{Tree: treetest.NewMemory()}, treediff.Side{Tree: deep}, o, count); err != nil {
		t.Error(err)
	}
}
