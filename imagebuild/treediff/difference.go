package treediff

import "time"

// Kind says in which tree a path is.
type Kind string

const (
	OnlyA   Kind = "only-a"
	OnlyB   Kind = "only-b"
	Changed Kind = "changed" // it is in both, and differs
)

// Aspect is in what respect a path differs that is in both trees.
type Aspect string

const (
	Type     Aspect = "type"
	Content  Aspect = "content"  // of a regular file
	Mode     Aspect = "mode"     // the twelve bits that chmod sets
	Owner    Aspect = "owner"    // user or group, by number
	Target   Aspect = "target"   // of a symbolic link
	Device   Aspect = "device"   // major or minor number
	HardLink Aspect = "hardlink" // which of the other paths in both trees are names of the same file
	Xattrs   Aspect = "xattrs"   // extended attributes
	Flags    Aspect = "flags"    // of chattr
	Project  Aspect = "project"  // of quotas
	ModTime  Aspect = "mtime"    // with Options.Times only
	ATime    Aspect = "atime"    // this and the following with Options.AllTimes only
	CTime    Aspect = "ctime"
	CrTime   Aspect = "crtime"
)

// Aspects are all there are, in the order in which a [Difference] lists them.
var Aspects = []Aspect{Type, Content, Mode, Owner, Target, Device, HardLink, Xattrs, Flags, Project, ModTime, ATime, CTime, CrTime}

// Difference is a path that differs. Which fields of A and B are set, and what else is, [Options.Brief] decides.
type Difference struct {
	// Path is from the root: /etc/passwd. That of a member of an archive is the archive's and the member's name, with !/
	// between them: /boot/initrd.img!/etc/passwd.
	Path string `json:"path"`
	// Within is the path of the archive, of a member.
	Within string `json:"within,omitempty"`
	// RawPath is Path where that is not UTF-8, for which JSON has no form.
	RawPath []byte   `json:"rawPath,omitempty"`
	Kind    Kind     `json:"kind"`
	Aspects []Aspect `json:"aspects,omitempty"` // of a path in both trees, in the order of the constants
	A       *File    `json:"a,omitempty"`
	B       *File    `json:"b,omitempty"`
	// Lines counts the lines that only one side has, where the content differs and is text on both.
	Lines *Lines `json:"lines,omitempty"`
	// SameAs is another path whose content differs in the same way, as both are names of one file in both trees.
	SameAs string `json:"sameAs,omitempty"`
	// Inside tells how contents differ that are no plain text.
	Inside *Inside `json:"inside,omitempty"`
	// Diff is a unified diff of the content, of the unpacked one where Inside has forms.
	Diff string `json:"diff,omitempty"`
}

// Has says whether a path that is in both trees differs in some respect.
func (d *Difference) Has(a Aspect) bool {
	for _, x := range d.Aspects {
		if x == a {
			return true
		}
	}
	return false
}

// Lines counts lines.
type Lines struct {
	OnlyA int `json:"onlyA"`
	OnlyB int `json:"onlyB"`
}

// File is what stands at a path in one tree.
type File struct {
	Type  string `json:"type"` // file, dir, symlink, fifo, socket, char or block
	Mode  string `json:"mode"` // four octal digits
	UID   uint32 `json:"uid"`
	GID   uint32 `json:"gid"`
	User  string `json:"user,omitempty"` // by the tree's own /etc/passwd
	Group string `json:"group,omitempty"`
	// Size in bytes, of a regular file.
	Size *int64 `json:"size,omitempty"`
	// SHA256 in hex, of a regular file of at most 16 GiB that is in one tree only or whose content differs.
	SHA256   string     `json:"sha256,omitempty"`
	Target   string     `json:"target,omitempty"`   // of a symbolic link
	Device   string     `json:"device,omitempty"`   // major:minor
	HardLink string     `json:"hardlink,omitempty"` // a path before this one that is the same file
	Xattrs   []Xattr    `json:"xattrs,omitempty"`   // sorted by name; of a path in both trees those that differ
	Flags    string     `json:"flags,omitempty"`    // letters of chattr, without those that tell how a file is stored
	Project  uint32     `json:"project,omitempty"`
	ModTime  *time.Time `json:"mtime,omitempty"` // with Options.Times or AllTimes
	ATime    *time.Time `json:"atime,omitempty"` // this and the following with Options.AllTimes only
	CTime    *time.Time `json:"ctime,omitempty"`
	CrTime   *time.Time `json:"crtime,omitempty"` // where the inode has room for it
}

// Xattr is an extended attribute, its value as text.
type Xattr struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Summary counts what a comparison found.
type Summary struct {
	Compared int            `json:"compared"` // paths that are in at least one tree
	OnlyA    int            `json:"onlyA"`
	OnlyB    int            `json:"onlyB"`
	Changed  int            `json:"changed"`
	Aspects  map[Aspect]int `json:"aspects"` // of the changed
	Lines    Lines          `json:"lines"`
	// Times is the number of paths in both trees whose time of modification differs, whether they are told or not.
	Times int `json:"times"`
	// Packed is the number of files and members whose content is the same, packed differently. They are among the changed.
	Packed int `json:"packed"`
	// Members counts those of archives. They are not among the paths.
	Members Members `json:"members"`
}

// Differ says whether anything was found.
func (s Summary) Differ() bool { return s.OnlyA+s.OnlyB+s.Changed > 0 }
