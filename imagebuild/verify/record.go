package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"lbimage/imagebuild"
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/source"
)

// maxRecord bounds a record in bytes; those of large builds have a few MiB. From
// largeRecord on the changes of single files are not compared.
const (
	maxRecord   = 24 << 20
	largeRecord = 2 << 20
)

// record is what is asked of a record; [imagebuild.Record] is how it is written.
type record struct {
	Schema  string
	Tool    imagebuild.RecordTool
	Time    time.Time
	Profile string
	Source  struct {
		Name   string
		Size   int64
		SHA256 string
	}
	Output  imagebuild.RecordOutput
	Outputs besides
}

// maxBesides is how many files a build may have written beside an image.
const maxBesides = 100

// besides are the files beside an image. How many there are is known before room is made for them.
type besides []imagebuild.RecordBeside

// UnmarshalJSON reads the list.
func (b *besides) UnmarshalJSON(text []byte) error {
	*b = nil
	d := json.NewDecoder(bytes.NewReader(text))
	switch t, err := d.Token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('['):
		return fmt.Errorf("outputs: %v is no list", t)
	}
	for d.More() {
		if len(*b) == maxBesides {
			return fmt.Errorf("outputs: more than %d files are not written beside an image", maxBesides)
		}
		var one imagebuild.RecordBeside
		if err := d.Decode(&one); err != nil {
			return err
		}
		*b = append(*b, one)
	}
	return nil
}

// readRecord reads the record of an output.
func readRecord(path string) (*record, []byte, error) {
	f, err := block.OpenPlain(path)
	if err != nil {
		return nil, nil, fmt.Errorf("record %w", source.At(path, err))
	}
	defer f.Close()
	var text []byte
	st, err := f.Stat()
	if err == nil && st.Size() > maxRecord {
		err = fmt.Errorf("its %d bytes are more than a record has (%d)", st.Size(), maxRecord)
	}
	if err == nil {
		text = make([]byte, st.Size())
		_, err = io.ReadFull(f, text)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("record %w", source.At(path, err))
	}
	r := &record{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, nil, fmt.Errorf("record %s: %w: give the .json that a build wrote beside its output", path, err)
	}
	if r.Schema != imagebuild.RecordSchema {
		return nil, nil, fmt.Errorf("record %s: its schema is %q instead of %s: give the .json that a build wrote beside its output", path, r.Schema, imagebuild.RecordSchema)
	}
	return r, text, nil
}

// findRecord reads the record that was named, or the one beside the output, which may
// be missing: then it gives nil.
func findRecord(output, named string) (*record, []byte, string, error) {
	path := named
	if path == "" {
		path = imagebuild.RecordName(output)
	}
	r, text, err := readRecord(path)
	if named == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil, "", nil
	}
	return r, text, path, err
}
