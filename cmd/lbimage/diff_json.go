package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"

	"lbimage/imagebuild/compare"
	"lbimage/imagebuild/treediff"
)

// diffJSON writes one JSON object as the differences come, in the form of docs/schema/diff-v1.schema.json:
// {"a": …, "b": …, "around": […], "packages": {…}, "files": […], "disk": […], "summary": …}. Where packages are not
// compared there is none of them.
type diffJSON struct {
	w    *bufio.Writer
	list string // the array that is open
	n    int    // its elements
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
	return nil
}

func (d *diffJSON) Packages(p compare.Packages) error {
	fmt.Fprint(d.w, ",\n  \"packages\": ")
	return d.member("  ", p)
}

func (d *diffJSON) File(f *treediff.Difference) error { return d.element("files", f) }

func (d *diffJSON) Disk(x compare.DiskDifference) error {
	d.open("files") // which there may be none of
	return d.element("disk", x)
}

// open begins an array, unless it was begun, and ends the one before.
func (d *diffJSON) open(list string) {
	if d.list == list || d.list == "disk" {
		return
	}
	d.shut()
	fmt.Fprintf(d.w, ",\n  %q: [", list)
	d.list, d.n = list, 0
}

// shut ends the array that is open.
func (d *diffJSON) shut() {
	switch {
	case d.list == "":
	case d.n > 0:
		fmt.Fprint(d.w, "\n  ]")
	default:
		fmt.Fprint(d.w, "]")
	}
	d.list = ""
}

func (d *diffJSON) element(list string, v any) error {
	d.open(list)
	if d.n++; d.n > 1 {
		fmt.Fprint(d.w, ",")
	}
	fmt.Fprint(d.w, "\n    ")
	return d.member("    ", v)
}

func (d *diffJSON) end(sum compare.Summary) error {
	if d.list == "" {
		d.open("files")
	}
	if d.list == "files" {
		d.open("disk")
	}
	d.shut()
	fmt.Fprint(d.w, ",\n  \"summary\": ")
	if err := d.member("  ", sum); err != nil {
		return err
	}
	_, err := fmt.Fprint(d.w, "\n}\n")
	return err
}
