package layout

import "time"

// Offsets of the four times of an inode: seconds, and the extra word with two
// more bits of the seconds (the epoch) and 30 bits of nanoseconds.
const (
	atimeOff, atimeExtra   = 0x08, 0x8C
	ctimeOff, ctimeExtra   = 0x0C, 0x84
	mtimeOff, mtimeExtra   = 0x10, 0x88
	crtimeOff, crtimeExtra = 0x90, 0x94
)

// The range of times that an inode can hold without and with the extra word.
const (
	MinTime      = -1 << 31          // 13 December 1901
	MaxTimeShort = 1<<31 - 1         // 19 January 2038
	MaxTime      = 1<<34 - 1<<31 - 1 // 10 May 2446
)

func (i Inode) Atime() time.Time { return i.time(atimeOff, atimeExtra) }
func (i Inode) Ctime() time.Time { return i.time(ctimeOff, ctimeExtra) }
func (i Inode) Mtime() time.Time { return i.time(mtimeOff, mtimeExtra) }

// Crtime is the time of creation; zero where the inode has no such field.
func (i Inode) Crtime() time.Time {
	if !i.HasField(crtimeOff, 4) {
		return time.Time{}
	}
	return i.time(crtimeOff, crtimeExtra)
}

// The setters report whether the inode can hold the time to the second;
// nanoseconds are kept where there is room for them. Nothing is changed
// when it cannot.
func (i Inode) SetAtime(t time.Time) bool { return i.setTime(atimeOff, atimeExtra, t) }
func (i Inode) SetCtime(t time.Time) bool { return i.setTime(ctimeOff, ctimeExtra, t) }
func (i Inode) SetMtime(t time.Time) bool { return i.setTime(mtimeOff, mtimeExtra, t) }

// SetCrtime does nothing, and reports true, where the inode has no such field.
func (i Inode) SetCrtime(t time.Time) bool {
	if !i.HasField(crtimeOff, 4) {
		return true
	}
	return i.setTime(crtimeOff, crtimeExtra, t)
}

func (i Inode) time(off, extra int) time.Time {
	sec := int64(int32(u32(i, off)))
	if !i.HasField(extra, 4) {
		return time.Unix(sec, 0).UTC()
	}
	x := u32(i, extra)
	return time.Unix(sec+int64(x&3)<<32, int64(x>>2)).UTC()
}

func (i Inode) setTime(off, extra int, t time.Time) bool {
	sec := t.Unix()
	if !i.HasField(extra, 4) {
		if sec < MinTime || sec > MaxTimeShort {
			return false
		}
		put32(i, off, uint32(sec))
		return true
	}
	if sec < MinTime || sec > MaxTime {
		return false
	}
	epoch := uint32((sec-int64(int32(uint32(sec))))>>32) & 3
	put32(i, off, uint32(sec))
	put32(i, extra, uint32(t.Nanosecond())<<2|epoch)
	return true
}
