package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/source"
)

// openOutput opens the tarball that o names: itself, or by a file that was made with it, as its RPM or its record is.
func openOutput(o *Options) (*block.File, error) {
	f, err := block.OpenFile(o.Output)
	if err != nil {
		return nil, fmt.Errorf("output %w", source.At(o.Output, err))
	}
	// What is called a tarball is one, perhaps a damaged one.
	kind, err := source.Sniff(f, f.Size())
	if (err != nil || kind != source.KindTarball) && !strings.HasSuffix(o.Output, ".tgz") {
		_ = f.Close() // it was read only
		return openByBeside(o, kind)
	}
	return f, nil
}

// openByBeside finds the output by a record which tells that the named file was made with it.
func openByBeside(o *Options, kind source.Kind) (*block.File, error) {
	if kind == "" {
		kind = "not known"
	}
	wrong := usagef("%s is not a tarball (kind: %s), and no record beside it tells of which one it was made: give the .tgz that a build wrote", o.Output, kind)
	records := []string{o.Record}
	folder, name := filepath.Split(o.Output)
	if o.Record == "" {
		var err error
		if records, err = recordsIn(filepath.Clean(folder + ".")); err != nil {
			return nil, err
		}
	}
	for _, path := range records {
		if filepath.Base(path) == name && !strings.HasSuffix(name, ".tgz.json") {
			continue
		}
		r, _, err := readRecord(path)
		if err != nil {
			if o.Record != "" {
				return nil, err
			}
			continue // a file of that name need be none
		}
		made := filepath.Base(path) == name
		for _, b := range r.Outputs {
			made = made || b.Name == name
		}
		if !made {
			continue
		}
		output, err := beside(folder, r.Output.Name)
		if err != nil {
			return nil, fmt.Errorf("record %s: output: %w", path, err)
		}
		f, err := block.OpenFile(output)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("output %w: %s was made of it, and is verified with it: put it there, or compare digests alone with --record %s", source.At(output, err), o.Output, path)
		}
		if err != nil {
			return nil, fmt.Errorf("output %w", source.At(output, err))
		}
		o.Output, o.Record = output, path
		return f, nil
	}
	return nil, wrong
}

// recordsIn are the records in a folder, sorted by name.
func recordsIn(folder string) (out []string, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tgz.json") && len(out) < maxRecords {
			out = append(out, filepath.Join(folder, e.Name()))
		}
	}
	return out, nil
}
