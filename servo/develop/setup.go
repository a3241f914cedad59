package develop

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// setup is what setup.py asks for, as far as this package does it.
type setup struct {
	metadata map[string]string // name, description, author, …
	packages []string          // folders of the source
	scripts  []string          // files of the source
	data     []dataFile
}

// dataFile is one file of data_files.
type dataFile struct {
	from string // in the source
	dir  string // in the image
}

// installing are the arguments of setup() that would install something, and are not done here.
var installing = []string{
	"py_modules", "ext_modules", "ext_package", "package_dir", "package_data", "include_package_data",
	"headers", "libraries", "entry_points", "cmdclass", "script_args", "namespace_packages", "*",
}

// readSetup reads a setup.py. The folders of the source's Python packages stand in where it computes its list.
func readSetup(src string, packages func() []string) (setup, []string, error) {
	args, err := call(src, "setup")
	if err != nil {
		return setup{}, nil, fmt.Errorf("setup.py:%w", err)
	}
	for _, name := range installing {
		if v, ok := args[name]; ok && (v.kind != list || len(v.list) > 0) {
			return setup{}, nil, fmt.Errorf("setup.py:%d: %s: this is not done here: install in the running machine (per-boot), or from an RPM",
				v.line, strings.Replace(name, "*", "an argument without a name", 1))
		}
	}
	s := setup{metadata: map[string]string{}}
	var notes []string
	for name, v := range args {
		if v.kind == text {
			s.metadata[name] = v.text
		}
	}
	if v, ok := args["packages"]; ok {
		if s.packages, ok = texts(v); !ok {
			s.packages = packages()
			notes = append(notes, fmt.Sprintf("setup.py:%d: packages are computed: all folders with an __init__.py are taken", v.line))
		}
	}
	for i, p := range s.packages {
		s.packages[i] = strings.ReplaceAll(p, ".", "/")
	}
	if v, ok := args["scripts"]; ok {
		if s.scripts, ok = texts(v); !ok {
			return setup{}, nil, fmt.Errorf("setup.py:%d: scripts are computed: write them as a list of names", v.line)
		}
	}
	if v, ok := args["data_files"]; ok {
		if s.data, err = dataFiles(v); err != nil {
			return setup{}, nil, err
		}
	}
	slices.Sort(s.packages)
	s.packages = slices.Compact(s.packages)
	for _, p := range slices.Concat(s.packages, s.scripts) {
		if err := checkPath(path.Clean(p)); err != nil || path.IsAbs(p) {
			return setup{}, nil, fmt.Errorf("setup.py: %q is not a name in the source", p)
		}
	}
	return s, notes, nil
}

// texts reads a list of strings.
func texts(v value) ([]string, bool) {
	if v.kind != list {
		return nil, false
	}
	var out []string
	for _, e := range v.list {
		if e.kind != text {
			return nil, false
		}
		out = append(out, e.text)
	}
	return out, true
}

// dataFiles reads [('folder', ['file', …]), 'file', …]. A folder without a slash at its head lies below
// Python's prefix.
func dataFiles(v value) ([]dataFile, error) {
	bad := func(v value) error {
		return fmt.Errorf("setup.py:%d: data_files are not a list of ('folder', ['file', …]): write them so", v.line)
	}
	if v.kind != list {
		return nil, bad(v)
	}
	var out []dataFile
	for _, e := range v.list {
		dir, names := "", []string{e.text}
		if e.kind != text {
			if e.kind != list || len(e.list) != 2 || e.list[0].kind != text {
				return nil, bad(e)
			}
			dir = e.list[0].text
			var ok bool
			if names, ok = texts(e.list[1]); !ok {
				return nil, bad(e)
			}
		}
		if !path.IsAbs(dir) {
			dir = path.Join("/usr", dir)
		}
		if slices.Contains(strings.Split(dir, "/"), "..") {
			return nil, fmt.Errorf("setup.py:%d: the folder %q leads elsewhere: write it without ..", e.line, dir)
		}
		for _, n := range names {
			n = path.Clean(n)
			if err := checkPath(n); err != nil || path.IsAbs(n) {
				return nil, fmt.Errorf("setup.py:%d: %q is not a name in the source", e.line, n)
			}
			out = append(out, dataFile{n, path.Clean(dir)})
		}
	}
	return out, nil
}
