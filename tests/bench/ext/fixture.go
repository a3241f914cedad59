//go:build linux

package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
)

const (
	imageSize = 1536 << 20
	treeSize  = 600 << 20
	largeSize = 500 << 20
	smallSize = 8 << 10
	folders   = 100 // of the tree of small files
	perFolder = 100
)

// features of the file systems that EL6 makes.
var features = map[string][]string{
	"ext4": {"-I", "256", "-O", "none,has_journal,ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file,extents,uninit_bg,flex_bg,huge_file,dir_nlink,extra_isize"},
	"ext3": {"-I", "128", "-O", "none,has_journal,ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file"},
	// What mke2fs makes today.
	"ext4-csum": {"-I", "256", "-O", "none,has_journal,ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file,extents,flex_bg,huge_file,dir_nlink,extra_isize,64bit,metadata_csum"},
}

// makeSources makes what the jobs put into the images: the same at every call.
//
//	tree/   600 MiB in files of half a KiB to 4 MiB, as in a small system
//	many/   100 folders of 100 files of 8 KiB
//	flat/   10,000 files of 8 KiB
//	large   a file of 500 MiB
//	small   a file of a few lines
func makeSources(dir string) error {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 8<<20) // contents: pieces of this
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	write := func(size int, elem ...string) error {
		path := filepath.Join(append([]string{dir}, elem...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		off := rnd.IntN(len(noise) - size)
		return os.WriteFile(path, noise[off:off+size], 0o644)
	}
	for i, total := 0, 0; total < treeSize; i++ {
		size := 512 * math.Pow(512, rnd.Float64()) // up to 256 KiB
		if i%20 == 0 {
			size = 256 << 10 * math.Pow(16, rnd.Float64())
		}
		total += int(size)
		if err := write(int(size), "tree", fmt.Sprintf("folder%03d", i/60), fmt.Sprintf("file%05d", i)); err != nil {
			return err
		}
	}
	for i := range folders * perFolder {
		if err := write(smallSize, "many", fmt.Sprintf("folder%02d", i/perFolder), fmt.Sprintf("file%04d", i)); err != nil {
			return err
		}
		if err := write(smallSize, "flat", fmt.Sprintf("file%04d", i)); err != nil {
			return err
		}
	}
	if err := write(300, "small"); err != nil {
		return err
	}
	large, err := os.Create(filepath.Join(dir, "large"))
	if err != nil {
		return err
	}
	defer large.Close()
	const piece = 4 << 20
	for range largeSize / piece {
		off := rnd.IntN(len(noise) - piece)
		if _, err := large.Write(noise[off : off+piece]); err != nil {
			return err
		}
	}
	return large.Close()
}

// makeImage makes a file system of 1.5 GiB with the tree in it.
func makeImage(typ, path, tree string) error {
	args, ok := features[typ]
	if !ok {
		return fmt.Errorf("there is no image type %q", typ)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		return err
	}
	if err := os.Truncate(path, imageSize); err != nil {
		return err
	}
	root := path + ".root"
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if err := os.WriteFile(filepath.Join(root, "etc", "changed.conf"), []byte("a = 1\n"), 0o644); err != nil {
		return err
	}
	if err := run("cp", "-al", tree, filepath.Join(root, "tree")); err != nil {
		return err
	}
	all := append([]string{"-q", "-F", "-b", "4096", "-i", "16384", "-E", "lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0", "-d", root}, args...)
	return run("mke2fs", append(all, path)...)
}

// run runs a program that is not measured.
func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}
