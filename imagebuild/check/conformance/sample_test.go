package conformance

import (
	"os"
	"strings"
	"testing"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/checktest"
	"lbimage/imagebuild/ext"
	"lbimage/kickstart"
)

func TestSampleConforms(t *testing.T) {
	b, err := os.ReadFile("../../sample/package/eucalyptus-load-balancer-image.ks")
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(b), "%post")
	f, err := kickstart.Parse("lb.ks", []byte(text), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Problems {
		t.Error(p)
	}
	s := checktest.Subject(t, checktest.Sample(t))
	s.Info = ext.Info{Type: "ext3", Label: "lb-root", BlockSize: 1024, Blocks: 63 << 10}
	s.Disk = check.Disk{Size: 64 << 20, Table: "mbr", BootCode: check.BootCodeThere, Partitions: []check.Partition{{Number: 1, Start: 1 << 20, Size: 63 << 20, Root: true}}}
	all, err := Judge(t.Context(), f, s)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		t.Logf("%s %s [%s] %s: want %q has %q %s:%d %s", x.Place, x.Verdict, x.Rule, x.About, x.Want, x.Has, x.Path, x.Line, x.Why)
	}
	for _, x := range SaysNothing(f) {
		t.Logf("%s %s: %s", x.Place, x.Text, x.Why)
	}
}

var _ = block.BlockSize
