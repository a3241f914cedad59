package treediff

import (
	"fmt"
	"io/fs"
	"strings"

	"lbimage/imagebuild/ext"
	"lbimage/overlay"
)

// chattrFlags are the flags that say what a file is for. The others tell how it is stored, which is no difference.
const chattrFlags = ext.FlagSecureDelete | ext.FlagUndelete | ext.FlagSync | ext.FlagDirSync | ext.FlagImmutable | ext.FlagAppend |
	ext.FlagNoDump | ext.FlagNoAtime | ext.FlagCompress | ext.FlagJournal | ext.FlagNoTail | ext.FlagTopDir | ext.FlagDAX |
	ext.FlagProjectInherit | ext.FlagCasefold | flagNoCow

const flagNoCow = 0x00800000 // C

// facts are what is compared of a file beside its content and its extended attributes.
type facts struct {
	info   fs.FileInfo
	state  overlay.FileState // mode, owner and link target
	inode  uint64            // 0 where the tree does not tell
	names  uint64            // of the inode
	major  uint64
	minor  uint64
	flags  uint32
	projID uint32
}

// factsOf describes what stands at a name.
func (s *side) factsOf(name string, info fs.FileInfo) (*facts, error) {
	const bits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	f := &facts{info: info, state: overlay.FileState{Mode: info.Mode() & (fs.ModeType | bits), Size: info.Size()}}
	var err error
	if f.state.UID, f.state.GID, err = overlay.OwnerOf(info); err != nil {
		return nil, at(name, err)
	}
	f.inode, _ = overlay.SysField(info, "Ino")
	f.names, _ = overlay.SysField(info, "Nlink")
	flags, _ := overlay.SysField(info, "Flags")
	f.flags = uint32(flags) & chattrFlags
	project, _ := overlay.SysField(info, "ProjectID")
	f.projID = uint32(project)
	if info.Mode()&fs.ModeDevice != 0 {
		var ok bool
		if f.major, ok = overlay.SysField(info, "Major"); ok {
			f.minor, _ = overlay.SysField(info, "Minor")
		} else {
			dev, _ := overlay.SysField(info, "Rdev") // as the Linux C library packs it
			f.major, f.minor = dev>>8&0xfff|dev>>32&^0xfff, dev&0xff|dev>>12&^0xff
		}
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if f.state.Target, err = s.Tree.ReadLink(name); err != nil {
			return nil, at(name, err)
		}
	}
	return f, nil
}

// linked says whether the file has other names that can be told.
func (f *facts) linked() bool { return f.inode != 0 && f.names > 1 && !f.info.IsDir() }

// file is what is told of a side.
func (s *side) file(f *facts, o Options) *File {
	out := &File{
		Type: TypeName(f.state.Mode), Mode: fmt.Sprintf("%04o", f.state.Unix()), UID: f.state.UID, GID: f.state.GID,
		User: s.Users[f.state.UID], Group: s.Groups[f.state.GID], Target: f.state.Target, Project: f.projID,
		Flags: strings.ReplaceAll(ext.FlagString(f.flags), "-", ""),
	}
	if f.state.Mode.IsRegular() {
		size := f.info.Size()
		out.Size = &size
	}
	if f.state.Mode&fs.ModeDevice != 0 {
		out.Device = fmt.Sprintf("%d:%d", f.major, f.minor)
	}
	if o.Times || o.AllTimes {
		t := f.info.ModTime().UTC()
		out.ModTime = &t
	}
	if o.AllTimes {
		out.ATime, out.CTime, out.CrTime = f.time("Atime"), f.time("Ctime"), f.time("Crtime")
	}
	return out
}

// TypeName names the type of a file in one word.
func TypeName(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "file"
	case mode.IsDir():
		return "dir"
	case mode&fs.ModeSymlink != 0:
		return "symlink"
	case mode&fs.ModeNamedPipe != 0:
		return "fifo"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeCharDevice != 0:
		return "char"
	case mode&fs.ModeDevice != 0:
		return "block"
	}
	return "unknown"
}
