package essentials

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/ldso"
	"lbimage/overlay"
)

var libraryMissing = check.Rule{
	Name:     "library-missing",
	Group:    check.GroupEssentials,
	Severity: check.SeverityError,
	Why:      "the loader (ld.so) ends a program at once when it does not find a library that it needs",
	Mend:     "install the package that has it with `edits: [{rpm: FILE}]` in the recipe; 'rpm -qf' or 'dpkg -S' on a like system tells which",
}

var libraryVersion = check.Rule{
	Name:     "library-version",
	Group:    check.GroupEssentials,
	Severity: check.SeverityError,
	Why:      "the loader (ld.so) ends a program at once when a library lacks a version of its symbols that the program was linked with",
	Mend:     "the program was built for a later system than this one: install a package of HAProxy that is built for the image's system",
}

var libraryCache = check.Rule{
	Name:     "library-cache",
	Group:    check.GroupEssentials,
	Severity: check.SeverityError,
	Why:      "the loader (ld.so) finds libraries in the folders of /etc/ld.so.conf by " + ldso.CachePath + " alone, which ldconfig writes",
	Mend:     "run 'ldconfig -r FOLDER' on the unpacked root and lay its etc/ld.so.cache over the image with 'overlay', or put the library into a folder that the loader looks through",
}

// libraries looks for what HAProxy needs. ok is false where there is no program to ask for.
func libraries(s *check.Subject) (found ldso.Found, search *ldso.Search, ok bool, err error) {
	h := s.Survey.Essentials.HAProxy
	if h.Path == "" || h.Damaged != "" {
		return found, nil, false, nil
	}
	facts, err := ldso.Read(s.Tree, h.Path)
	var damaged ldso.Damaged
	if errors.As(err, &damaged) || overlay.LeadsNowhere(err) || err == nil && !facts.Dynamic {
		return found, nil, false, nil
	}
	if err != nil {
		return found, nil, false, err
	}
	if search, err = ldso.NewSearch(s.Tree, facts); err != nil {
		return found, nil, false, err
	}
	found, err = search.Libraries(h.Path)
	return found, search, err == nil, err
}

func findLibraries(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	h := s.Survey.Essentials.HAProxy
	out, err := loader(s)
	if err != nil || len(out) > 0 { // without a loader nothing is looked for
		return out, err
	}
	found, _, ok, err := libraries(s)
	if !ok || err != nil {
		return nil, err
	}
	for _, m := range found.Missing {
		message := fmt.Sprintf("%s is nowhere that the loader looks", m.Name)
		if m.By != h.Path {
			message += "; " + m.By + " needs it"
		}
		if len(m.Passed) > 0 {
			message += "; passed over: " + strings.Join(m.Passed, "; ")
		}
		out = append(out, libraryMissing.At(h.Path, message))
	}
	return out, nil
}

// loader finds a program whose own loader is not there: the kernel then says that the program is not there.
func loader(s *check.Subject) ([]check.Finding, error) {
	h := s.Survey.Essentials.HAProxy
	name := h.Binary.Interpreter
	if name == "" || h.Damaged != "" {
		return nil, nil
	}
	if !path.IsAbs(name) {
		return one(libraryMissing, h.Path, fmt.Sprintf("its loader %q is no absolute path", name)), nil
	}
	facts, err := ldso.Read(s.Tree, name)
	var damaged ldso.Damaged
	switch {
	case overlay.LeadsNowhere(err):
		return one(libraryMissing, h.Path, "its loader "+name+" is not there"), nil
	case errors.As(err, &damaged):
		return one(libraryMissing, h.Path, fmt.Sprintf("its loader %s is none: %v", name, err)), nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case facts.Arch() != h.Arch:
		return one(libraryMissing, h.Path, fmt.Sprintf("it is for %s, and its loader %s for %s", h.Arch, name, facts.Arch())), nil
	}
	return nil, nil
}

func findVersions(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	found, _, ok, err := libraries(s)
	if !ok || err != nil {
		return nil, err
	}
	var out []check.Finding
	seen := map[string]int{}
	for _, v := range found.Versions {
		key := v.Library + " " + v.By
		if i, ok := seen[key]; ok { // of one library the later versions follow
			out[i].Message = strings.Replace(out[i].Message, ", which ", " and "+v.Version+", which ", 1)
			continue
		}
		seen[key] = len(out)
		out = append(out, libraryVersion.At(v.Library, fmt.Sprintf("it lacks %s, which %s needs", v.Version, v.By)))
	}
	return out, nil
}

func findCache(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	found, search, ok, err := libraries(s)
	if !ok || err != nil {
		return nil, err
	}
	var paths []string
	for _, l := range found.Libraries {
		if l.Via == ldso.ViaLdconfig {
			paths = append(paths, l.Path)
		}
	}
	if len(paths) == 0 {
		return nil, nil
	}
	why := "it was written before they were there"
	if search.CacheNote != "" {
		why = search.CacheNote
	}
	return one(libraryCache, ldso.CachePath, fmt.Sprintf("HAProxy needs %s, which the cache does not have: %s", listed(paths, 5), why)), nil
}

// listed names the first of a list, and how many more there are.
func listed(all []string, most int) string {
	if len(all) <= most {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:most], ", "), len(all)-most)
}
