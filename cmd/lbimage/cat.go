package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"lbimage/imagebuild/source"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

func newCat(s stdio) *cobra.Command {
	var src sourceOptions
	var f format
	cmd := &cobra.Command{
		Use:   "cat SOURCE PATH",
		Short: "Print a file of the image",
		Long:  "cat writes the content of a file to standard output. Symbolic links are followed\ninside the image, never outside it.",
		Args:  exactArgs("SOURCE", "PATH (in the image)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCat(cmd.Context(), s, args[0], args[1], src, f)
		},
	}
	src.addFlags(cmd)
	f.addFlag(cmd)
	return cmd
}

// catLimit bounds a content in JSON, which is held in memory.
const catLimit = 16 << 20

// catJSON is a file with its content, which is base64 where it is not UTF-8.
type catJSON struct {
	source.FileInfo
	Encoding string `json:"encoding"` // utf-8 or base64
	Content  string `json:"content"`
}

func runCat(ctx context.Context, s stdio, src, path string, o sourceOptions, f format) error {
	return browse(ctx, s, src, o, func(b *source.Browser) error {
		r, info, err := b.Open(path)
		if err != nil {
			return err
		}
		defer r.Close()
		if f != formatJSON {
			_, err := io.Copy(s.out, r)
			return err
		}
		if info.Size > catLimit {
			return fmt.Errorf("%s has %s; JSON takes at most %s, use the text format", info.Path, bytesText(info.Size), bytesText(catLimit))
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if utf8.Valid(content) {
			return writeJSON(s.out, catJSON{info, "utf-8", string(content)})
		}
		return writeJSON(s.out, catJSON{info, "base64", base64.StdEncoding.EncodeToString(content)})
	})
}
