package imagebuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"lbimage/imagebuild/block"
)

// SumsName is the file with the digests of all files that a build put into a folder, as 'sha256sum -c' reads it.
const SumsName = "SHA256SUMS"

// maxSums bounds a file of sums that is to be replaced.
const maxSums = 1 << 20

// sumsShared writes SHA256SUMS into the folder of an output. Where there is one already, which only --force replaces, its
// lines for other files stay.
func sumsShared(output string) Shared {
	path := filepath.Join(filepath.Dir(output), SumsName)
	return Shared{Role: RoleSums, Path: path, Write: func(_ context.Context, w io.Writer, all []*Finished) error {
		lines, err := readSums(path)
		if err != nil {
			return err
		}
		for _, f := range all {
			for _, out := range f.Written {
				if !f.job.Sums && out.Role != RoleReport { // which is of all images
					continue
				}
				if sameFile(filepath.Dir(out.Path), filepath.Dir(path)) {
					lines[filepath.Base(out.Path)] = out.SHA256
				}
			}
		}
		var names []string
		for name := range lines {
			names = append(names, name)
		}
		slices.Sort(names)
		var text bytes.Buffer
		for _, name := range names {
			text.WriteString(sumLine(lines[name], name))
		}
		_, err = w.Write(text.Bytes())
		return err
	}}
}

// sumLine is a line as sha256sum writes it. One that begins with a backslash has a name in which it, and what ends a line,
// is escaped.
func sumLine(sum, name string) string {
	escaped := strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(name)
	if escaped != name {
		sum = `\` + sum
	}
	return sum + "  " + escaped + "\n"
}

var sumPattern = regexp.MustCompile(`^(\\?)([0-9a-f]{64}) [ *](.+)$`)

// readSums reads the digests that are there, by name; none where there is no file.
func readSums(path string) (map[string]string, error) {
	lines := map[string]string{}
	f, err := block.OpenPlain(path)
	if errors.Is(err, fs.ErrNotExist) {
		return lines, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSums+1))
	if err != nil {
		return nil, err
	}
	bad := func(n int) error {
		return fmt.Errorf("line %d of the file that is there is no digest with a name, so nothing of it could be kept: move it away", n)
	}
	if len(text) > maxSums {
		return nil, errors.New("the file that is there is too large for a list of digests: move it away")
	}
	n := 0
	for l := range strings.Lines(string(text)) {
		n++
		sum, name, ok := ParseSum(strings.TrimSuffix(l, "\n"))
		if !ok {
			return nil, bad(n)
		}
		lines[name] = sum
	}
	return lines, nil
}

// ParseSum reads a line of SHA256SUMS, without its end: the digest in hexadecimal digits, and the name.
func ParseSum(line string) (sum, name string, ok bool) {
	m := sumPattern.FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	name = m[3]
	if m[1] != "" {
		name = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r").Replace(name)
	}
	return m[2], name, true
}
