package dir

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
)

// churn puts names in, takes some out and puts others in, until n are left.
func churn(t *testing.T, d *Dir, ino uint32, n int, name func(int) string) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	var names []string
	for i := 0; len(names) < n; i++ {
		if len(names) > 0 && r.IntN(3) == 0 {
			k := r.IntN(len(names))
			if err := d.Remove(names[k]); err != nil {
				t.Fatal(err)
			}
			names[k] = names[len(names)-1]
			names = names[:len(names)-1]
		}
		if err := d.Insert(name(i), ino, layout.FTRegular); err != nil {
			t.Fatal(err)
		}
		names = append(names, name(i))
	}
}

func mixedName(i int) string {
	return fmt.Sprintf("%d-%s\xe9\xff", i, strings.Repeat("n", i*7%200))
}

const judged = "none,ext_attr,filetype,sparse_super,large_file,extent,"

// TestE2fsck has e2fsck judge directories of all kinds.
func TestE2fsck(t *testing.T) {
	for _, c := range []struct {
		name   string
		super  []string
		args   []string
		n      int
		name1  func(int) string
		levels int // of the index; 0 for none
	}{
		{"half_md4, 1 KiB", nil, []string{"-b", "1024", "-O", judged + "dir_index"}, 3000, mixedName, 2},
		{"half_md4, 1 KiB, csum", nil, []string{"-b", "1024", "-O", judged + "dir_index,metadata_csum"}, 3000, mixedName, 2},
		{"tea, signed, block map", []string{"ssv def_hash_version tea", "ssv flags 1"}, []string{"-b", "1024", "-O", "none,filetype,dir_index"}, 800, mixedName, 2},
		{"legacy, unsigned", []string{"ssv def_hash_version legacy", "ssv flags 2"}, []string{"-b", "1024", "-O", judged + "dir_index"}, 400, mixedName, 1},
		{"half_md4, unsigned, csum", []string{"ssv flags 2"}, []string{"-b", "2048", "-O", judged + "dir_index,metadata_csum,64bit"}, 500, mixedName, 1},
		{"4 KiB, csum seed", nil, []string{"-b", "4096", "-I", "512", "-O", judged + "dir_index,metadata_csum,metadata_csum_seed"}, 1000, mixedName, 1},
		{"64 KiB, csum", nil, []string{"-b", "65536", "-O", judged + "dir_index,metadata_csum"}, 1500, mixedName, 1},
		{"64 KiB", nil, []string{"-b", "65536", "-O", judged + "dir_index"}, 1500, mixedName, 1},
		{"64 KiB, linear", nil, []string{"-b", "65536", "-O", judged}, 800, mixedName, 0},
		{"linear, csum", nil, []string{"-b", "1024", "-O", judged + "metadata_csum"}, 300, mixedName, 0},
		{"linear, without filetype", nil, []string{"-b", "1024", "-O", "none"}, 300, mixedName, 0},
		{"hashed, without filetype", nil, []string{"-b", "1024", "-O", "none,dir_index"}, 300, mixedName, 1},
		{"one block, csum", nil, []string{"-b", "1024", "-O", judged + "dir_index,metadata_csum"}, 10, longNameOfThree, 0},
		{"large_dir, csum", nil, []string{"-b", "1024", "-O", judged + "dir_index,metadata_csum,large_dir"}, 22000, longName, 3},
		{"equal hashes", []string{"ssv def_hash_version legacy"}, []string{"-b", "1024", "-O", judged + "dir_index,metadata_csum"}, 60,
			func(i int) string { return append(sameHash(), longName(i))[min(i, len(sameHash()))] }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			size := int64(8 << 20)
			if c.levels == 3 || c.args[1] == "65536" {
				size = 32 << 20
			}
			j := newJudge(t, size, c.super, append(c.args, "-E", "hash_seed=00112233-4455-6677-8899-aabbccddeeff")...)
			d, s := j.dir()
			churn(t, d, j.file, c.n, c.name1)
			if levels(d) != c.levels {
				t.Errorf("index of %d levels in %d blocks", levels(d), len(s.blocks))
			}
			if err := d.Replace("..", layout.InodeRoot, layout.FTDir); err != nil {
				t.Error(err)
			}
			checkClean(t, d)
			if v := j.put(d, s, c.n); v != "" {
				t.Fatalf("e2fsck: %s", v)
			}
		})
	}
}

func longNameOfThree(i int) string { return fmt.Sprintf("%03d", i) }

// TestE2fsckSaysNo shows that the judge above can say no, and that Check sees
// what it sees.
func TestE2fsckSaysNo(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(d *Dir, s *memStore)
	}{
		{"hash of a pair", func(d *Dir, s *memStore) {
			e := layout.DxRoot(s.blocks[0]).Entries()
			e.SetHash(2, e.Hash(3)-2)
		}},
		{"blocks of two pairs changed", func(d *Dir, s *memStore) {
			e := layout.DxRoot(s.blocks[0]).Entries()
			a, b := e.Block(2), e.Block(3)
			e.SetBlock(2, b)
			e.SetBlock(3, a)
		}},
		{"a block left out", func(d *Dir, s *memStore) {
			e := layout.DxRoot(s.blocks[0]).Entries()
			e.SetCount(e.Count() - 1)
		}},
		{"a block twice", func(d *Dir, s *memStore) {
			e := layout.DxRoot(s.blocks[0]).Entries()
			e.SetBlock(2, e.Block(3))
		}},
		{"another hash version", func(d *Dir, s *memStore) { layout.DxRoot(s.blocks[0]).SetInfo(layout.HashTEA, 0) }},
		{"limit", func(d *Dir, s *memStore) { layout.DxRoot(s.blocks[0]).Entries().SetLimit(100) }},
		{"record length", func(d *Dir, s *memStore) { layout.Dirent(s.blocks[1]).SetRecLen(6, 1024) }},
		{"a name twice", func(d *Dir, s *memStore) {
			for _, leaf := range s.blocks[1:] { // where a name stays alone depends on the file system's own hash seed
				met := map[int]layout.Dirent{}
				b := block{data: leaf, end: 1024}
				for off := range b.records() {
					de := b.at(off)
					if other, ok := met[de.NameLen()]; ok && de.Inode() != 0 {
						copy(de.Name(), other.Name())
						return
					}
					if de.Inode() != 0 {
						met[de.NameLen()] = de
					}
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j := newJudge(t, 2<<20, nil, "-b", "1024", "-O", judged+"dir_index")
			d, s := j.dir()
			churn(t, d, j.file, 100, func(i int) string { return fmt.Sprintf("%03d%s", i, strings.Repeat("n", 60)) })
			before := bytes.Join(s.blocks, nil)
			c.damage(d, s)
			if bytes.Equal(before, bytes.Join(s.blocks, nil)) {
				t.Fatal("nothing was damaged")
			}
			problems := 0
			if err := d.Check(func(err error) { t.Log(err); problems++ }); err != nil || problems == 0 {
				t.Errorf("Check finds %d problems, %v", problems, err)
			}
			if v := j.put(d, s, 100); v == "" {
				t.Error("e2fsck is content")
			}
		})
	}
}

// TestOtherWriters reads directories that e2fsck has built, and changes them.
func TestOtherWriters(t *testing.T) {
	for _, features := range []string{"dir_index", "dir_index,metadata_csum"} {
		t.Run(features, func(t *testing.T) {
			j := newJudge(t, 8<<20, nil, "-b", "1024", "-O", judged+features)
			d, s := j.dir()
			churn(t, d, j.file, 3000, mixedName)
			if v := j.put(d, s, 3000); v != "" {
				t.Fatalf("e2fsck: %s", v)
			}
			if out, code := run(t, "", "e2fsck", "-fyD", j.image); code > 1 {
				t.Fatal(out)
			}
			got := j.fetch()
			p := j.p
			p.Indexed = true
			theirs := New(got, p)
			checkClean(t, theirs)
			want := model{}
			if err := d.Each(func(e Entry) error {
				if !isDots(e.Name) {
					want[e.Name] = e
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			want.check(t, theirs)

			// Their leaves are nearly full: a removed name makes room for one of
			// the same length with a hash nearby, a Replace for none.
			for _, e := range want {
				if err := theirs.Replace(e.Name, e.Inode, e.Type); err != nil {
					t.Fatal(err)
				}
				if err := theirs.Remove(e.Name); err != nil {
					t.Fatal(err)
				}
				if err := theirs.Insert(e.Name, e.Inode, e.Type); err != nil {
					t.Fatal(err)
				}
			}
			want.check(t, theirs)
			j.store(got)
			if v := j.verdict(); v != "" {
				t.Errorf("e2fsck: %s", v)
			}
		})
	}
}
