package survey

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"lbimage/imagebuild/rpmdb"
	"lbimage/overlay"
)

// rpmPackages reads rpm's database; Manager is empty where there is none. One that is damaged is a note.
func rpmPackages(ctx context.Context, t overlay.ReadTree, o Options) (Packages, error) {
	db, err := rpmdb.Open(ctx, t, rpmdb.Options{TempDir: o.TempDir})
	switch {
	case ctx.Err() != nil:
		return Packages{}, ctx.Err()
	case errors.Is(err, rpmdb.ErrNoDatabase):
		return Packages{}, nil
	case err != nil:
		return Packages{Manager: "rpm", Path: "/var/lib/rpm", Notes: []string{"the database of packages cannot be read: " + err.Error()}}, nil
	}
	out := Packages{Manager: "rpm", Path: db.Path, Format: string(db.Format), DB: db}
	byID := map[uint32]int{}
	for _, p := range db.Packages() {
		byID[p.ID] = len(out.List)
		out.List = append(out.List, rpmPackage(p, !o.noFiles))
	}
	if o.noFiles {
		out.DB = nil
		return out, nil
	}
	out.files = &ownership{owners: func(name string) []int {
		var list []int
		for _, p := range db.Owners(name) {
			list = append(list, byID[p.ID])
		}
		return list
	}}
	return out, nil
}

func rpmPackage(p *rpmdb.Package, files bool) Package {
	out := Package{
		Name: p.Name, Version: p.Version, Release: p.Release, Arch: p.Arch, Source: p.SourceRPM,
		License: p.License, Vendor: p.Vendor, Summary: p.Summary, Size: p.Size,
	}
	if p.Epoch != nil {
		out.Epoch = strconv.FormatUint(uint64(uint32(*p.Epoch)), 10)
	}
	if !p.InstallTime.IsZero() {
		at := p.InstallTime
		out.Installed = &at
	}
	if !files {
		return out
	}
	for i := range p.Files {
		if s := p.Files[i].State; s == rpmdb.Normal || s == rpmdb.Missing {
			out.Files = append(out.Files, p.Files[i].Path)
		}
	}
	slices.Sort(out.Files)
	return out
}
