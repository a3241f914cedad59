package layout

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// every table, with the view over the same bytes and how long the record is.
var fieldTables = []struct {
	name   string
	view   any
	size   int
	fields []Field
}{
	{"superblock", Superblock(nil), SuperblockSize, SuperblockFields},
	{"short descriptor", Group(nil), 32, GroupFields(32)},
	{"long descriptor", Group(nil), 64, GroupFields(64)},
	{"longer descriptor", Group(nil), 128, GroupFields(128)},
	{"inode", Inode(nil), 160, append(slices.Clone(InodeFields), InodeExtraFields...)},
	{"entry", Dirent(nil), DirentHeader, DirentFields},
	{"extent", Extent(nil), ExtentEntrySize, ExtentFields},
	{"extent index", ExtentIndex(nil), ExtentEntrySize, ExtentIndexFields},
	{"extent header", ExtentNode(nil), ExtentEntrySize, ExtentHeaderFields},
	{"attributes", XattrHeader(nil), XattrHeaderSize, XattrHeaderFields},
	{"attribute", XattrEntry(nil), XattrEntrySize, XattrEntryFields},
	{"journal", JournalSuperblock(nil), JournalSuperblockSize, JournalSuperblockFields},
	{"journal block", JournalBlock(nil), 12, JournalHeaderFields},
	{"commit", JournalBlock(nil), 60, JournalCommitFields},
	{"mmp", MMP(nil), MMPSize, MMPFields},
	{"quota", QuotaInfo(nil), QuotaInfoSize, QuotaInfoFields},
}

func TestFieldsFillTheirRecords(t *testing.T) {
	for _, c := range fieldTables {
		end := 0
		names := map[string]bool{}
		for _, f := range c.fields {
			if f.Off != end || f.Len <= 0 || names[f.Name] {
				t.Errorf("%s: %s lies at %#x, what is before it ends at %#x", c.name, f.Name, f.Off, end)
			}
			names[f.Name] = true
			end = f.End()
			for off := f.Off; off < f.End(); off++ {
				if got, ok := FieldAt(c.fields, off); !ok || got != f {
					t.Fatalf("%s: byte %d: %v", c.name, off, got)
				}
			}
		}
		if end != c.size {
			t.Errorf("%s: the fields end at %d of %d bytes", c.name, end, c.size)
		}
		if _, ok := FieldAt(c.fields, end); ok {
			t.Errorf("%s: there is a field behind the last", c.name)
		}
	}
}

// renamed are the accessors whose names are not those of their fields.
var renamed = map[string]string{
	"ReservedBlocks": "rblockscount", "MountTime": "mtime", "WriteTime": "wtime", "LastCheck": "lastcheck", "MountCount": "mntcount",
	"MaxMountCount": "maxmntcount", "ErrorsBehaviour": "errors", "FirstInode": "firstino", "Compat": "featurecompat",
	"Incompat": "featureincompat", "ROCompat": "featurerocompat", "JournalUUID": "journaluuid", "JournalInode": "journalinum",
	"JournalDevice": "journaldev", "HashSeedBytes": "hashseed", "JournalBackupType": "jnlbackuptype", "JournalBlocks": "jnlblocks",
	"UserQuotaInode": "usrquotainum", "GroupQuotaInode": "grpquotainum", "ProjectQuotaInode": "prjquotainum",
	"LostFoundInode": "lpfino", "StoredChecksumSeed": "checksumseed", "OrphanFileInode": "orphanfileinum",
	"Size": "size", "ValueHash": "atime", "ProjectID": "projid", "Type": "mode", "IsDir": "mode", "IsRegular": "mode", "IsSymlink": "mode",
	"IsDevice": "mode", "Len": "len", "Uninit": "len", "Start": "start", "Leaf": "leaf",
	"NameIndex": "nameindex", "ValueOffset": "valueoffs", "ValueInode": "valueinum", "BlockType": "blocktype",
	"BlockSize": "blocksize", "FCBlocks": "numfcblks", "CommitChecksumType": "chksumtype", "CommitChecksumSize": "chksumsize",
	"CommitChecksum": "chksum", "CommitTime": "commitsec", "Sequence": "seq", "NodeName": "nodename", "Device": "bdevname",
	"BlockGrace": "bgrace", "InodeGrace": "igrace", "FreeBlock": "freeblk", "Capacity": "",
}

// plain is the name of a field as accessors have it.
func plain(name string) string {
	_, name, _ = strings.Cut(name, "_")
	for _, end := range []string{"_lo", "_hi", "_high", "_extra"} {
		name = strings.TrimSuffix(name, end)
	}
	return strings.ReplaceAll(name, "_", "")
}

// An accessor depends on the fields that bear its name and on no others, but for
// those that say whether it counts.
func TestFieldsAgreeWithAccessors(t *testing.T) {
	for _, c := range fieldTables {
		view := reflect.TypeOf(c.view)
		for i := range view.NumMethod() {
			m := view.Method(i)
			if m.Type.NumIn() != 1 || m.Type.NumOut() != 1 || strings.HasPrefix(m.Name, "Compute") || strings.Contains(m.Name, "Tail") || slices.Contains([]string{"Name", "ChecksumSeed", "RevokeBytes"}, m.Name) {
				continue
			}
			touched := touchedFields(c.view, m, c.size, c.fields)
			for _, f := range touched {
				want := renamed[m.Name]
				if want == "" {
					want = strings.ToLower(m.Name)
				}
				names := []string{plain(f), strings.ReplaceAll(strings.TrimPrefix(f, "det_"), "_", "")}
				switch {
				case slices.Contains(names, want), strings.HasSuffix(names[0], want):
				case slices.Contains([]string{"revlevel", "featureincompat"}, names[0]) && c.name == "superblock":
				case names[0] == "extraisize" && c.name == "inode":
				case m.Name == "BlocksCount" && names[0] == "blocks": // of an inode
				case m.Name == "ValueRefs" && (names[0] == "ctime" || names[0] == "version"):
				case m.Name == "Sequence" && names[0] == "sequence", m.Name == "Type" && names[0] == "blocktype", m.Name == "Block" && names[0] == "block":
				default:
					t.Errorf("%s: %s reads %s", c.name, m.Name, f)
				}
			}
			if len(touched) == 0 && m.Name != "Capacity" && !gated(c.name, m.Name) {
				t.Errorf("%s: %s reads no field", c.name, m.Name)
			}
		}
	}
}

// gated accessors read what lies outside of the record here, or count with a
// feature only.
func gated(record, name string) bool {
	switch record {
	case "journal block":
		return strings.HasPrefix(name, "Commit")
	case "inode": // a type that one changed bit does not give
		return name == "IsDevice" || name == "IsSymlink"
	case "extent header":
		return name == "Checksum"
	}
	return false
}

// touchedFields are the fields of which some byte changes what the accessor gives.
func touchedFields(view any, m reflect.Method, size int, table []Field) (names []string) {
	get := func(b []byte) (out any) {
		defer func() {
			if recover() != nil {
				out = nil // it lies behind the record
			}
		}()
		v := reflect.ValueOf(b).Convert(reflect.TypeOf(view))
		out = m.Func.Call([]reflect.Value{v})[0].Interface()
		if s, ok := out.([]byte); ok {
			return string(s)
		}
		return out
	}
	for _, base := range []byte{0, 1} { // features off, and some on
		b := make([]byte, size)
		for i := range b {
			b[i] = base
		}
		if base == 1 {
			if size == SuperblockSize {
				b[0x60], b[0x4C] = 0xC0, 1 // 64bit
			} else if size == 160 {
				b[0x80] = 32
			}
		}
		was := get(b)
		for off := range b {
			for _, flip := range []byte{0xFF, 0x40, 0x80} {
				b[off] ^= flip
				changed := get(b) != was
				b[off] ^= flip
				if f, _ := FieldAt(table, off); changed && !slices.Contains(names, f.Name) {
					names = append(names, f.Name)
				}
			}
		}
	}
	return names
}

func TestFieldValues(t *testing.T) {
	inode := make(Inode, 256)
	inode.SetExtraIsize(32)
	inode.SetMode(ModeRegular | 0o644)
	inode.SetUID(0x10002)
	inode.SetFlags(0x80000)
	if !inode.SetMtime(time.Date(2014, 5, 13, 16, 53, 20, 7, time.UTC)) {
		t.Fatal("time")
	}
	sb := make(Superblock, SuperblockSize)
	copy(sb.UUID(), "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef")
	sb.SetVolumeName("lb-root")
	j := make(JournalSuperblock, JournalSuperblockSize)
	j.SetMaxLen(1024)
	for want, c := range map[string]struct {
		table []Field
		name  string
		b     []byte
	}{
		"0100644":                              {InodeFields, "i_mode", inode},
		"2":                                    {InodeFields, "i_uid", inode},
		"2014-05-13T16:53:20Z":                 {InodeFields, "i_mtime", inode},
		"7 ns, epoch 0":                        {InodeExtraFields, "i_mtime_extra", inode},
		"0x00080000":                           {InodeFields, "i_flags", inode},
		"01234567-89ab-cdef-0123-456789abcdef": {SuperblockFields, "s_uuid", sb},
		`"lb-root"`:                            {SuperblockFields, "s_volume_name", sb},
		"1024":                                 {JournalSuperblockFields, "s_maxlen", j},
		"00000000000000000000000000000000…":    {SuperblockFields, "s_reserved", sb},
	} {
		i := slices.IndexFunc(c.table, func(f Field) bool { return f.Name == c.name })
		if f := c.table[i]; f.Value(c.b[f.Off:f.End()]) != want {
			t.Errorf("%s: %s instead of %s", c.name, f.Value(c.b[f.Off:f.End()]), want)
		}
	}
}
