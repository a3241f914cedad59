package layout_test

import (
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lbimage/imagebuild/ext/internal/layout"
)

// TestSuperblock holds the fields against what dumpe2fs prints.
func TestSuperblock(t *testing.T) {
	for name, args := range map[string][]string{
		"32bit": {"-b", "1024", "-I", "128", "-O", features + "resize_inode,uninit_bg"},
		"64bit": {"-b", "4096", "-I", "512", "-O", features + "resize_inode,extra_isize,64bit,metadata_csum,metadata_csum_seed,sparse_super2,stable_inodes"},
	} {
		t.Run(name, func(t *testing.T) {
			path := makeImage(t, append(args, "-L", "a volume name", "-E", "hash_seed=00112233-4455-6677-8899-aabbccddeeff")...)
			debugfs(t, path, "ssv mnt_count 7", "ssv max_mnt_count 33", "ssv last_mounted /mnt/somewhere", "ssv checkinterval 1000", "ssv kbytes_written 12345678",
				"ssv mtime 20400102030405", "ssv wtime 20410102030405", "ssv lastcheck 20420102030405", "ssv mkfs_time 20430102030405")
			sb := openImage(t, path).sb
			if sb.ROCompat()&layout.ROMetadataCsum != 0 && sb.ComputeChecksum() != sb.Checksum() {
				t.Error("debugfs wrote another checksum")
			}
			fields := map[string]string{}
			for line := range strings.Lines(run(t, 0, "", "dumpe2fs", "-h", path)) {
				if k, v, ok := strings.Cut(line, ":"); ok {
					fields[k] = strings.TrimSpace(v)
				}
			}
			uuid := hex.EncodeToString(sb.UUID())
			var seed []byte
			for _, w := range sb.HashSeed() {
				seed = append(seed, byte(w), byte(w>>8), byte(w>>16), byte(w>>24))
			}
			if string(seed) != string(sb.HashSeedBytes()) {
				t.Error("HashSeed and HashSeedBytes differ")
			}
			want := map[string]any{
				"Filesystem volume name":  sb.VolumeName(),
				"Last mounted on":         sb.LastMounted(),
				"Filesystem UUID":         dashes(uuid),
				"Filesystem magic number": fmt.Sprintf("0x%X", sb.Magic()),
				"Filesystem revision #":   fmt.Sprintf("%d (dynamic)", sb.RevLevel()),
				"Filesystem features":     strings.Join(slices.Concat(layout.CompatNames(sb.Compat()), layout.IncompatNames(sb.Incompat()), layout.ROCompatNames(sb.ROCompat())), " "),
				"Inode count":             sb.InodesCount(),
				"Block count":             sb.BlocksCount(),
				"Reserved block count":    sb.ReservedBlocks(),
				"Overhead clusters":       sb.OverheadBlocks(),
				"Free blocks":             sb.FreeBlocksCount(),
				"Free inodes":             sb.FreeInodesCount(),
				"First block":             sb.FirstDataBlock(),
				"Block size":              1024 << sb.LogBlockSize(),
				"Fragment size":           1024 << sb.LogClusterSize(),
				"Reserved GDT blocks":     sb.ReservedGDTBlocks(),
				"Blocks per group":        sb.BlocksPerGroup(),
				"Fragments per group":     sb.ClustersPerGroup(),
				"Inodes per group":        sb.InodesPerGroup(),
				"Flex block group size":   1 << sb.LogGroupsPerFlex(),
				"Filesystem created":      timeText(sb.MkfsTime()),
				"Last mount time":         timeText(sb.MountTime()),
				"Last write time":         timeText(sb.WriteTime()),
				"Last checked":            timeText(sb.LastCheck()),
				"Mount count":             sb.MountCount(),
				"Maximum mount count":     sb.MaxMountCount(),
				"First inode":             sb.FirstInode(),
				"Inode size":              sb.InodeSize(),
				"Journal inode":           sb.JournalInode(),
				"Default directory hash":  []string{"legacy", "half_md4", "tea"}[sb.DefHashVersion()],
				"Directory Hash Seed":     dashes(hex.EncodeToString(sb.HashSeedBytes())),
				"Filesystem state":        map[uint16]string{1: "clean"}[sb.State()],
				"Errors behavior":         map[uint16]string{1: "Continue"}[sb.ErrorsBehaviour()],
				"Check interval":          fmt.Sprintf("%d (0:16:40)", sb.CheckInterval()),
				"Lifetime writes":         fmt.Sprintf("%d GB", (sb.KBytesWritten()+1<<19)>>20),
				"Journal backup":          map[uint8]string{1: "inode blocks"}[sb.JournalBackupType()],
				"Filesystem flags":        map[uint32]string{1: "signed_directory_hash", 2: "unsigned_directory_hash"}[sb.Flags()],
				"Filesystem OS type":      []string{"Linux"}[sb.CreatorOS()],
				"Required extra isize":    sb.MinExtraIsize(),
				"Desired extra isize":     sb.WantExtraIsize(),
				"Group descriptor size":   sb.DescSize(),
				"Checksum":                fmt.Sprintf("0x%08x", sb.Checksum()),
				"Checksum seed":           fmt.Sprintf("0x%08x", sb.StoredChecksumSeed()),
				"Backup block groups":     fmt.Sprintf("%d", sb.BackupBGs()[0]),
				"Checksum type":           []string{"", "crc32c"}[sb.ChecksumType()],
				"Reserved blocks uid":     "0 (user root)",
				"Reserved blocks gid":     "0 (group root)",
				"Default mount options":   map[uint32]string{0xC: "user_xattr acl", 0: "(none)"}[sb.DefaultMountOpts()],
			}
			seen := 0
			for _, label := range slices.Sorted(maps.Keys(want)) {
				got, printed := fields[label]
				if !printed {
					continue
				}
				seen++
				if w := fmt.Sprint(want[label]); got != w {
					t.Errorf("%s: %q, dumpe2fs prints %q", label, w, got)
				}
			}
			if seen < 40 {
				t.Errorf("dumpe2fs prints only %d of the fields", seen)
			}
		})
	}
}

func timeText(sec int64) string { return time.Unix(sec, 0).UTC().Format(time.ANSIC) }

func dashes(h string) string {
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// TestGroups holds descriptors of both sizes against what dumpe2fs prints.
func TestGroups(t *testing.T) {
	header := regexp.MustCompile(`^Group (\d+): \(Blocks .*\) csum (0x[0-9a-f]+)(?: \[(.*)\])?`)
	place := regexp.MustCompile(`^  (Block bitmap|Inode bitmap|Inode table) at (\d+)[^,]*(?:, csum (0x[0-9a-f]+))?`)
	counts := regexp.MustCompile(`^  (\d+) free blocks, (\d+) free inodes, (\d+) directories(?:, (\d+) unused inodes)?`)
	for name, args := range map[string][]string{
		"32 bytes": {"-b", "1024", "-g", "2048", "-O", features + "uninit_bg"},
		"64 bytes": {"-b", "1024", "-g", "2048", "-O", features + "extra_isize,64bit,metadata_csum"},
	} {
		t.Run(name, func(t *testing.T) {
			path := makeImage(t, args...)
			im := openImage(t, path)
			var g layout.Group
			seen := 0
			for line := range strings.Lines(run(t, 0, "", "dumpe2fs", path)) {
				equal := func(what, text string, got uint64) {
					t.Helper()
					if text == "" {
						return
					}
					want, err := strconv.ParseUint(text, 0, 64)
					must(t, err)
					if got != want {
						t.Errorf("%s: %d, dumpe2fs prints %s", what, got, text)
					}
					seen++
				}
				if m := header.FindStringSubmatch(line); m != nil {
					n, _ := strconv.Atoi(m[1])
					g = im.group(uint32(n))
					equal("checksum", m[2], uint64(g.Checksum()))
					var flags []string
					for i, name := range []string{"INODE_UNINIT", "BLOCK_UNINIT", "ITABLE_ZEROED"} {
						if g.Flags()>>i&1 != 0 {
							flags = append(flags, name)
						}
					}
					if got := strings.Join(flags, ", "); got != m[3] {
						t.Errorf("flags %s, dumpe2fs prints %s", got, m[3])
					}
				}
				if m := place.FindStringSubmatch(line); m != nil {
					at := map[string]uint64{"Block bitmap": g.BlockBitmap(), "Inode bitmap": g.InodeBitmap(), "Inode table": g.InodeTable()}
					csum := map[string]uint32{"Block bitmap": g.BlockBitmapCsum(), "Inode bitmap": g.InodeBitmapCsum()}
					equal(m[1], m[2], at[m[1]])
					equal(m[1]+" checksum", m[3], uint64(csum[m[1]]))
				}
				if m := counts.FindStringSubmatch(line); m != nil {
					equal("free blocks", m[1], uint64(g.FreeBlocksCount()))
					equal("free inodes", m[2], uint64(g.FreeInodesCount()))
					equal("directories", m[3], uint64(g.UsedDirsCount()))
					equal("unused inodes", m[4], uint64(g.ItableUnused()))
				}
			}
			if seen < 7*int(im.groups()) {
				t.Errorf("dumpe2fs prints %d values of %d groups", seen, im.groups())
			}
		})
	}
}

// TestGroupSetters shows that each field keeps its value and leaves the others.
func TestGroupSetters(t *testing.T) {
	for _, size := range []int{32, 64} {
		g := make(layout.Group, size)
		wide := uint64(0xFFFFFFFF)
		count := uint32(0xFFFF)
		if size == 64 {
			wide, count = 0x123456789ABC, 0x89ABCD
		}
		g.SetBlockBitmap(wide - 1)
		g.SetInodeBitmap(wide - 2)
		g.SetInodeTable(wide - 3)
		g.SetFreeBlocksCount(count - 4)
		g.SetFreeInodesCount(count - 5)
		g.SetUsedDirsCount(count - 6)
		g.SetItableUnused(count - 7)
		g.SetBlockBitmapCsum(count - 8)
		g.SetInodeBitmapCsum(count - 9)
		g.SetFlags(5)
		g.SetChecksum(0xABCD)
		got := []uint64{g.BlockBitmap(), g.InodeBitmap(), g.InodeTable(), uint64(g.FreeBlocksCount()), uint64(g.FreeInodesCount()), uint64(g.UsedDirsCount()),
			uint64(g.ItableUnused()), uint64(g.BlockBitmapCsum()), uint64(g.InodeBitmapCsum()), uint64(g.Flags()), uint64(g.Checksum())}
		c := uint64(count)
		want := []uint64{wide - 1, wide - 2, wide - 3, c - 4, c - 5, c - 6, c - 7, c - 8, c - 9, 5, 0xABCD}
		if !slices.Equal(got, want) {
			t.Errorf("%d bytes: %x, want %x", size, got, want)
		}
	}
}

// TestInode holds the fields of an inode that debugfs has set against it, and
// has debugfs read those that we set.
func TestInode(t *testing.T) {
	path := makeImage(t, "-b", "1024", "-I", "256", "-O", features+"extra_isize,64bit,project,quota")
	debugfs(t, path, "sif plain mode 0107755", "sif plain uid 70001", "sif plain gid 60002",
		"sif plain links_count 9", "sif plain generation 4000000001", "sif plain flags 0x80010", "sif plain projid 77777")
	m := regexp.MustCompile(`Inode: (\d+)`).FindStringSubmatch(run(t, 0, "", "debugfs", "-R", "stat plain", path))
	ino, _ := strconv.Atoi(m[1])
	im := openImage(t, path)
	i := im.inode(uint32(ino))
	check := func() {
		t.Helper()
		stat := run(t, 0, "", "debugfs", "-R", fmt.Sprintf("stat <%d>", ino), path)
		for pattern, got := range map[string]any{
			`Mode:\s+(\S+)`:                     fmt.Sprintf("%05o", i.Mode()&0o7777),
			`Flags: (\S+)`:                      fmt.Sprintf("0x%x", i.Flags()),
			`Generation: (\d+)`:                 i.Generation(),
			`User:\s+(\d+)`:                     i.UID(),
			`Group:\s+(\d+)`:                    i.GID(),
			`Project:\s+(\d+)`:                  i.ProjectID(),
			`Size: (\d+)`:                       i.Size(),
			`File ACL: (\d+)`:                   i.FileACL(),
			`Links: (\d+)`:                      i.LinksCount(),
			`Blockcount: (\d+)`:                 i.BlocksCount(),
			`Size of extra inode fields: (\d+)`: i.ExtraIsize(),
			`Type: (\S+)`:                       map[bool]string{true: "regular"}[i.IsRegular() && !i.IsDir() && !i.IsSymlink() && !i.IsDevice()],
		} {
			m := regexp.MustCompile(pattern).FindStringSubmatch(stat)
			if m == nil || m[1] != fmt.Sprint(got) {
				t.Errorf("%s: %v, debugfs prints %q", pattern, got, m)
			}
		}
	}
	if i.UID() != 70001 || i.Mode() != 0o107755 {
		t.Errorf("uid %d, mode %o", i.UID(), i.Mode())
	}
	check()
	i.SetMode(0o104711)
	i.SetUID(2000000000)
	i.SetGID(65536)
	i.SetSize(0x123456789A)
	i.SetLinksCount(65000)
	i.SetBlocksCount(0x123456789A)
	i.SetFlags(layout.InodeFlagExtents | layout.InodeFlagNoAtime)
	i.SetGeneration(123)
	i.SetFileACL(0x123456789A)
	im.save(path)
	check()
	if i.Dtime() != 0 {
		t.Error("a time of deletion")
	}
	i.SetDtime(5)
	if i.Dtime() != 5 || i.Has(layout.InodeFlagIndex) || !i.Has(layout.InodeFlagNoAtime) {
		t.Error("dtime or flags")
	}
}

// TestRecLen holds record lengths against the rule for large blocks.
func TestRecLen(t *testing.T) {
	d := layout.Dirent(make([]byte, 12))
	for _, size := range []int{1024, 4096, 32768, 65536} {
		for _, n := range []int{12, 264, size - 24, size - 12, size} {
			d.SetRecLen(n, size)
			if got := d.RecLen(size); got != n {
				t.Errorf("blocks of %d: %d becomes %d", size, n, got)
			}
		}
	}
	for stored, want := range map[uint16]int{0: 65536, 65535: 65536, 65532: 65532, 12: 12} {
		d[4], d[5] = byte(stored), byte(stored>>8)
		if got := d.RecLen(65536); got != want {
			t.Errorf("stored %d reads as %d", stored, got)
		}
	}
	d[4], d[5] = 0, 0
	if got := d.RecLen(32768); got != 0 {
		t.Errorf("0 reads as %d in a block of 32 KiB", got)
	}
}

// TestFileTypes holds the types in directory entries against mke2fs'.
func TestFileTypes(t *testing.T) {
	im := openImage(t, makeImage(t, "-b", "1024", "-O", features+"dir_index"))
	seen := map[uint8]bool{}
	for _, b := range im.blocks(im.inode(layout.InodeRoot)) {
		for off := 0; off < len(b); {
			d := layout.Dirent(b[off:])
			if d.Inode() != 0 {
				if want := layout.FileTypeOf(im.inode(d.Inode()).Mode()); want != d.FileType() {
					t.Errorf("%s: type %d, mke2fs stored %d", d.Name(), want, d.FileType())
				}
				seen[d.FileType()] = true
			}
			off += d.RecLen(len(b))
		}
	}
	if len(seen) != 6 { // all but sockets, which debugfs does not make
		t.Errorf("types %v", seen)
	}
	if got := layout.FileTypeOf(layout.ModeSocket | 0o777); got != layout.FTSocket {
		t.Errorf("a socket has type %d", got)
	}
	if got := layout.FileTypeOf(0); got != layout.FTUnknown {
		t.Errorf("no type gives %d", got)
	}
}

// TestXattrNames splits full names and joins them again.
func TestXattrNames(t *testing.T) {
	for full, want := range map[string]struct {
		index uint8
		name  string
	}{
		"user.x": {1, "x"}, "system.posix_acl_access": {2, ""}, "system.posix_acl_default": {3, ""}, "trusted.a.b": {4, "a.b"},
		"security.selinux": {6, "selinux"}, "system.data": {7, "data"}, "system.richacl": {8, ""}, "system.posix_acl_accessx": {7, "posix_acl_accessx"},
	} {
		index, name, ok := layout.SplitXattrName(full)
		if !ok || index != want.index || name != want.name {
			t.Errorf("%s: %d, %q, %v", full, index, name, ok)
		}
		if got, ok := layout.XattrName(index, name); !ok || got != full {
			t.Errorf("%d, %q: %s, %v", index, name, got, ok)
		}
	}
	for _, full := range []string{"", "x", "user.", "user", "other.x"} {
		if _, _, ok := layout.SplitXattrName(full); ok {
			t.Errorf("%q is a name", full)
		}
	}
	if _, ok := layout.XattrName(99, "x"); ok {
		t.Error("index 99 has a prefix")
	}
	if _, ok := layout.XattrName(2, "x"); ok {
		t.Error("an ACL has a name")
	}
}

// TestUnknownFeatures names bits that no one knows.
func TestUnknownFeatures(t *testing.T) {
	got := layout.IncompatNames(layout.IncompatExtents | 1<<30)
	if !slices.Equal(got, []string{"extent", "incompat feature 0x40000000"}) {
		t.Error(got)
	}
}
