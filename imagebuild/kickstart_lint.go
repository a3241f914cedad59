package imagebuild

import (
	"context"
	"errors"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/source"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart"
	"lbimage/kickstart/lint"
	"lbimage/overlay"
)

// KickstartCheckSchema names the form of a [KickstartCheck].
const KickstartCheckSchema = "lbimage/kickstart-check/v1"

// KickstartCheck is what the rules say of kickstart files, for programs.
type KickstartCheck struct {
	Schema string `json:"schema"`
	// Files in the order in which they were named.
	Files []CheckedKickstart `json:"files"`
}

// CheckedKickstart is what the rules say of one kickstart file.
type CheckedKickstart struct {
	// File as it was named.
	File string `json:"file"`
	// Version is the release by whose installer it was read: RHEL6.
	Version string `json:"version"`
	// Findings in the order of their places, those about the whole file first.
	Findings []check.Finding `json:"findings"`
}

// CheckKickstart asks the rules of a kickstart file.
func CheckKickstart(f *kickstart.File, o lint.Options) CheckedKickstart {
	return CheckedKickstart{File: f.Name, Version: f.Version.String(), Findings: check.KickstartFindings(lint.Check(f, o))}
}

// PackageSizes are how many bytes the files of each package take in an image, by the package's name: regular files that are
// there, each once.
func PackageSizes(ctx context.Context, path string, o source.Options) (map[string]int64, error) {
	s, err := source.Open(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	found, err := survey.Of(ctx, s.Root.FS, survey.Options{TempDir: o.TempDir})
	if err != nil {
		return nil, source.At(path, err)
	}
	if len(found.Packages.List) == 0 {
		return nil, source.At(path, errors.New("it has no database of packages, so nothing tells how large they are: name an image that has one"))
	}
	sizes, seen := map[string]int64{}, map[uint64]bool{}
	for _, p := range found.Packages.List {
		sizes[p.Name] += 0 // one without files is known as well
		for _, name := range p.Files {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			info, err := s.Root.FS.Lstat(strings.TrimPrefix(name, "/"))
			if err != nil || !info.Mode().IsRegular() {
				continue
			}
			if number, ok := overlay.SysField(info, "Ino"); ok && number != 0 {
				if seen[number] {
					continue
				}
				seen[number] = true
			}
			sizes[p.Name] += info.Size()
		}
	}
	return sizes, nil
}
