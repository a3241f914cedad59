package ext

import (
	"encoding/binary"
	"io/fs"
	"path"
	"time"

	"lbimage/imagebuild/ext/internal/dir"
	"lbimage/imagebuild/ext/internal/layout"
)

// Stat is what FileInfo.Sys gives for files of an [FS], by pointer: the fields of
// the inode.
type Stat struct {
	Ino        uint32
	Mode       uint16 // type and permissions as on disk: 0100644 for a plain file
	UID, GID   uint32
	Nlink      uint32 // names of the inode
	Major      uint32 // of a device
	Minor      uint32
	Size       int64 // bytes
	Sectors    int64 // units of 512 bytes that the inode owns, with those of its map and attributes
	Atime      time.Time
	Mtime      time.Time
	Ctime      time.Time
	Crtime     time.Time // zero in inodes of 128 bytes
	Flags      uint32    // as chattr sets them, and others
	Generation uint32
	ProjectID  uint32
}

func (in *inode) stat() *Stat {
	s := &Stat{
		Ino:        in.no,
		Mode:       in.Mode(),
		UID:        in.UID(),
		GID:        in.GID(),
		Nlink:      uint32(in.LinksCount()),
		Size:       int64(in.size()),
		Sectors:    int64(in.sectors()),
		Atime:      in.Atime(),
		Mtime:      in.Mtime(),
		Ctime:      in.Ctime(),
		Crtime:     in.Crtime(),
		Flags:      in.Flags(),
		Generation: in.Generation(),
		ProjectID:  in.ProjectID(),
	}
	if in.IsDevice() {
		s.Major, s.Minor = device(in.Block())
	}
	return s
}

// device reads a device number: the first word has the old form with 8 bits
// each, or is 0, then the second has the new one.
func device(block []byte) (major, minor uint32) {
	if v := binary.LittleEndian.Uint32(block); v != 0 {
		return v >> 8 & 0xFF, v & 0xFF
	}
	v := binary.LittleEndian.Uint32(block[4:])
	return v >> 8 & 0xFFF, v&0xFF | v>>12&0xFFF00
}

// maxMajor and maxMinor are what a device number has room for.
const maxMajor, maxMinor = 1<<12 - 1, 1<<20 - 1

func setDevice(block []byte, major, minor uint32) {
	if major < 256 && minor < 256 {
		binary.LittleEndian.PutUint32(block, major<<8|minor)
		return
	}
	binary.LittleEndian.PutUint32(block[4:], major<<8|minor&0xFF|minor&^0xFF<<12)
}

var modeTypes = []struct {
	disk uint16
	mode fs.FileMode
	ft   uint8
}{
	{layout.ModeRegular, 0, layout.FTRegular},
	{layout.ModeDir, fs.ModeDir, layout.FTDir},
	{layout.ModeSymlink, fs.ModeSymlink, layout.FTSymlink},
	{layout.ModeChar, fs.ModeDevice | fs.ModeCharDevice, layout.FTChar},
	{layout.ModeBlock, fs.ModeDevice, layout.FTBlock},
	{layout.ModeFIFO, fs.ModeNamedPipe, layout.FTFIFO},
	{layout.ModeSocket, fs.ModeSocket, layout.FTSocket},
}

// fileMode turns the mode of an inode into that of package fs.
func fileMode(disk uint16) fs.FileMode {
	mode := fs.FileMode(disk & 0o777)
	known := false
	for _, t := range modeTypes {
		if disk&layout.ModeType == t.disk {
			mode |= t.mode
			known = true
		}
	}
	if !known {
		mode |= fs.ModeIrregular
	}
	if disk&layout.ModeSetuid != 0 {
		mode |= fs.ModeSetuid
	}
	if disk&layout.ModeSetgid != 0 {
		mode |= fs.ModeSetgid
	}
	if disk&layout.ModeSticky != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}

// diskBits are the twelve bits of permission that mode asks for.
func diskBits(mode fs.FileMode) uint16 {
	bits := uint16(mode & 0o777)
	if mode&fs.ModeSetuid != 0 {
		bits |= layout.ModeSetuid
	}
	if mode&fs.ModeSetgid != 0 {
		bits |= layout.ModeSetgid
	}
	if mode&fs.ModeSticky != 0 {
		bits |= layout.ModeSticky
	}
	return bits
}

// info is a file's fs.FileInfo.
type info struct {
	name string
	stat *Stat
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.stat.Size }
func (i info) Mode() fs.FileMode  { return fileMode(i.stat.Mode) }
func (i info) ModTime() time.Time { return i.stat.Mtime }
func (i info) IsDir() bool        { return i.Mode().IsDir() }
func (i info) Sys() any           { return i.stat }
func (i info) String() string     { return fs.FormatFileInfo(i) }

func (in *inode) info(name string) info { return info{path.Base(name), in.stat()} }

// dirEntry is a name in a folder, its inode read when it is asked for.
type dirEntry struct {
	fs   *FS
	name string
	ino  uint32
	mode fs.FileMode // the type
}

func (d dirEntry) Name() string      { return d.name }
func (d dirEntry) IsDir() bool       { return d.mode.IsDir() }
func (d dirEntry) Type() fs.FileMode { return d.mode }
func (d dirEntry) String() string    { return fs.FormatDirEntry(d) }
func (d dirEntry) Info() (fs.FileInfo, error) {
	d.fs.mu.Lock()
	defer d.fs.mu.Unlock()
	in, err := d.fs.file(d.ino)
	if err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: d.name, Err: err}
	}
	return in.info(d.name), nil
}

// entry makes a dirEntry. The type is in the record, or else in the inode.
func (f *FS) entry(e dir.Entry) (dirEntry, error) {
	d := dirEntry{fs: f, name: e.Name, ino: e.Inode}
	for _, t := range modeTypes {
		if e.Type == t.ft && e.Type != layout.FTUnknown {
			d.mode = t.mode
			return d, nil
		}
	}
	in, err := f.file(e.Inode)
	if err != nil {
		return d, err
	}
	d.mode = fileMode(in.Mode()).Type()
	return d, nil
}
