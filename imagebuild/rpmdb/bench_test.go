package rpmdb

import (
	"path/filepath"
	"testing"
)

func BenchmarkOpen(b *testing.B) {
	dir := databases(b)
	for _, file := range []string{"centos6-plain/Packages", "fedora35/rpmdb.sqlite"} {
		tree := image(b, filepath.Join(dir, file), "var/lib/rpm/"+filepath.Base(file))
		b.Run(file, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				open(b, tree)
			}
		})
	}
}
