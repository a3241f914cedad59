package fsedit

import (
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/ext"
)

// Info describes a file system of an image.
type Info struct {
	ext.Info
	Partition int   // 0: no partition table
	Start     int64 // bytes from the start of the image
	Room      int64 // bytes of the partition, or of the image
	// Refusal is why it cannot be edited, found by opening it for that.
	Refusal error
	// Recovery is what has been left undone, and is to be made up for by the first
	// edit; nil where there is nothing.
	Recovery *ext.Recovery
}

// Describe opens the file system of an image for editing, with nothing edited, and
// tells what comes of it.
func Describe(path string, o Options) (Info, error) {
	var info Info
	err := View(path, o, func(t *Tree) error {
		info = Info{Info: t.fs.Info(), Partition: t.part.Number, Start: t.part.Start, Room: t.dev.Size()}
		if r, ok := t.fs.Recovered(); ok {
			info.Recovery = &r
		}
		layer := block.NewLayer(t.dev, o.TempDir)
		defer layer.Close()
		f, err := ext.OpenWritable(layer, layer.Size(), ext.Options{})
		if err != nil {
			info.Refusal = err
		} else if r, ok := f.Recovered(); ok {
			info.Recovery = &r
		}
		return nil
	})
	return info, err
}
