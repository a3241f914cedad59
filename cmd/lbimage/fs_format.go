package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/fsedit"
)

type fsFormatOptions struct {
	size, uuid, hashSeed, time, owner, journal string
	format                                     format
	make                                       fsedit.FormatOptions
}

func newFsFormat(s stdio) *cobra.Command {
	var o fsFormatOptions
	cmd := &cobra.Command{
		Use:   "format IMAGE --type ext2|ext3|ext4 --size SIZE [--from DIR|TAR]",
		Short: "Make an image that is one file system, empty or filled",
		Long: `format makes the sparse file IMAGE, a bare file system of the given size. The same
flags and input give the same bytes: the UUID comes from the options unless it is
given, the time from --time or SOURCE_DATE_EPOCH, else it is the start of 1970.

--from fills it: with all that is in a folder, or with a tar archive (plain, gzip, xz,
zstd or bzip2; - is standard input). Modes, owners, times, links, devices, holes and
extended attributes are kept. An entry that comes twice replaces the first, as with tar;
a name with '..' is refused. The root keeps mode 0755 and owner root, unless the
archive has an entry for it.

Without --size it is computed from the input: what is needed, a tenth more, and 4 MiB.
An archive is then read twice.`,
		Example: `  lbimage fs format empty.img --type ext3 --size 1536M --label root
  lbimage fs format root.img --from rootfs.tar.gz --size 2G --uuid 8f0e…
  lbimage fs format data.img --type ext4 --from ./data --owner root`,
		Args: exactArgs("IMAGE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runFsFormat(cmd.Context(), s, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.make.Type, "type", "t", "ext4", "ext2, ext3 or ext4")
	f.StringVarP(&o.size, "size", "s", "", "`SIZE` in bytes, or with K, M, G, T (default: computed from --from)")
	f.StringVar(&o.make.From, "from", "", "a folder or a tar archive that fills it, `DIR|TAR`")
	f.StringVar(&o.owner, "owner", "keep", "owner of all that comes from --from: keep, root or `UID:GID`")
	f.BoolVar(&o.make.NoAttrs, "no-xattrs", false, "leave extended attributes behind")
	f.StringVarP(&o.make.Label, "label", "L", "", "the volume's name, 16 bytes at most")
	f.StringVarP(&o.uuid, "uuid", "U", "", "the file system's `UUID` (default: made from the options)")
	f.StringVar(&o.hashSeed, "hash-seed", "", "the key of hashed folders, a `UUID` (default: made from the UUID)")
	f.BoolVar(&o.make.Modern, "modern", false, "ext4 with 64bit and metadata_csum, as made since 2018; else as CentOS 6 makes it")
	f.IntVarP(&o.make.BlockSize, "block-size", "b", 0, "1024, 2048 or 4096 `BYTES` (default 4096)")
	f.IntVarP(&o.make.InodeSize, "inode-size", "I", 0, "`BYTES` of an inode, 128 or more (default 256)")
	f.Uint32VarP(&o.make.Inodes, "inodes", "N", 0, "how many inodes at least")
	f.Int64VarP(&o.make.InodeRatio, "inode-ratio", "i", 0, "`BYTES` of the file system for each inode")
	f.StringVarP(&o.journal, "journal-size", "J", "", "`SIZE` of the journal, 0 for none (default: by the size)")
	f.IntVarP(&o.make.ReservedPercent, "reserved", "m", 5, "`PERCENT` of the blocks for root alone")
	f.StringVar(&o.time, "time", "", "the `TIME` when it was made (default SOURCE_DATE_EPOCH, else the start of 1970)")
	f.BoolVar(&o.make.Overwrite, "force", false, "replace a file that exists")
	f.StringVar(&o.make.TempDir, "temp-dir", "", "the folder `DIR` for scratch space (default $TMPDIR, else /var/tmp)")
	o.format.addFlag(cmd)
	return cmd
}

func runFsFormat(ctx context.Context, s stdio, image string, o fsFormatOptions) error {
	m := o.make
	m.Stdin, m.TempDir = s.in, tempDir(m.TempDir)
	var err error
	if o.size != "" {
		if m.Size, err = fsedit.ParseSize(o.size); err != nil {
			return err
		}
		if m.Size == 0 && m.From == "" {
			return usagef("--size 0: only --from can tell how large it has to be")
		}
	}
	if m.UUID, err = parseUUID("uuid", o.uuid); err != nil {
		return err
	}
	if m.HashSeed, err = parseUUID("hash-seed", o.hashSeed); err != nil {
		return err
	}
	if m.Owner, err = fsFormatOwner(o.owner); err != nil {
		return err
	}
	if m.Time, err = fsTime(o.time); err != nil {
		return err
	}
	if o.journal != "" {
		size, err := fsedit.ParseSize(o.journal)
		if err != nil {
			return err
		}
		bs := int64(m.BlockSize)
		if bs <= 0 {
			bs = 4096
		}
		m.JournalBlocks = -1
		if size > 0 {
			m.JournalBlocks = int(max(1, size/bs))
		}
	}
	if m.ReservedPercent == 0 {
		m.ReservedPercent = -1
	}
	res, err := fsedit.Format(ctx, image, m)
	if err != nil {
		return err
	}
	return showFormat(s.out, o.format, image, res)
}

func fsFormatOwner(s string) (fsedit.Owner, error) {
	switch s {
	case "keep":
		return fsedit.Owner{UID: -1, GID: -1}, nil
	case "root":
		return fsedit.Owner{}, nil
	}
	return fsedit.NumericOwner(s)
}

// parseUUID reads 32 hexadecimal digits, with or without hyphens.
func parseUUID(flag, s string) (u [16]byte, err error) {
	if s == "" {
		return u, nil
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != len(u) {
		return u, usagef("--%s %q: give 32 hexadecimal digits, as 01234567-89ab-cdef-0123-456789abcdef", flag, s)
	}
	copy(u[:], b)
	return u, nil
}

func showFormat(w io.Writer, f format, image string, r fsedit.FormatResult) error {
	if f == formatJSON {
		return writeJSON(w, struct {
			Image      string `json:"image"`
			Type       string `json:"type"`
			Size       int64  `json:"size"`
			UUID       string `json:"uuid"`
			Label      string `json:"label"`
			Entries    int    `json:"entries"`
			FreeBlocks uint64 `json:"freeBlocks"`
			FreeInodes uint32 `json:"freeInodes"`
		}{image, r.Type, r.Size, r.UUID, r.Label, r.Entries, r.FreeBlocks, r.FreeInodes})
	}
	_, err := fmt.Fprintf(w, "%s: %s of %s, UUID %s, %d entries, %s free\n", image, r.Type, bytesText(r.Size), r.UUID, r.Entries,
		bytesText(int64(r.FreeBlocks)*int64(r.BlockSize)))
	return err
}
