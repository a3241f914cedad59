package ldso

import (
	"debug/elf"
	stdbinary "encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"lbimage/imagebuild/binary"
	"lbimage/overlay"
)

// Paths of what ldconfig reads and writes.
const (
	ConfPath  = "/etc/ld.so.conf"
	CachePath = "/etc/ld.so.cache"
)

// Search is where an image's loader looks for libraries, whatever asks for them.
type Search struct {
	tree    Tree
	program binary.Facts
	loader  *Library // nil where there is none
	cache   cache
	// CacheNote says what is wrong with the cache; empty for one that is sound, or for a loader that has none.
	CacheNote string
	// Default are the folders that are built into the loader, Conf those that ldconfig looks through.
	Default, Conf []string
	lib           string // what $LIB stands for
	tries         int
}

// multiarch are the folders that Debian and its kin add for each processor.
var multiarch = map[string]string{
	"x86_64": "x86_64-linux-gnu", "i686": "i386-linux-gnu", "aarch64": "aarch64-linux-gnu",
	"arm": "arm-linux-gnueabihf", "ppc64le": "powerpc64le-linux-gnu", "s390x": "s390x-linux-gnu",
	"riscv64": "riscv64-linux-gnu",
}

// NewSearch reads where the loader of a program looks. An error means that the image could not be read.
func NewSearch(t Tree, program binary.Facts) (*Search, error) {
	s := &Search{tree: t, program: program, lib: "lib"}
	if program.Class == elf.ELFCLASS64 {
		s.lib = "lib64"
	}
	if err := s.readLoader(); err != nil {
		return nil, err
	}
	if base := path.Base(program.Interpreter); strings.HasPrefix(base, "ld-musl-") {
		return s, s.musl(base)
	}
	c := conf{tree: t}
	if err := c.read(ConfPath); err != nil {
		return nil, fmt.Errorf("reading where the image has its libraries: %w", err)
	}
	if len(s.Default) == 0 {
		s.Default = s.guessed()
	}
	s.Conf = append(c.folders, s.guessed()...)
	for _, d := range s.Default { // /lib/x86_64-linux-gnu/ means that $LIB is lib/x86_64-linux-gnu
		if l := strings.TrimPrefix(d, "/"); !strings.HasPrefix(l, "usr/") {
			s.lib = l
			break
		}
	}
	return s, s.readCache()
}

// guessed are the folders that loaders have built in, of any distribution.
func (s *Search) guessed() []string {
	var dirs []string
	if s.program.Class == elf.ELFCLASS64 {
		dirs = append(dirs, "/lib64", "/usr/lib64")
	}
	if m, ok := multiarch[s.program.Arch()]; ok {
		dirs = append(dirs, "/lib/"+m, "/usr/lib/"+m)
	}
	return append(dirs, "/lib", "/usr/lib", "/usr/local/lib")
}

func (s *Search) readCache() error {
	b, err := Small(s.tree, CachePath, maxCache)
	switch {
	case err != nil:
		s.CacheNote = "it cannot be read: " + err.Error()
		return nil
	case b == nil:
		s.CacheNote = "there is none"
		return nil
	}
	var order stdbinary.ByteOrder = stdbinary.LittleEndian
	if s.program.Data == elf.ELFDATA2MSB {
		order = stdbinary.BigEndian
	}
	if s.cache, err = parseCache(b, order); err != nil {
		s.CacheNote = "it is damaged: " + err.Error()
	}
	return nil
}

// builtIn is a folder as it stands among the strings of a loader.
var builtIn = regexp.MustCompile(`\x00((?:/[\w.+-]+)*/lib[\w.+-]*(?:/[\w.+-]+)*/)\x00`)

// maxLoader bounds how much of a loader is searched for its folders. Real ones have some 200 KiB.
const maxLoader = 4 << 20

// readLoader reads the loader that the program names: who it is, and which folders it has built in.
func (s *Search) readLoader() error {
	name := s.program.Interpreter
	if !path.IsAbs(name) {
		return nil
	}
	r, err := overlay.Resolve(s.tree, name)
	if overlay.LeadsNowhere(err) {
		return nil
	}
	if err != nil {
		return err
	}
	err = With(s.tree, r, MaxELF, func(ra io.ReaderAt, size int64) error {
		facts, err := binary.Read(ra, size)
		if err != nil {
			return err
		}
		s.loader = &Library{Name: path.Base(name), Path: path.Clean(name), Via: ViaInterpreter, Facts: facts}
		b := make([]byte, min(size, maxLoader))
		if _, err := ra.ReadAt(b, 0); err != nil && err != io.EOF {
			return err
		}
		for len(b) > 0 { // the strings share the zero between them
			m := builtIn.FindSubmatchIndex(b)
			if m == nil {
				break
			}
			if d := path.Clean(string(b[m[2]:m[3]])); len(s.Default) < 16 && !slices.Contains(s.Default, d) {
				s.Default = append(s.Default, d)
			}
			b = b[m[3]:]
		}
		return nil
	})
	var damaged Damaged
	if errors.As(err, &damaged) || overlay.LeadsNowhere(err) {
		return nil
	}
	return err
}

// musl reads where musl's loader looks: /etc/ld-musl-x86_64.path, one folder a line or between colons.
func (s *Search) musl(base string) error {
	s.Default = []string{"/lib", "/usr/local/lib", "/usr/lib"}
	text, err := Small(s.tree, "/etc/"+strings.TrimSuffix(base, ".so.1")+".path", maxConfSize)
	if err != nil || text == nil {
		return err
	}
	s.Default = nil
	for _, d := range strings.FieldsFunc(string(text), func(r rune) bool { return r == ':' || r == '\n' }) {
		if strings.HasPrefix(d, "/") && len(s.Default) < maxFolders {
			s.Default = append(s.Default, path.Clean(d))
		}
	}
	return nil
}

// expand replaces what a search path may leave open: $ORIGIN is the folder of the object that has it, $LIB is lib64,
// lib, or lib/x86_64-linux-gnu, $PLATFORM the processor. A folder with anything else open, or a relative one, is left
// out.
func (s *Search) expand(dirs []string, origin string) []string {
	platform := s.program.Arch()
	replace := strings.NewReplacer("${ORIGIN}", origin, "$ORIGIN", origin, "${LIB}", s.lib, "$LIB", s.lib,
		"${PLATFORM}", platform, "$PLATFORM", platform)
	var out []string
	for _, d := range dirs {
		if d = replace.Replace(d); strings.HasPrefix(d, "/") && !strings.Contains(d, "$") {
			out = append(out, s.folder(d))
		}
	}
	return out
}

// folder takes ".." out of a path as the kernel does: of the folder that a link leads to, not of the link's own.
func (s *Search) folder(d string) string {
	if strings.Contains(d, "..") {
		if r, err := overlay.Resolve(s.tree, d); err == nil && r.Exists() {
			return r.Path()
		}
	}
	return path.Clean(d)
}
