package outfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Place gives the file its name as Commit does, and can be taken back: what it replaces is kept under a hidden name
// beside it until Close. It is for files that are to appear together, or not at all.
func (f *File) Place() error {
	if !f.overwrite {
		if err := f.name(); err != nil {
			return err
		}
		f.temp, f.placed = "", true
		return syncFolder(filepath.Dir(f.path))
	}
	if err := checkTarget(f.path, true); err != nil {
		return err
	}
	if f.temp == "" {
		temp := hiddenName(f.path)
		if err := linkAnonymous(f.f, temp); err != nil {
			return f.nameError(err)
		}
		f.temp = temp
	}
	if exchange(f.temp, f.path) == nil {
		f.old, f.temp = f.temp, ""
	} else { // nothing is there to be kept, or the file system cannot exchange two names
		_, there := os.Lstat(f.path)
		if err := os.Rename(f.temp, f.path); err != nil {
			return f.nameError(err)
		}
		f.temp, f.lost = "", there == nil
	}
	f.placed = true
	return syncFolder(filepath.Dir(f.path))
}

// Undo takes Place back: what had the name before has it again. It does nothing to a file that was not placed.
func (f *File) Undo() error {
	if !f.placed {
		return nil
	}
	f.placed = false
	undo := func() error { return os.Remove(f.path) }
	if old := f.old; old != "" {
		f.old, undo = "", func() error { return os.Rename(old, f.path) }
	}
	if err := undo(); err != nil {
		return fmt.Errorf("taking back %s: %w", f.path, Bare(err))
	}
	if f.lost {
		return fmt.Errorf("%s was replaced, and cannot be brought back; make it again", f.path)
	}
	return nil
}

// settle removes what was kept for Undo.
func (f *File) settle() error {
	if f.old == "" {
		return nil
	}
	err := os.Remove(f.old)
	f.old = ""
	return errors.Join(err, syncFolder(filepath.Dir(f.path)))
}

// hiddenName is where a file stands for a moment before it takes the place of another.
func hiddenName(path string) string {
	return filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d.tmp", filepath.Base(path), os.Getpid()))
}
