package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
)

// inspectOptions say how much is told.
type inspectOptions struct {
	source   sourceOptions
	format   format
	all      bool // no list is cut
	packages bool // all packages are listed
}

func newInspect(s stdio) *cobra.Command {
	var o inspectOptions
	cmd := &cobra.Command{
		Use:   "inspect SOURCE",
		Short: "Show what is in an image",
		Long: `inspect tells what is in an image, and runs nothing of it: disk and root file
system with the room that is left, operating system, kernels, boot loader and
its command line, SELinux; HAProxy, servo, Python, boto and sudo, each with how
it was found; the HAProxy template in force and what becomes of each setting;
kernel parameters; who can log in, the SSH server, services, packages.

Long lists are cut: --all shows them whole, --packages those of packages. With
--format json all is told; docs/schema/inspect-v1.schema.json describes it, and
docs/inspect.md says where each line comes from.`,
		Example: `  lbimage inspect eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm
  lbimage inspect updated.tgz --format json | jq -r '.packages.list[] | .name + " " + .version'`,
		Args: exactArgs("SOURCE (an RPM, a .tgz or a raw disk image)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runInspect(cmd.Context(), s, args[0], o)
		},
	}
	o.source.addFlags(cmd)
	cmd.Flags().BoolVar(&o.all, "all", false, "cut no list, and show the template's text")
	cmd.Flags().BoolVar(&o.packages, "packages", false, "list all packages")
	o.format.addFlag(cmd)
	return cmd
}

func runInspect(ctx context.Context, s stdio, source string, o inspectOptions) error {
	bar := newProgress(s.err)
	open, err := o.source.open(bar)
	if err != nil {
		return err
	}
	in, err := imagebuild.Inspect(ctx, source, open)
	bar.close()
	if err != nil {
		return err
	}
	if o.format == formatJSON {
		return writeJSON(s.out, in)
	}
	return writeInspection(s.out, in, o)
}

// writeInspection writes what was found, by what an administrator looks for: what is it, does it start, what does it serve, who
// gets in.
func writeInspection(w io.Writer, in *imagebuild.Inspection, o inspectOptions) error {
	t := &sheet{all: o.all}
	writeSource(t, in)
	writeDisk(t, in)
	t.gap()
	writeSystem(t, in)
	t.gap()
	writeEssentials(t, in)
	t.gap()
	writeTemplate(t, in)
	t.gap()
	writeSysctls(t, in)
	t.gap()
	writeAccess(t, in)
	t.gap()
	writeServices(t, in)
	t.gap()
	writePackages(t, in, o)
	t.gap()
	for _, n := range in.Walk.Notes {
		t.line("damage", "%s", n)
	}
	for _, n := range in.Notes {
		t.line("note", "%s", n)
	}
	for _, warning := range in.Warnings {
		t.line("warning", "%s", warning)
	}
	if len(in.Findings) > 0 {
		t.line("findings", "%s in the template; 'lbimage check' asks all rules", counts(in.Findings))
	}
	for _, f := range in.Findings {
		t.line("", "%s", f)
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// headingWidth is that of the first column with the blanks behind it.
const headingWidth = 11

// sheet holds lines of a heading and a text. What an image holds cannot steer the terminal.
type sheet struct {
	strings.Builder
	all  bool // no list is cut
	gaps int  // asked for, and not yet written
}

// line adds a line. The heading is empty for one that goes on.
func (t *sheet) line(heading, format string, args ...any) {
	if t.gaps > 0 && t.Len() > 0 {
		t.WriteByte('\n')
	}
	t.gaps = 0
	text := strings.TrimRight(check.OneLine(fmt.Sprintf(format, args...)), " ")
	fmt.Fprintf(t, "%s\n", strings.TrimRight(fmt.Sprintf("%-*s%s", headingWidth, heading, text), " "))
}

// gap parts what comes from what was, if something comes.
func (t *sheet) gap() { t.gaps++ }

// maxShown is how many lines of a list are shown, unless all are.
const maxShown = 15

// table adds rows with aligned columns, the heading before the first. Of many the first are shown.
func (t *sheet) table(heading string, rows [][]string) {
	shown := rows
	if !t.all && len(rows) > maxShown+1 { // one more costs no more than to say so
		shown = rows[:maxShown]
	}
	widths := []int{}
	for _, row := range shown {
		for i, cell := range row {
			row[i] = check.OneLine(cell)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if n := len([]rune(row[i])); n > widths[i] && n <= 48 { // a long one stands out by itself
				widths[i] = n
			}
		}
	}
	for i, row := range shown {
		if i > 0 {
			heading = ""
		}
		var line strings.Builder
		for j, cell := range row {
			line.WriteString(cell)
			if j < len(row)-1 {
				line.WriteString(strings.Repeat(" ", max(0, widths[j]-len([]rune(cell)))+2))
			}
		}
		t.line(heading, "%s", line.String())
	}
	if more := len(rows) - len(shown); more > 0 {
		t.line("", "and %d more; --all shows them", more)
	}
}

// notes adds what is odd about what stands above.
func (t *sheet) notes(all []string) {
	for _, n := range all {
		t.line("", "note: %s", n)
	}
}

// thousands writes a number with commas: 98,304.
func thousands[N int | int64 | uint32 | uint64](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// prefixed puts something before a text that is not empty.
func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

// enclosed puts a text that is not empty into round brackets, behind a blank.
func enclosed(parts ...string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	if len(there) == 0 {
		return ""
	}
	return " (" + strings.Join(there, ", ") + ")"
}
