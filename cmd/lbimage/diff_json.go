package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"

	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/treediff"
)

// diffJSON writes one JSON object as the differences come:
// {"a": …, "b": …, "around": […], "files": […], "summary": …}.
type diffJSON struct {
	w     *bufio.Writer
	files int
}

// member writes a value, indented to stand in an object or, with deeper, in an array of one.
func (d *diffJSON) member(prefix string, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := d.w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	return err
}

func (d *diffJSON) Begin(a, b compare.Side, around []compare.Surrounding) error {
	for _, m := range []struct {
		before string
		value  any
	}{{"{\n  \"a\": ", a}, {",\n  \"b\": ", b}, {",\n  \"around\": ", around}} {
		fmt.Fprint(d.w, m.before)
		if err := d.member("  ", m.value); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(d.w, ",\n  \"files\": [")
	return err
}

func (d *diffJSON) File(f *treediff.Difference) error {
	if d.files++; d.files > 1 {
		fmt.Fprint(d.w, ",")
	}
	fmt.Fprint(d.w, "\n    ")
	return d.member("    ", f)
}

func (d *diffJSON) end(sum compare.Summary) error {
	if d.files > 0 {
		fmt.Fprint(d.w, "\n  ")
	}
	fmt.Fprint(d.w, "],\n  \"summary\": ")
	if err := d.member("  ", sum); err != nil {
		return err
	}
	_, err := fmt.Fprint(d.w, "\n}\n")
	return err
}

func (d *diffJSON) Packages(compare.Packages) error { return nil }

func (d *diffJSON) Disk(compare.DiskDifference) error { return nil }
