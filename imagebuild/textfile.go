package imagebuild

import (
	"errors"
	"os"

	"lbimage/imagebuild/outfile"
)

// ReplaceText gives a file another text: afterwards it has the old one or the new one, its owner and its mode.
func ReplaceText(path string, text []byte) error {
	old, err := os.Open(path)
	if err != nil {
		return err
	}
	defer old.Close()
	f, err := outfile.Create(path, outfile.Options{Overwrite: true})
	if err != nil {
		return err
	}
	if _, err = f.Write(text); err == nil {
		err = f.TakeAttrs(old)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Commit()
}
