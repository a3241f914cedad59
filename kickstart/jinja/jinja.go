// Package jinja renders templates of kickstart files as Jinja2 does, as far as those use its language.
package jinja

// Limits of a rendering.
const (
	MaxTemplate = 1 << 20 // bytes
	MaxOutput   = 8 << 20 // bytes
)

// Options are those of Jinja2's Environment; the zero value is its default.
type Options struct {
	KeepTrailingNewline, TrimBlocks, LstripBlocks bool
	// Lenient renders a variable that there is not as nothing, as Jinja2 does by default; else it is an error.
	Lenient bool
}

// Render renders a template with variables: strings, numbers, booleans, slices and maps of them.
func Render(name string, text []byte, vars map[string]any, o Options) ([]byte, error) {
	panic("not yet")
}
