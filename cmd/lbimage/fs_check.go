package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/fsedit"
)

func newFsCheck(s stdio) *cobra.Command {
	var o fsImage
	var f format
	cmd := &cobra.Command{
		Use:   "check IMAGE",
		Short: "Examine the whole file system",
		Long: `check reads the whole file system and holds every count, map, name and checksum
against the others, by the measure of 'e2fsck -fn'. It prints a line for each problem,
and one that begins with 'notice' where nothing is wrong but e2fsck would tidy up.

Exit status: 0 clean; 1 it cannot be examined; 2 wrong usage; 3 there are problems.`,
		Args: exactArgs("IMAGE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts, err := o.options()
			if err != nil {
				return err
			}
			list, err := fsedit.Check(cmd.Context(), args[0], opts)
			if err != nil {
				return err
			}
			return showProblems(s, f, list)
		},
	}
	o.addFlags(cmd, false)
	f.addFlag(cmd)
	return cmd
}

// fsProblemJSON is a problem for programs.
type fsProblemJSON struct {
	Code    string `json:"code"`
	Notice  bool   `json:"notice,omitempty"`
	Inode   uint32 `json:"inode,omitempty"`
	Block   uint64 `json:"block,omitempty"`
	Group   *int32 `json:"group,omitempty"`
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
}

func showProblems(s stdio, f format, list []ext.Problem) error {
	var err error
	out := []fsProblemJSON{}
	for _, p := range list {
		if !p.Notice {
			err = errFindings
		}
		j := fsProblemJSON{p.Code, p.Notice, p.Inode, p.Block, nil, p.Path, p.Message}
		if p.Group >= 0 {
			j.Group = &p.Group
		}
		out = append(out, j)
		if f == formatJSON {
			continue
		}
		line := strings.ReplaceAll(p.String(), "\n", `\n`)
		if p.Notice {
			line = "notice: " + line
		}
		if _, werr := fmt.Fprintln(s.out, line); werr != nil {
			return werr
		}
	}
	if f == formatJSON {
		werr := writeJSON(s.out, struct {
			Clean    bool            `json:"clean"`
			Problems []fsProblemJSON `json:"problems"`
		}{err == nil, out})
		if werr != nil {
			return werr
		}
	}
	return err
}

func newFsInfo(s stdio) *cobra.Command {
	var o fsImage
	var f format
	cmd := &cobra.Command{
		Use:   "info IMAGE",
		Short: "Describe the file system, and whether it can be edited",
		Args:  exactArgs("IMAGE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts, err := o.options()
			if err != nil {
				return err
			}
			info, err := fsedit.Describe(args[0], opts)
			if err != nil {
				return err
			}
			return showFsInfo(s, f, info)
		},
	}
	o.addFlags(cmd, false)
	f.addFlag(cmd)
	return cmd
}

// fsInfoJSON is a file system for programs.
type fsInfoJSON struct {
	Type        string   `json:"type"`
	Partition   int      `json:"partition"` // 0: no partition table
	Start       int64    `json:"start"`     // bytes from the start of the image
	UUID        string   `json:"uuid"`
	Label       string   `json:"label"`
	LastMounted string   `json:"lastMounted,omitempty"`
	BlockSize   int      `json:"blockSize"`
	Blocks      uint64   `json:"blocks"`
	FreeBlocks  uint64   `json:"freeBlocks"`
	Inodes      uint32   `json:"inodes"`
	FreeInodes  uint32   `json:"freeInodes"`
	InodeSize   int      `json:"inodeSize"`
	Groups      uint32   `json:"groups"`
	Features    []string `json:"features"`
	Made        string   `json:"made"`
	Written     string   `json:"written"`
	Editable    bool     `json:"editable"`
	Refusal     string   `json:"refusal,omitempty"`
	Recovery    string   `json:"recovery,omitempty"` // what the first edit makes up for
}

func showFsInfo(s stdio, f format, i fsedit.Info) error {
	j := fsInfoJSON{
		Type: i.Type, Partition: i.Partition, Start: i.Start, UUID: i.UUID, Label: i.Label, LastMounted: i.LastMounted,
		BlockSize: i.BlockSize, Blocks: i.Blocks, FreeBlocks: i.FreeBlocks, Inodes: i.Inodes, FreeInodes: i.FreeInodes,
		InodeSize: i.InodeSize, Groups: i.Groups, Features: append([]string{}, i.Features...),
		Made: i.Made.Format("2006-01-02T15:04:05Z"), Written: i.Written.Format("2006-01-02T15:04:05Z"), Editable: i.Refusal == nil,
	}
	if i.Refusal != nil {
		j.Refusal = oneLine(i.Refusal)
	}
	if i.Recovery != nil {
		j.Recovery = i.Recovery.String()
	}
	if f == formatJSON {
		return writeJSON(s.out, j)
	}
	line := func(name, format string, a ...any) { fmt.Fprintf(s.out, "%-12s %s\n", name, fmt.Sprintf(format, a...)) }
	line("type", "%s", j.Type)
	if j.Partition != 0 {
		line("partition", "%d, from byte %d", j.Partition, j.Start)
	}
	line("uuid", "%s", j.UUID)
	if j.Label != "" {
		line("label", "%s", fsedit.Printable(j.Label))
	}
	if j.LastMounted != "" {
		line("last mounted", "%s", fsedit.Printable(j.LastMounted))
	}
	line("blocks", "%d of %d bytes, %d free", j.Blocks, j.BlockSize, j.FreeBlocks)
	line("inodes", "%d of %d bytes, %d free", j.Inodes, j.InodeSize, j.FreeInodes)
	line("groups", "%d", j.Groups)
	line("features", "%s", strings.Join(j.Features, " "))
	line("made", "%s", j.Made)
	line("written", "%s", j.Written)
	if j.Recovery != "" {
		line("recovery", "%s (in memory; 'fs recover' writes it)", j.Recovery)
	}
	if j.Editable {
		line("editable", "yes")
	} else {
		line("editable", "no: %s", j.Refusal)
	}
	return nil
}
