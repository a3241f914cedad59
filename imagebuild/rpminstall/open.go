package rpminstall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"lbimage/imagebuild/rpm"
)

// OpenOptions say what more is asked of a package. The zero value asks for its digests alone.
type OpenOptions struct {
	// Keyring, where set, refuses a package without a good signature by one of its keys.
	Keyring *rpm.Keyring
}

// Package is a package file whose digests are all verified.
type Package struct {
	*rpm.Package
	// Digests are those that the package declares, with what came of each. They take the place of
	// rpm.Package's, which are of the headers alone.
	Digests []rpm.Digest
	// Signed are its signatures, where a keyring was given, with what came of each.
	Signed []rpm.VerifiedSignature

	ctx  context.Context //nolint:containedctx // an Edit has no other way to be told to stop
	file *os.File
	sets [][]int // of each file that carries content: itself and the other names of its file
}

// Open opens a package file, verifies every digest that it declares by reading it once, and refuses what
// cannot be installed whatever the image: a source package, one without files, one with a device, one
// that needs a feature of rpm that is not known here. ctx holds for the reading of the payload, also by
// the edits that are made of the package. The caller must Close it after the last of them.
func Open(ctx context.Context, path string, o OpenOptions) (*Package, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	p, err := open(ctx, f, o)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func open(ctx context.Context, f *os.File, o OpenOptions) (*Package, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file: give the package's file")
	}
	raw, err := rpm.Open(f, info.Size())
	if err != nil {
		return nil, err
	}
	p := &Package{Package: raw, ctx: ctx, file: f}
	if err := p.check(); err != nil {
		return nil, err
	}
	if o.Keyring != nil {
		if p.Signed, err = raw.RequireSigned(ctx, o.Keyring); err != nil {
			return nil, err
		}
	}
	return p, p.verify()
}

// Close closes the package's file. Its edits cannot be applied any more.
func (p *Package) Close() error { return p.file.Close() }

// check refuses what cannot be installed anywhere.
func (p *Package) check() error {
	if err := p.CheckContents(); err != nil && (!errors.Is(err, rpm.ErrNoFiles) || !p.installsByScript()) {
		return err
	}
	for i := range p.Files {
		f := &p.Files[i]
		switch t := f.Mode.Type(); {
		case t == 0, t == fs.ModeDir, t == fs.ModeSymlink:
		case !f.InPayload():
		default:
			return fmt.Errorf("package %s: %s is a device, pipe or socket: such a package cannot be installed into an image", p, f.Path)
		}
		if strings.ContainsRune(f.Path, 0) || strings.ContainsRune(f.Link, 0) {
			return fmt.Errorf("package %s: %q has a zero byte in its name or target", p, f.Path)
		}
		if f.Caps != "" {
			if _, err := capability(f.Caps); err != nil {
				return fmt.Errorf("package %s: %s: %w", p, f.Path, err)
			}
		}
	}
	for _, d := range p.Requires {
		if d.Internal() && !slices.Contains(features, d.Name) {
			return fmt.Errorf("package %s: needs %s, which is not known here: have it built for an older rpm", p, d)
		}
	}
	return nil
}

// installsByScript reports whether a package without files does something nevertheless.
func (p *Package) installsByScript() bool { return !p.Source && len(p.Scriptlets) > 0 }

// features are rpm's own abilities that a package may require, as far as they are met here.
var features = []string{
	"rpmlib(VersionedDependencies)", "rpmlib(PayloadFilesHavePrefix)", "rpmlib(CompressedFileNames)",
	"rpmlib(FileDigests)", "rpmlib(PayloadIsBzip2)", "rpmlib(PayloadIsLzma)", "rpmlib(PayloadIsXz)",
	"rpmlib(PayloadIsZstd)", "rpmlib(PartialHardlinkSets)", "rpmlib(FileCaps)", "rpmlib(LargeFiles)",
	"rpmlib(ExplicitPackageProvide)", "rpmlib(HeaderLoadSortsTags)", "rpmlib(TildeInVersions)",
	"rpmlib(CaretInVersions)", "rpmlib(RichDependencies)", "rpmlib(ScriptletInterpreterArgs)",
	"rpmlib(ScriptletExpansion)", "rpmlib(BuiltinLuaScripts)", "rpmlib(DynamicBuildRequires)",
	"rpmlib(HeaderTranslatedStrings)", "rpmlib(ConcurrentAccess)",
}

// verify reads the payload to its end, which verifies every digest, and learns which names are one file.
func (p *Package) verify() error {
	l, err := p.Payload(p.ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	p.sets = make([][]int, len(p.Files))
	index := make(map[*rpm.File]int, len(p.Files))
	for i := range p.Files {
		index[&p.Files[i]] = i
	}
	for {
		e, err := l.Next()
		if errors.Is(err, io.EOF) {
			p.Digests = l.Digests()
			return nil
		}
		if err != nil {
			return err
		}
		if e.Linked {
			continue
		}
		set := make([]int, 0, 1+len(e.Links))
		for _, f := range e.Links {
			set = append(set, index[f])
		}
		p.sets[e.Index] = append(set, e.Index)
	}
}

// evr is version and release as people write them, with the epoch where there is one.
func (p *Package) evr() string {
	if p.Epoch != 0 {
		return fmt.Sprintf("%d:%s-%s", p.Epoch, p.Version, p.Release)
	}
	return p.Version + "-" + p.Release
}
