package tests

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sort"
	"strings"
	"testing"
)

// floors is the plan of the house (docs/architecture.md): a package may import
// those on lower floors, never its own floor or above. Packages below an
// internal folder belong to the room that holds the folder.
var floors = map[string]int{
	"cmd/lbimage":                 11,
	"imagebuild/report":           10,
	"imagebuild/verify":           10,
	"imagebuild":                  9,
	"imagebuild/check/all":        8,
	"imagebuild/check/checktest":  7, // for tests only
	"imagebuild/compare":          7,
	"imagebuild/check/essentials": 7,
	"imagebuild/check/boots":      7,
	"imagebuild/check/access":     7,
	"imagebuild/check/hygiene":    7,
	"imagebuild/check":            6,
	"imagebuild/request":          6,
	"imagebuild/sbom":             6,
	"imagebuild/provenance":       6,
	"imagebuild/rpmout":           6,
	"imagebuild/survey":           5,
	"imagebuild/source":           5,
	"imagebuild/sample":           5,
	"imagebuild/fsedit":           5,
	"imagebuild/rpminstall":       5,
	"imagebuild/treediff":         4,
	"imagebuild/rpmdb":            4,
	"imagebuild/ldso":             3,
	"imagebuild/page":             1,
	"imagebuild/binary":           0,
	"servo/develop":               5,
	"servo/servotest":             5, // for tests only
	"servo":                       4,
	"overlay/accounts":            3,
	"overlay/services":            3,
	"overlay/selinux":             3,
	"overlay":                     2,
	"imagebuild/where":            2,
	"imagebuild/recipe":           1,
	"imagebuild/ext":              1,
	"imagebuild/disk":             1,
	"imagebuild/tgz":              1,
	"imagebuild/rpm":              1,
	"imagebuild/block":            0,
	"imagebuild/outfile":          0,
	"haproxy-config":              0,

	"haproxy-config/nearest":  0,
	"haproxy-config/rulebook": 1,
	"haproxy-config/keywords": 1,
	"haproxy-config/lint":     2,
	"haproxy-config/migrate":  2,
	"haproxy-config/render":   2,
	"haproxy-config/template": 2,
	"imagebuild/judge":        4,

	"kickstart/lint":               3,
	"kickstart/script":             2,
	"kickstart":                    1,
	"kickstart/templates":          2,
	"kickstart/script/sed":         0,
	"kickstart/shell":              0,
	"kickstart/grammar":            0,
	"kickstart/jinja":              1,
	"kickstart/mirrors":            1,
	"imagebuild/check/conformance": 7,
	"imagebuild/kickplan":          8,

	"tests":            12,
	"overlay/treetest": 3, // for tests only
	"tests/needs":      0, // for tests only
	"tests/bench":      12,
	"tests/bench/ext":  12,
}

const module = "lbimage/"

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// room is the name in the table: the part of the path before an internal folder.
func room(path string) string {
	path, _, _ = strings.Cut(strings.TrimPrefix(path, module), "/internal")
	return path
}

func violations(list []goPackage) []string {
	var bad []string
	for _, p := range list {
		from := room(p.ImportPath)
		floor, ok := floors[from]
		if !ok {
			bad = append(bad, fmt.Sprintf("%s has no floor: add it to the table here and in docs/architecture.md", from))
			continue
		}
		for _, imp := range p.Imports {
			if !strings.HasPrefix(imp, module) {
				continue
			}
			if to := room(imp); to != from && floors[to] >= floor {
				bad = append(bad, fmt.Sprintf("%s (floor %d) imports %s (floor %d)", from, floor, to, floors[to]))
			}
		}
	}
	sort.Strings(bad)
	return bad
}

func TestImportsRunDownward(t *testing.T) {
	for _, v := range violations(listPackages(t)) {
		t.Error(v)
	}
}

// The judge is judged: it must see each kind of violation.
func TestViolationsAreSeen(t *testing.T) {
	for name, p := range map[string]goPackage{
		"up":      {"lbimage/imagebuild/ext", []string{"lbimage/imagebuild"}},
		"sideway": {"lbimage/imagebuild/ext/internal/dir", []string{"lbimage/imagebuild/tgz"}},
		"unknown": {"lbimage/elsewhere", nil},
	} {
		if len(violations([]goPackage{p})) != 1 {
			t.Errorf("%s: not seen", name)
		}
	}
	fine := goPackage{"lbimage/imagebuild/ext", []string{"lbimage/imagebuild/ext/internal/layout", "lbimage/imagebuild/block", "io"}}
	if v := violations([]goPackage{fine}); len(v) != 0 {
		t.Errorf("a good package is refused: %v", v)
	}
}
