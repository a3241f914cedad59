package ext

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// debugfs sets fields by their names: the bytes that change are those of that field
// and of checksums.
func TestFieldsJudgedByDebugfs(t *testing.T) {
	type change struct{ command, want string }
	both := []change{
		{"ssv mnt_count 77", "superblock: s_mnt_count"},
		{"ssv volume_name changed", "superblock: s_volume_name"},
		{"ssv free_blocks_count 3", "superblock: s_free_blocks_count_lo"},
		{"ssv first_error_line 5", "superblock: s_first_error_line"},
		{"ssv kbytes_written 123456", "superblock: s_kbytes_written"},
		{"ssv checkinterval 99", "superblock: s_checkinterval"},
		{"ssv mount_opts abc", "superblock: s_mount_opts"},
		{"set_bg 1 free_blocks_count 99", "descriptor of group 1: bg_free_blocks_count_lo"},
		{"set_bg 1 used_dirs_count 77", "descriptor of group 1: bg_used_dirs_count_lo"},
		{"set_bg 0 flags 6", "descriptor of group 0: bg_flags"},
		{"sif /etc/passwd mode 0100600", "inode N: i_mode"},
		{"sif /etc/passwd uid 7", "inode N: i_uid"},
		{"sif /etc/passwd gid 7", "inode N: i_gid"},
		{"sif /etc/passwd size 30", "inode N: i_size_lo"},
		{"sif /etc/passwd mtime @1234567890", "inode N: i_mtime"},
		{"sif /etc/passwd atime @1234567890", "inode N: i_atime"},
		{"sif /etc/passwd ctime @1234567890", "inode N: i_ctime"},
		{"sif /etc/passwd links_count 9", "inode N: i_links_count"},
		{"sif /etc/passwd generation 12345", "inode N: i_generation"},
		{"sif /etc/passwd flags 0x10", "inode N: i_flags"},
		{"freeb 400 40", "block bitmap of group"},
		{"seti <700>", "inode bitmap of group"},
	}
	large := []change{
		{"sif /etc/passwd crtime @1234567890", "inode N: i_crtime"},
		{"sif /etc/passwd mtime_extra 4", "inode N: i_mtime_extra"},
		{"sif /etc/passwd projid 4", "inode N: i_projid"},
	}
	for _, name := range []string{"ext3_1k_256", "ext4_el8_csum", "ext4_csum_1k", "ext4_metabg", "ext3_el5_128"} {
		s := shapeNamed(t, name)
		list := both
		if !strings.HasSuffix(name, "_128") {
			list = append(slices.Clone(both), large...)
		}
		t.Run(name, func(t *testing.T) {
			before := readFile(t, imageOf(t, s))
			r := bytes.NewReader(before)
			m := openMap(t, r, int64(len(before)))
			for _, c := range list {
				if strings.HasPrefix(c.command, "set_bg 1") && m.BlockSize() == 4096 {
					continue // there is one group
				}
				f := copyOf(t, s)
				debugfs(t, f.Name(), c.command)
				after := readFile(t, f.Name())
				var asked []PieceRange
				for i := range before {
					if before[i] != after[i] {
						asked = append(asked, bytesAt(int64(i), 1))
					}
				}
				found := false
				for _, p := range pieces(t, m, asked, LocateOptions{}) {
					got := regexp.MustCompile(`inode \d+`).ReplaceAllString(p.String(), "inode N")
					switch {
					case strings.HasPrefix(got, c.want):
						found = true
					case p.Kind == PieceDescriptor && strings.HasSuffix(c.want, p.Field): // a backup
					case strings.Contains(p.Field, "csum"), strings.Contains(p.Field, "checksum"):
					case strings.HasPrefix(c.command, "freeb"), strings.HasPrefix(c.command, "seti"):
						if !strings.Contains(p.Field, "free_") && !strings.Contains(p.Field, "flags") && !strings.Contains(p.Field, "itable_unused") && p.Field != "s_wtime" {
							t.Errorf("%s changes %v", c.command, p)
						}
					case strings.HasSuffix(c.command, "projid 4"), p.Field == "s_wtime", p.Field == "s_kbytes_written":
					default:
						t.Errorf("%s changes %v", c.command, p)
					}
				}
				if !found {
					t.Errorf("%s: no %s among the changes of %d bytes", c.command, c.want, len(asked))
				}
			}
		})
	}
}

func TestPieceValues(t *testing.T) {
	f := copyOf(t, shapeNamed(t, "ext4_el8_csum"))
	debugfs(t, f.Name(), "sif /etc/passwd mtime @1400000000", "sif /etc/passwd mode 0100640", "ssv volume_name lb-root")
	m := openMap(t, f, sizeOf(t, f))
	want := map[string]string{"i_mtime": "2014-05-13T16:53:20Z", "i_mode": "0100640", "s_volume_name": `"lb-root"`, "e_name": `"selinux"`, "value": `"system_u:object_r:passwd_file_t:s0"`}
	fsys, err := Open(f, sizeOf(t, f))
	must(t, err)
	fi, err := fsys.Lstat("etc/passwd")
	must(t, err)
	ino := fi.Sys().(*Stat).Ino
	for _, p := range pieces(t, m, []PieceRange{bytesAt(0, m.Size())}, LocateOptions{}) {
		text, ok := want[p.Field]
		if !ok || p.Kind == PieceSuperblock && p.Group > 0 || p.Kind != PieceSuperblock && p.Inode != ino {
			continue
		}
		got, err := p.Value(f)
		must(t, err)
		if got != text {
			t.Errorf("%v: %s instead of %s", p, got, text)
		}
		delete(want, p.Field)
	}
	for field := range want {
		t.Errorf("no %s", field)
	}
}
