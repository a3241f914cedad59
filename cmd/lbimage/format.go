package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// format is the value of --format.
type format string

const (
	formatText format = "text"
	formatJSON format = "json"
)

func (f *format) addFlag(cmd *cobra.Command) {
	*f = formatText
	cmd.Flags().Var(f, "format", "text for people, json for programs")
}

func (f *format) String() string { return string(*f) }
func (f *format) Type() string   { return "text|json" }
func (f *format) Set(s string) error {
	switch format(s) {
	case formatText, formatJSON:
		*f = format(s)
		return nil
	}
	return fmt.Errorf("text and json are the formats")
}

// writeJSON writes a value as indented JSON with a final newline.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// bytesText is a size for people: three digits and a binary unit.
func bytesText(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	f := float64(n) / 1024
	unit := 0
	for f >= 1023.5 && unit < len(units)-1 {
		f /= 1024
		unit++
	}
	digits := 0
	if f < 99.95 {
		digits = 1
	}
	return fmt.Sprintf("%.*f %ciB", digits, f, units[unit])
}
