package source

import (
	"path/filepath"
	"strings"
	"time"

	"lbimage/imagebuild/tgz"
)

// imageName is the part of an image's file name by which installers know it.
const imageName = "eucalyptus-load-balancer-image"

// openDisk takes the file as the disk. For an output it is packed as one file,
// under its own name if that is one that installers know.
func (s *Source) openDisk() error {
	name := filepath.Base(s.Path)
	if !strings.Contains(name, imageName) {
		name = imageName + ".img"
	}
	s.Disk = s.file
	var err error
	if s.Archive, err = tgz.New(tgz.NewEntry(name, s.file, time.Time{})); err != nil {
		return err
	}
	s.Layout, err = s.Archive.Layout()
	return err
}
