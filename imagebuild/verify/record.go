package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"lbimage/imagebuild"
	"lbimage/imagebuild/source"
)

// maxRecord bounds a record in bytes; those of large builds have a few MiB. From
// largeRecord on the changes of single files are not compared.
const (
	maxRecord   = 24 << 20
	largeRecord = 4 << 20
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
	Outputs []imagebuild.RecordBeside
}

// readRecord reads the record of an output.
func readRecord(path string) (*record, []byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("record %w", source.At(path, err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxRecord+1))
	if err == nil && len(text) > maxRecord {
		err = fmt.Errorf("more than %d bytes are no record", maxRecord)
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
