package fsedit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/disk"
	"lbimage/imagebuild/outfile"
	"lbimage/imagebuild/treediff"
)

// Options of View and Edit. The zero value is useful.
type Options struct {
	// Partition is the number of the one to take; 0 finds it.
	Partition int
	// InPlace writes what changes into the image's file, in the place of a new file.
	InPlace bool
	// Time is the time of all changes; the zero time means that of the last change
	// before, as the file system has it.
	Time time.Time
	// TempDir holds changes that are too many for memory, in a file without a name;
	// "" is os.TempDir.
	TempDir string
}

// image is an open image.
type image struct {
	path string // as it was given
	file string // where the symbolic links lead
	f    *os.File
	dev  *block.File
	stat unix.Stat_t
	part disk.Partition
}

// openImage opens the file; edit says that it will be changed.
func openImage(path string, o Options, edit bool) (*image, error) {
	img := &image{path: path}
	var err error
	if img.file, err = filepath.EvalSymlinks(path); err != nil {
		return nil, outfile.Bare(err)
	}
	// A pipe without a writer would block the open for ever: look first.
	st, err := os.Stat(img.file)
	if err != nil {
		return nil, outfile.Bare(err)
	}
	flag := os.O_RDONLY
	if edit && o.InPlace {
		flag = os.O_RDWR
	}
	if m := st.Mode(); !m.IsRegular() {
		if m.Type() != fs.ModeDevice {
			return nil, fmt.Errorf("it is neither a file nor a block device but of type %s", treediff.TypeName(m))
		}
		if edit && !o.InPlace {
			return nil, errors.New("it is a block device, which cannot be replaced by a new file: edit it with --in-place")
		}
		if edit {
			flag |= unix.O_EXCL // refused by the kernel while it is mounted
		}
	}
	if img.f, err = os.OpenFile(img.file, flag, 0); err != nil {
		if errors.Is(err, unix.EBUSY) {
			return nil, errors.New("the device is in use: unmount it first")
		}
		return nil, outfile.Bare(err)
	}
	if img.dev, err = block.NewFile(img.f); err == nil {
		err = unix.Fstat(int(img.f.Fd()), &img.stat)
	}
	if err == nil && edit {
		err = img.claim(o)
	}
	if err == nil {
		err = knownContainer(img.dev)
	}
	if err != nil {
		return nil, errors.Join(outfile.Bare(err), img.f.Close())
	}
	return img, nil
}

// claim makes sure that the image may be changed, and by nobody else meanwhile.
func (img *image) claim(o Options) error {
	if !o.InPlace {
		if img.stat.Nlink > 1 {
			return fmt.Errorf("the file has %d names, of which a new file would take only one: edit it with --in-place", img.stat.Nlink)
		}
		if err := unix.Access(img.file, unix.W_OK); err != nil {
			return fmt.Errorf("it is not to be written: %w", err)
		}
	}
	// On file systems without such locks there is none: the check before the
	// rename remains.
	if err := unix.Flock(int(img.f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == unix.EWOULDBLOCK {
		return errors.New("another process is editing it: wait until that is done")
	}
	if img.regular() {
		if loop := loopOf(img.stat); loop != "" {
			return fmt.Errorf("it is in use as %s: unmount that, and detach it with losetup -d %s", loop, loop)
		}
		return img.unchanged() // somebody may have replaced it before the lock was ours
	}
	return nil
}

func (img *image) regular() bool { return img.stat.Mode&unix.S_IFMT == unix.S_IFREG }

// unchanged tells whether the image is still the one that was opened.
func (img *image) unchanged() error {
	var now unix.Stat_t
	err := unix.Stat(img.file, &now)
	was := &img.stat
	if err != nil || now.Dev != was.Dev || now.Ino != was.Ino || now.Size != was.Size || now.Mtim != was.Mtim || now.Ctim != was.Ctim {
		return errors.New("another process changed it meanwhile: nothing is written, try again")
	}
	return nil
}

// place puts the image's name before an error, and the partition's.
func (img *image) place(err error) error {
	if err == nil {
		return nil
	}
	if notOfImage(err) {
		return err
	}
	if img.part.Number != 0 {
		err = fmt.Errorf("partition %d: %w", img.part.Number, err)
	}
	return at(img.path, err)
}

func at(path string, err error) error {
	if notOfImage(err) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}
