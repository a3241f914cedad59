package sample

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"lbimage/haproxy-config"
	"lbimage/imagebuild/ext"
	"lbimage/servo"
)

// files are the contents of the regular files, by their paths in the image.
//
//go:embed all:tree
var files embed.FS

const servoRelease = "1.0.4"

// fill puts everything of the table into an empty file system.
func fill(ctx context.Context, f *ext.FS, o Options) error {
	users, err := accounts("tree/etc/passwd")
	if err != nil {
		return err
	}
	groups, err := accounts("tree/etc/group")
	if err != nil {
		return err
	}
	for _, n := range nodes() {
		if err := ctx.Err(); err != nil {
			return err
		}
		uid, gid, err := n.owner(users, groups)
		if err != nil {
			return err
		}
		if err := n.create(f, o); err != nil {
			return err
		}
		if n.hard != "" {
			continue
		}
		if err := f.Lchown(n.name, uid, gid); err != nil {
			return err
		}
		if n.mode.Type() != fs.ModeSymlink {
			if err := f.Chmod(n.name, n.mode); err != nil {
				return err
			}
		}
		for _, a := range n.attrs {
			if err := f.SetXattr(n.name, a.name, []byte(a.value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// create makes the node, with mode and owner to be set.
func (n node) create(f *ext.FS, o Options) error {
	switch {
	case n.hard != "":
		return f.Link(n.hard, n.name)
	case n.mode.Type() == fs.ModeSymlink:
		return f.Symlink(n.target, n.name)
	case n.mode.IsDir():
		if n.name == "." || n.name == "lost+found" {
			return nil
		}
		return f.Mkdir(n.name, n.mode.Perm())
	case n.mode.IsRegular():
		data, size, err := n.data(o)
		if err != nil {
			return err
		}
		return writeSparse(f, n.name, data, size)
	}
	return f.Mknod(n.name, n.mode, n.major, n.minor)
}

// data gives the parts of a regular file that are not holes, and its size.
func (n node) data(o Options) (parts []part, size int64, err error) {
	var b []byte
	switch {
	case n.content != nil:
		parts, size = n.content(n)
		return parts, size, nil
	case n.name == servo.TemplatePath:
		v, err := haproxyconfig.ParseVersion(servoRelease)
		if err != nil {
			return nil, 0, err
		}
		if b, err = servo.StockTemplate(v); err != nil {
			return nil, 0, err
		}
	default:
		if b, err = files.ReadFile("tree/" + n.name); err != nil {
			return nil, 0, err
		}
		if n.name == "etc/fstab" {
			b = bytes.ReplaceAll(b, []byte("ext3"), []byte(o.FSType))
		}
	}
	return []part{{0, b}}, int64(len(b)), nil
}

// part is a piece of a file that has holes.
type part struct {
	off  int64
	data []byte
}

func writeSparse(f *ext.FS, name string, parts []part, size int64) error {
	file, err := f.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := file.WriteAt(p.data, p.off); err != nil {
			return err
		}
	}
	if err := file.Truncate(size); err != nil {
		return err
	}
	return file.Close()
}

// owner looks user and group up in the image's own accounts.
func (n node) owner(users, groups map[string]int) (uid, gid int, err error) {
	if n.who == "" {
		return 0, 0, nil
	}
	user, group, _ := strings.Cut(n.who, ":")
	uid, ok1 := users[user]
	gid, ok2 := groups[group]
	if !ok1 || !ok2 {
		return 0, 0, fmt.Errorf("%s: owner %q is not in etc/passwd and etc/group", n.name, n.who)
	}
	return uid, gid, nil
}

// accounts reads names and numbers of etc/passwd or etc/group.
func accounts(name string) (map[string]int, error) {
	text, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	ids := map[string]int{}
	for line := range bytes.Lines(text) {
		fields := strings.Split(string(line), ":")
		if len(fields) < 4 {
			return nil, fmt.Errorf("%s: line %q", path.Base(name), line)
		}
		if ids[fields[0]], err = strconv.Atoi(fields[2]); err != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(name), err)
		}
	}
	return ids, nil
}
