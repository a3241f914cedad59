package imagebuild

import (
	"context"
	"debug/elf"
	"fmt"
	"io"
	"path"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/rpminstall"
	"lbimage/imagebuild/source"
	"lbimage/overlay"
	"lbimage/servo"
)

// InstalledPackage is a package file, and what its installation did.
type InstalledPackage struct {
	request.Package
	*rpminstall.Report
}

// image looks what the edits of this image depend on.
func (w *work) image(ctx context.Context, tree *ext.FS, opened *request.Opened) (request.Image, error) {
	out := request.Image{Time: w.stamp, HAProxy: w.job.HAProxy.HAProxy, Arch: archOf(tree)}
	if out.Arch == "" && w.src.Package != nil && w.src.Package.Arch != "noarch" {
		out.Arch = w.src.Package.Arch // the package of an image is for the machine that the image is for
	}
	if !out.HAProxy.Known() {
		out.HAProxy = check.HAProxyVersion(tree)
	}
	out.Installed = func(p request.Package, r *rpminstall.Report) {
		w.result.Packages = append(w.result.Packages, InstalledPackage{p, r})
	}
	w.coming = opened.Headers()
	var err error
	if w.db, err = w.src.Database(ctx, w.job.Open.TempDir); err != nil {
		return out, err
	}
	if w.db != nil {
		out.Database = packages{rpminstall.FromDB(w.db), w.coming}
	}
	if q := w.job.Request.Servo; q != nil && q.RPM != "" {
		out.OldServo, err = servoFiles(tree)
	}
	return out, err
}

// archOf is the architecture of an image's programs, as rpm calls it; empty where no program tells it.
func archOf(t overlay.ReadTree) string {
	for _, name := range []string{"sbin/init", "bin/bash", "bin/sh", "usr/sbin/haproxy", "lib64/libc.so.6"} {
		r, err := overlay.Resolve(t, name)
		if err != nil || !r.Exists() || !r.Info.Mode().IsRegular() {
			continue
		}
		if arch := elfArch(t, r.Name); arch != "" {
			return arch
		}
	}
	return ""
}

// elfArch reads the architecture from the head of a program.
func elfArch(t overlay.ReadTree, name string) string {
	f, err := t.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	var head [20]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[:4]) != elf.ELFMAG {
		return ""
	}
	machine := elf.Machine(uint16(head[18]) | uint16(head[19])<<8)
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		machine = elf.Machine(uint16(head[19]) | uint16(head[18])<<8)
	}
	switch machine {
	case elf.EM_X86_64:
		return "x86_64"
	case elf.EM_386:
		return "i686"
	case elf.EM_AARCH64:
		return "aarch64"
	case elf.EM_PPC64:
		if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2LSB {
			return "ppc64le"
		}
		return "ppc64"
	case elf.EM_S390:
		return "s390x"
	}
	return ""
}

// servoFiles are the files of the servo in an image, for one whose package database does not know them. A template that
// is word for word one that a release ships was not edited: it may give way to a newer one.
func servoFiles(t overlay.ReadTree) ([]rpm.File, error) {
	in, err := servo.Detect(t)
	if err != nil || !in.Present {
		return nil, err
	}
	var out []rpm.File
	for _, f := range in.Files {
		file := rpm.File{Path: f.Path}
		if f.Path == "/"+servo.TemplatePath {
			s, err := overlay.StateOf(t, servo.TemplatePath, overlay.MaxText)
			if err != nil {
				return nil, err
			}
			if s.IsText && len(servo.StockReleases(s.Text)) > 0 {
				file.Mode, file.Size, file.Digest, file.DigestName = s.Mode, s.Size, s.SHA256, "SHA-256"
			}
			file.Flags = rpm.FlagConfig | rpm.FlagNoReplace
		}
		out = append(out, file)
	}
	for _, dir := range in.Folders {
		out = append(out, rpm.File{Path: dir})
		err := walk(t, dir[1:], func(name string) error {
			if out = append(out, rpm.File{Path: "/" + name}); len(out) > maxServoFiles {
				return fmt.Errorf("%s: more than %d files, which is no servo", dir, maxServoFiles)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// maxServoFiles bounds the servo's files.
const maxServoFiles = 20_000

// walk visits what lies below a folder, links not followed. What is no folder has nothing below it.
func walk(t overlay.ReadTree, dir string, visit func(name string) error) error {
	info, err := t.Lstat(dir)
	if err != nil {
		return source.At("/"+dir, err)
	}
	if !info.IsDir() {
		return nil
	}
	entries, err := t.ReadDir(dir)
	if err != nil {
		return source.At("/"+dir, err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if err := visit(name); err != nil {
			return err
		}
		if err := walk(t, name, visit); err != nil {
			return err
		}
	}
	return nil
}
