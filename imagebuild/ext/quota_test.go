package ext

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/ext/internal/layout"
	"lbimage/imagebuild/ext/internal/quota"
)

var quotaShapes = []string{"ext4_quota", "ext4_quota_1k", "ext4_quota_el7", "ext4_bigalloc_quota"}

// listed is what debugfs reads from the quota files: bytes and inodes by owner.
func listed(t testing.TB, img, kind string) map[uint32]quota.Usage {
	t.Helper()
	out := map[uint32]quota.Usage{}
	for line := range strings.SplitSeq(debugfs(t, img, "list_quota "+kind), "\n") {
		var id uint32
		var u quota.Usage
		var limit [4]uint64
		if n, _ := fmt.Sscan(line, &id, &u.Space, &limit[0], &limit[1], &u.Inodes, &limit[2], &limit[3]); n == 7 {
			out[id] = u
		}
	}
	return out
}

// owned adds up what files have, as they say themselves.
func owned(t testing.TB, f *FS) (out [quota.Kinds]map[uint32]quota.Usage) {
	t.Helper()
	seen := map[uint32]bool{}
	for i := range out {
		out[i] = map[uint32]quota.Usage{}
	}
	var visit func(name string)
	visit = func(name string) {
		s := stat(t, f, name)
		link := s.Mode&layout.ModeType == layout.ModeSymlink && s.Flags&layout.InodeFlagInlineData != 0 // e2fsck leaves them out
		if !seen[s.Ino] && !link {
			seen[s.Ino] = true
			for i, id := range []uint32{s.UID, s.GID, s.ProjectID} {
				u := out[i][id]
				out[i][id] = quota.Usage{Space: u.Space + uint64(s.Sectors)*512, Inodes: u.Inodes + 1}
			}
		}
		if s.Mode&layout.ModeType != layout.ModeDir {
			return
		}
		list, err := f.ReadDir(name)
		must(t, err)
		for _, e := range list {
			visit(join(name, e.Name()))
		}
	}
	visit(".")
	return out
}

// wantQuotas holds the quota files against what files have, and lets e2fsck judge.
func wantQuotas(t testing.TB, f *FS, img *os.File) {
	t.Helper()
	judge(t, img.Name())
	have := owned(t, f)
	for kind, ino := range f.quotaInodes() {
		if ino == 0 {
			continue
		}
		if got, want := listed(t, img.Name(), quota.Kind(kind).String()), have[kind]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("the quota file of kind %s has %.2000s, files have %.2000s", quota.Kind(kind), fmt.Sprint(got), fmt.Sprint(want))
		}
	}
}

// The judges of these tests tell when a quota file is wrong.
func TestQuotaJudgesTell(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_quota"))
	f := edit(t, img)
	f.quotas = quotas{} // forget to keep them
	must(t, f.Chown("etc/passwd", 7, -1))
	must(t, f.Sync())
	if said := complaints(t, img.Name()); !strings.Contains(said, "Missing quota entry ID 7") || !strings.Contains(said, "Usage inconsistent for ID 0") {
		t.Errorf("e2fsck says %q", said)
	}
	if got, want := listed(t, img.Name(), "user"), owned(t, f)[quota.User]; fmt.Sprint(got) == fmt.Sprint(want) || len(got) != 1 {
		t.Errorf("debugfs lists %v", got)
	}
}

// Files go to many owners and back, so that trees grow and shrink.
func TestQuotaManyOwners(t *testing.T) {
	for i, name := range quotaShapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewSource(int64(i)))
			img := copyOf(t, shapeNamed(t, name))
			f := edit(t, img)
			must(t, f.Mkdir("owned", 0o755))
			var ids []int
			for k := range 200 {
				ids = append(ids, k*7, 60_000+k*100, rnd.Intn(1<<32-1))
			}
			for k := range 250 {
				must(t, f.WriteFile("owned/"+itoa(uint32(k)), data("o", k*40), 0o644))
				must(t, f.Chown("owned/"+itoa(uint32(k)), ids[k], ids[2*k]))
			}
			for range 4 {
				must(t, f.Sync())
				wantQuotas(t, f, img)
				f = edit(t, img)
				for k := range 250 {
					if rnd.Intn(2) == 0 {
						must(t, f.Chown("owned/"+itoa(uint32(k)), ids[rnd.Intn(len(ids))], ids[rnd.Intn(len(ids))]))
						must(t, f.Truncate("owned/"+itoa(uint32(k)), rnd.Int63n(9000)))
					}
				}
			}
			must(t, f.RemoveAll("owned"))
			must(t, f.Sync())
			wantQuotas(t, f, img)
			for _, kind := range []string{"user", "group"} {
				if got := listed(t, img.Name(), kind); len(got) > 1 {
					t.Errorf("after all is removed, %s has %v", kind, got)
				}
			}
		})
	}
}

// More owners in one operation than are remembered.
func TestQuotaOwnersInOneStep(t *testing.T) {
	img := copyOf(t, shape{name: "quota_owners", args: "-b 1024 -I 256 -N 9000 -O none," + feat8 + ",quota", fsck: true})
	f := edit(t, img)
	must(t, f.Mkdir("owned", 0o755))
	for k := range mostOwners + 900 {
		name := "owned/" + itoa(uint32(k))
		must(t, f.WriteFile(name, nil, 0o644))
		must(t, f.Chown(name, k+1, 5))
	}
	must(t, f.Sync())
	wantQuotas(t, f, img)
	f = edit(t, img)
	must(t, f.RemoveAll("owned"))
	must(t, f.Sync())
	wantQuotas(t, f, img)
}

// Room for new owners is kept, and asked for before anything is changed.
func TestQuotaFull(t *testing.T) {
	for _, name := range quotaShapes {
		img := copyOf(t, shapeNamed(t, name))
		f := edit(t, img)
		must(t, f.Mkdir("owned", 0o755))
		for k := range 90 {
			must(t, f.WriteFile("owned/"+itoa(uint32(k)), nil, 0o644))
		}
		must(t, f.WriteFile("rest", make([]byte, (int(f.free)-300)*f.bs), 0o644))
		for k := 0; f.free > 30; k++ {
			must(t, f.WriteFile("more"+itoa(uint32(k)), make([]byte, f.bs), 0o644))
		}
		refused := 0
		for k := range 90 {
			switch err := f.Chown("owned/"+itoa(uint32(k)), 1+k<<16, 1+k<<20); {
			case errors.Is(err, ErrNoSpace):
				refused++
			default:
				must(t, err)
			}
		}
		for k := 0; ; k++ { // and what is left goes to a file
			if err := f.WriteFile("last"+itoa(uint32(k)), make([]byte, f.bs), 0o644); err != nil {
				if !errors.Is(err, ErrNoSpace) {
					t.Fatal(err)
				}
				break
			}
		}
		if refused == 0 || refused == 90 {
			t.Errorf("%s: %d owners are refused", name, refused)
		}
		must(t, f.Sync())
		wantQuotas(t, f, img)
	}
}

// New files take the project of a folder that hands it down, and nothing of another
// project comes into it.
func TestProject(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_quota_1k"))
	debugfs(t, img.Name(), "sif /empty flags 0x20080000", "sif /empty projid 0")
	f := edit(t, img)
	must(t, f.SetProject("empty", 77_000))
	must(t, f.MkdirAll("empty/a/b", 0o755))
	must(t, f.WriteFile("empty/a/b/file", data("p", 5000), 0o644))
	must(t, f.Symlink(strings.Repeat("long/", 30), "empty/a/link"))
	must(t, f.Mknod("empty/a/pipe", fs.ModeNamedPipe|0o600, 0, 0))
	must(t, f.WriteFile("other", nil, 0o644))
	for name, want := range map[string]uint32{"empty": 77_000, "empty/a": 77_000, "empty/a/b/file": 77_000, "empty/a/link": 77_000, "empty/a/pipe": 77_000, "other": 0} {
		if s := stat(t, f, name); s.ProjectID != want {
			t.Errorf("%s is of project %d", name, s.ProjectID)
		} else if hands := s.Flags&layout.InodeFlagProjInherit != 0; hands != (want != 0 && s.Mode&layout.ModeType == layout.ModeDir) {
			t.Errorf("%s has flags %#x", name, s.Flags)
		}
	}
	before := slices.Clone(stat(t, f, "other").Mtime.AppendFormat(nil, "2006"))
	for _, err := range []error{f.Link("other", "empty/other"), f.Rename("other", "empty/a/other"), f.Rename("etc", "empty/etc")} {
		if !errors.Is(err, errProject) {
			t.Errorf("into a folder of another project: %v", err)
		}
	}
	must(t, f.Rename("empty/a/b/file", "empty/file"))
	must(t, f.Rename("empty/a/pipe", "pipe")) // out of it all may go
	must(t, f.SetProject("other", 77_000))
	must(t, f.Link("other", "empty/other"))
	if string(before) == "" || f.SetProject("other", 1<<32-1) == nil {
		t.Error("a project that there is none of")
	}
	f = finish(t, f, img)
	wantQuotas(t, f, img)
	must(t, f.RemoveAll("empty"))
	must(t, f.Remove("pipe"))
	must(t, f.SetProject("other", 0))
	must(t, f.Sync())
	wantQuotas(t, f, img)

	without := edit(t, copyOf(t, shapeNamed(t, "ext4_quota")))
	if err := without.SetProject("etc", 5); !errors.Is(err, ErrUnsupported) {
		t.Errorf("without the feature: %v", err)
	}
}

// quotaBlock changes bytes of a block of the user's quota file.
func quotaBlock(t testing.TB, f *os.File, n uint32, change func([]byte)) {
	fsys, err := Open(f, sizeOf(t, f))
	must(t, err)
	in, err := fsys.readInode(layout.InodeUserQuota)
	must(t, err)
	at := uint64(n) * layout.QuotaBlockSize
	p, err := in.find(at/uint64(fsys.bs), 1)
	must(t, err)
	raw(t, f, int64(p.start*uint64(fsys.bs)+at%uint64(fsys.bs)), layout.QuotaBlockSize, change)
}

// Limits and grace times are kept, and hold no one up.
func TestQuotaLimits(t *testing.T) {
	img := copyOf(t, shapeNamed(t, "ext4_quota_1k"))
	f := edit(t, img)
	must(t, f.Chown("etc/passwd", 7, 7))
	finish(t, f, img)
	blk := uint32(5) // behind head and tree
	quotaBlock(t, img, blk, func(b []byte) {
		for i := range layout.QuotaBlockEntries {
			if e := layout.QuotaBlock(b).Entry(i); e.ID() == 7 {
				e[0x20], e[0x28], e[0x10], e[0x38], e[0x40] = 9, 8, 1, 77, 78
			}
		}
	})
	f = edit(t, img)
	must(t, f.WriteFile("etc/passwd", make([]byte, 50_000), 0o644))
	must(t, f.Chown("etc/empty", 7, 7))
	finish(t, f, img)
	wantLimits := func(space, inodes uint64) {
		t.Helper()
		quotaBlock(t, img, blk, func(b []byte) {
			for i := range layout.QuotaBlockEntries {
				if e := layout.QuotaBlock(b).Entry(i); e.ID() == 7 && (e[0x20] != 9 || e[0x28] != 8 || e[0x10] != 1 || e.SpaceGrace() != space || e.InodesGrace() != inodes) {
					t.Errorf("%x", e)
				}
			}
		})
	}
	wantLimits(77, 78)
	must(t, f.Remove("etc/passwd"))
	must(t, f.Remove("etc/empty"))
	finish(t, f, img)
	wantLimits(0, 0)
	if got, ok := listed(t, img.Name(), "user")[7]; !ok || got != (quota.Usage{}) {
		t.Errorf("the limits are gone: %v", got)
	}
}

// A quota file that is not what it should be is refused, by name.
func TestRefuseQuota(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, f *os.File)
		says  string
	}{
		{"magic", func(t *testing.T, f *os.File) { quotaBlock(t, f, 0, func(b []byte) { b[0]++ }) }, "quota: inode 3: quota block 0: magic"},
		{"version", func(t *testing.T, f *os.File) { quotaBlock(t, f, 0, func(b []byte) { b[4] = 0 }) }, "version 0"},
		{"tree", func(t *testing.T, f *os.File) { quotaBlock(t, f, 1, func(b []byte) { b[40] = 1 }) }, "quota block 1: it leads to block 1"},
		{"no file", func(t *testing.T, f *os.File) { debugfs(t, f.Name(), "clri <3>") }, "inode 3: it is no plain file"},
		{"cut off", func(t *testing.T, f *os.File) { debugfs(t, f.Name(), "sif <3> size 4096") }, "blocks in a file of 4096 bytes"},
		{"another inode", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { copy(sb[0x240:], []byte{12}) })
		}, "inode 12: it cannot be the quota file of kind user"},
		{"project outside", func(t *testing.T, f *os.File) {
			super(t, f, func(sb layout.Superblock) { copy(sb[0x26C:], []byte{0, 0, 0, 9}) })
		}, "it cannot be the quota file of kind project"},
		{"too little", func(t *testing.T, f *os.File) {
			quotaBlock(t, f, 5, func(b []byte) { layout.QuotaBlock(b).Entry(0).SetSpace(1024) })
		}, "owner 0 gives back"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := copyOf(t, shapeNamed(t, "ext4_quota_1k"))
			c.spoil(t, f)
			fsys, err := OpenWritable(f, sizeOf(t, f), Options{Time: editTime})
			if err == nil {
				err = fsys.RemoveAll("usr")
			}
			var state *StateError
			if !errors.As(err, &state) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, which does not say %q", err, c.says)
			}
		})
	}
}
