package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/source"
)

func newInspect(s stdio) *cobra.Command {
	var src sourceOptions
	var f format
	cmd := &cobra.Command{
		Use:   "inspect SOURCE",
		Short: "Show what is in an image",
		Long: `inspect shows the layout of an image, its partitions, the root file system with
its features, the HAProxy template in force with what is to be said of it,
sysctls, and which files of the servo and of HAProxy are there.`,
		Args: exactArgs("SOURCE (an RPM, a .tgz or a raw disk image)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runInspect(cmd.Context(), s, args[0], src, f)
		},
	}
	src.addFlags(cmd)
	f.addFlag(cmd)
	return cmd
}

func runInspect(ctx context.Context, s stdio, src string, o sourceOptions, f format) error {
	bar := newProgress(s.err)
	open, err := o.open(bar)
	if err != nil {
		return err
	}
	in, err := imagebuild.Inspect(ctx, src, open)
	bar.close()
	if err != nil {
		return err
	}
	if f == formatJSON {
		return writeJSON(s.out, in)
	}
	return writeInspection(s.out, in)
}

// sheet writes lines of a heading and a text, aligned.
type sheet struct{ *tabwriter.Writer }

func (t sheet) line(heading, format string, args ...any) {
	fmt.Fprintf(t, "%s\t%s\n", heading, fmt.Sprintf(format, args...))
}

func writeInspection(w io.Writer, in *imagebuild.Inspection) error {
	t := sheet{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.line("source", "%s (%s)", in.Source.Name, sourceText(in.Source))
	t.line("", "sha256 %s", in.Source.SHA256)
	if p := in.Source.Package; p != nil {
		t.line("package", "%s, built %s", p.Name, p.BuildTime.Format("2006-01-02 15:04 MST"))
		t.line("", "verified: %s", orNone(p.Verified))
		t.line("tarball", "%s", p.Member)
	}
	if a := in.Archive; a != nil {
		t.line("layout", "%s", a.Layout)
		for _, e := range a.Entries {
			t.line("", "%s  %s  %s (%s)", e.Mode, bytesText(e.Size), e.Name, e.Role)
		}
	}
	writeDisk(t, in)
	writeRoot(t, in)
	writeConfiguration(t, in)
	for _, warning := range in.Warnings {
		t.line("warning", "%s", warning)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, finding := range in.Findings {
		fmt.Fprintln(w, finding)
	}
	return nil
}

func writeDisk(t sheet, in *imagebuild.Inspection) {
	d := in.Disk
	table := "no partition table"
	if len(d.Partitions) > 0 {
		table = d.Table + " " + d.ID
	}
	t.line("disk", "%s, %s, %s", d.Name, bytesText(d.Size), table)
	for _, p := range d.Partitions {
		var notes []string
		if p.Bootable {
			notes = append(notes, "bootable")
		}
		if p.Name != "" {
			notes = append(notes, fmt.Sprintf("%q", p.Name))
		}
		if p.Root {
			notes = append(notes, "the root")
		}
		t.line("", "%d  %s from byte %d, %s%s", p.Number, bytesText(p.Size), p.Start, typeText(p), prefixed("  ", strings.Join(notes, ", ")))
	}
}

func typeText(p source.PartitionInfo) string {
	if p.TypeName == "" {
		return "type " + p.Type
	}
	return p.TypeName
}

func writeRoot(t sheet, in *imagebuild.Inspection) {
	r := in.Root
	t.line("root", "%s, label %q, uuid %s", r.Type, r.Label, r.UUID)
	t.line("", "%d blocks of %d bytes, %d free; %d inodes of %d bytes, %d free", r.Blocks, r.BlockSize, r.FreeBlocks, r.Inodes, r.InodeSize, r.FreeInodes)
	t.line("", "%s", strings.Join(r.Features, " "))
	if r.NotEditable != "" {
		t.line("", "cannot be edited: %s", r.NotEditable)
	}
}

func writeConfiguration(t sheet, in *imagebuild.Inspection) {
	tpl := in.Template
	switch {
	case !tpl.Found:
		t.line("template", "%s is not there", tpl.Path)
	case len(tpl.Stock) > 0:
		t.line("template", "%s, as servo %s ships it", tpl.Path, strings.Join(tpl.Stock, ", "))
	default:
		t.line("template", "%s, customized", tpl.Path)
	}
	for line := range strings.Lines(tpl.Text) {
		t.line("", "%s", "  "+strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    "))
	}
	for i, kv := range in.Sysctls {
		heading := "sysctl"
		if i > 0 {
			heading = ""
		}
		t.line(heading, "%s = %s", kv.Name, kv.Value)
	}
	t.line("servo", "%s", in.Servo.Summary())
	for _, f := range in.Servo.Files {
		t.line("", "%s  %s  %s", f.Mode, bytesText(f.Size), f.Path)
	}
	if h := in.Servo.HAProxy; h != nil {
		t.line("haproxy", "%s, %s", h.Path, bytesText(h.Size))
	} else {
		t.line("haproxy", "none where the servo would start it")
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "nothing, it has no digests"
	}
	return strings.Join(list, ", ")
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}
