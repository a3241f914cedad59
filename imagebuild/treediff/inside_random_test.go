package treediff_test

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/treediff"
)

// Random folders, packed: of the members is told what is told of the folders themselves.
func TestMembersAsInTheFolder(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 77))
		old, edited := map[string]string{}, map[string]string{}
		for i := range 25 {
			name := path.Join([]string{"", "a", "a/b", "a.b", "a/b/c", "a-", "z"}[r.IntN(7)], fmt.Sprintf("%c%d", 'a'+r.IntN(26), i))
			content := string(randomContent(r))
			if r.IntN(5) > 0 {
				old[name] = content
			}
			switch r.IntN(5) {
			case 0:
			case 1:
				edited[name] = content + "more\n"
			default:
				edited[name] = content
			}
		}
		list, _ := compare(t, fill(old), fill(edited), treediff.Options{})
		at := time.Unix(1e9, 0)
		dirA, dirB := lay(t, old, at), lay(t, edited, at)
		for _, p := range packers {
			if !slices.Contains([]string{"a.tar.gz", "initrd.img", "a.pax", "micro.img"}, p.name) {
				continue
			}
			for _, n := range p.needs {
				judge(t, n)
			}
			want := map[string]string{"/" + p.name: "content"}
			for _, d := range list {
				want["/"+p.name+"!"+d.Path] = short(d)
			}
			a, b := fill(map[string]string{p.name: string(shell(t, dirA, p.script))}), fill(map[string]string{p.name: string(shell(t, dirB, p.script))})
			got, _ := compare(t, a, b, treediff.Options{})
			same(t, shorts(got), want)
			var order, tree []string
			for _, d := range got[1:] {
				order = append(order, strings.TrimPrefix(d.Path, "/"+p.name+"!"))
			}
			for _, d := range list {
				tree = append(tree, d.Path)
			}
			if !slices.Equal(order, tree) {
				t.Errorf("seed %d: members come as %v, paths as %v", seed, order, tree)
			}
		}
	}
}
