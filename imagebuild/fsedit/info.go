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
}

// Describe opens the file system of an image for editing, with nothing edited, and
// tells what comes of it.
func Describe(path string, o Options) (Info, error) {
	var info Info
	err := View(path, o, func(t *Tree) error {
		info = Info{Info: t.fs.Info(), Partition: t.part.Number, Start: t.part.Start, Room: t.dev.Size()}
		layer := block.NewLayer(t.dev, o.TempDir)
		defer layer.Close()
		_, info.Refusal = ext.OpenWritable(layer, layer.Size(), ext.Options{})
		return nil
	})
	return info, err
}
