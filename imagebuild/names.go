package imagebuild

import (
	"regexp"
	"strings"

	"lbimage/imagebuild/recipe"
)

// versioned is the name of a file with a version in it, and perhaps a release: NAME-1.1.0-212.
var versioned = regexp.MustCompile(`^(.+?)-([0-9]+(?:\.[0-9]+)+)(?:-([0-9][0-9A-Za-z.]*))?$`)

// namesOf takes the name of a tarball or disk image apart.
func namesOf(file string) recipe.SourceNames {
	for _, ending := range []string{".tgz", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".tar", ".img", ".raw"} {
		if rest, ok := strings.CutSuffix(file, ending); ok {
			file = rest
			break
		}
	}
	if m := versioned.FindStringSubmatch(file); m != nil {
		return recipe.SourceNames{Name: m[1], Version: m[2], Release: m[3]}
	}
	return recipe.SourceNames{Name: file}
}
