package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func newVersion(s stdio) *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use:   "version",
		Short: "The version of lbimage",
		Args:  exactArgs(),
		RunE: func(*cobra.Command, []string) error {
			if f == formatJSON {
				return writeJSON(s.out, struct {
					Version  string `json:"version"`
					Go       string `json:"go"`
					Platform string `json:"platform"`
				}{version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH})
			}
			_, err := fmt.Fprintf(s.out, "lbimage %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
	f.addFlag(cmd)
	return cmd
}
