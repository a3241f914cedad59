package ext

import (
	"fmt"
	"io/fs"
	"math"

	"lbimage/imagebuild/ext/internal/layout"
)

// Projects group files for quotas, whoever owns them. A folder with the flag
// layout.InodeFlagProjInherit (chattr +P) hands its project down to all that is
// made in it, so all below it is of one project: what is of another can neither be
// moved nor linked into it.

var errProject = fmt.Errorf("the folder is of another quota project: copy it instead: %w", fs.ErrInvalid)

// SetProject sets the quota project of a file, as chattr -p does. It needs the
// feature project, and inodes of 256 bytes or more. A symbolic link is not followed.
func (f *FS) SetProject(name string, id uint32) error {
	return f.setAttrs("setproject", name, false, func(in *inode) error {
		if id == math.MaxUint32 {
			return fmt.Errorf("project %d: %w", id, fs.ErrInvalid)
		}
		if f.sb.ROCompat()&layout.ROProject == 0 || !in.SetProjectID(id) {
			return fmt.Errorf("projects: the file system has no feature project, or its inodes have no room: %w", ErrUnsupported)
		}
		return f.expect(in)
	})
}

// handsDown tells whether what is made in the folder gets its project.
func (in *inode) handsDown() bool {
	return in.fs.sb.ROCompat()&layout.ROProject != 0 && in.Has(layout.InodeFlagProjInherit)
}

// admits refuses a file of another project in a folder that hands its own down.
func (in *inode) admits(file *inode) error {
	if in.handsDown() && in.ProjectID() != file.ProjectID() {
		return errProject
	}
	return nil
}
