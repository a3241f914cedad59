package rpm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/rpmpack"
	rpmutils "github.com/sassoftware/go-rpmutils"
)

// addDependencies puts in what the package requires and the like. The library
// would do so too, but it knows neither what a dependency is for nor that an
// epoch belongs to the version of what the package itself provides.
func (s *Spec) addDependencies(r *rpmpack.RPM) {
	for _, k := range []struct {
		list                 []Dependency
		name, flags, version int
	}{
		{slices.Concat(s.Requires, s.features()), rpmutils.REQUIRENAME, rpmutils.REQUIREFLAGS, rpmutils.REQUIREVERSION},
		{s.provides(), rpmutils.PROVIDENAME, rpmutils.PROVIDEFLAGS, rpmutils.PROVIDEVERSION},
		{s.Conflicts, rpmutils.CONFLICTNAME, rpmutils.CONFLICTFLAGS, rpmutils.CONFLICTVERSION},
		{s.Obsoletes, rpmutils.OBSOLETENAME, rpmutils.OBSOLETEFLAGS, rpmutils.OBSOLETEVERSION},
	} {
		if len(k.list) == 0 {
			continue
		}
		var names, versions []string
		var flags []uint32
		for _, d := range k.list {
			f := d.Flags | d.sense()
			if d.Internal() {
				f |= senseRPMLib
			}
			names, versions, flags = append(names, d.Name), append(versions, d.Version), append(flags, f)
		}
		r.AddCustomTag(k.name, rpmpack.EntryStringSlice(names))
		r.AddCustomTag(k.flags, rpmpack.EntryUint32(flags))
		r.AddCustomTag(k.version, rpmpack.EntryStringSlice(versions))
	}
}

// provides is what the package provides: itself too, if that is not said already.
func (s *Spec) provides() []Dependency {
	self := Dependency{Name: s.Name, Op: "=", Version: s.Version + "-" + s.Release}
	if s.Epoch != 0 {
		self.Version = fmt.Sprintf("%d:%s", s.Epoch, self.Version)
	}
	if slices.ContainsFunc(s.Provides, func(d Dependency) bool { return d.String() == self.String() }) {
		return s.Provides
	}
	return append(slices.Clone(s.Provides), self)
}

// features are what an rpm must know to install the package: what each since 4.6
// knows, and what the package has that is younger.
func (s *Spec) features() []Dependency {
	out := []Dependency{
		{Name: "rpmlib(CompressedFileNames)", Op: "<=", Version: "3.0.4-1"},
		{Name: "rpmlib(FileDigests)", Op: "<=", Version: "4.6.0-1"},
		{Name: "rpmlib(PayloadFilesHavePrefix)", Op: "<=", Version: "4.0-1"},
	}
	versions, rich := s.Version+s.Release, false
	for _, d := range slices.Concat(s.Requires, s.Provides, s.Conflicts, s.Obsoletes) {
		versions += d.Version
		if d.rich() {
			rich = true
			versions += d.Name
		}
	}
	if strings.Contains(versions, "~") {
		out = append(out, Dependency{Name: "rpmlib(TildeInVersions)", Op: "<=", Version: "4.10.0-1"})
	}
	if strings.Contains(versions, "^") {
		out = append(out, Dependency{Name: "rpmlib(CaretInVersions)", Op: "<=", Version: "4.15.0-1"})
	}
	if rich {
		out = append(out, Dependency{Name: "rpmlib(RichDependencies)", Op: "<=", Version: "4.12.0-1"})
	}
	return out
}

// rich reports whether it is an expression of several: (a or b).
func (d Dependency) rich() bool {
	return strings.HasPrefix(d.Name, "(") && strings.HasSuffix(d.Name, ")")
}
