package survey

import (
	"strconv"
	"strings"

	"lbimage/overlay"
)

// FstabPath is where file systems are listed that are mounted at boot.
const FstabPath = "/etc/fstab"

// Mount is a line of fstab.
type Mount struct {
	Line    int      `json:"line"`
	Device  string   `json:"device"` // LABEL=…, UUID=…, a path, a word
	Point   string   `json:"point"`
	Type    string   `json:"type"`
	Options []string `json:"options"`
	Dump    int      `json:"dump"`
	Pass    int      `json:"pass"`
	// Short says that the line has fewer words than fstab(5) asks for.
	Short bool `json:"short,omitempty"`
}

// Has says whether the line has an option.
func (m Mount) Has(option string) bool {
	for _, o := range m.Options {
		if o == option {
			return true
		}
	}
	return false
}

// maxMounts bounds the lines of fstab that are kept.
const maxMounts = 1024

// fstab reads /etc/fstab: words between blanks, blanks in words as \040.
func fstab(t overlay.ReadTree) ([]Mount, error) {
	lines, err := text(t, FstabPath, 1<<20)
	out := []Mount{}
	n := 0
	for line := range strings.Lines(lines) {
		n++
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") || len(out) == maxMounts {
			continue
		}
		m := Mount{Line: n, Options: []string{}, Short: len(words) < 3}
		word := func(i int) string {
			if i < len(words) {
				return unescape(words[i])
			}
			return ""
		}
		m.Device, m.Point, m.Type = word(0), word(1), word(2)
		if o := word(3); o != "" {
			m.Options = strings.Split(o, ",")
		}
		m.Dump, _ = strconv.Atoi(word(4))
		m.Pass, _ = strconv.Atoi(word(5))
		m.Device = unquoteTag(m.Device)
		out = append(out, m)
	}
	return out, err
}

// unescape replaces octal numbers: \040 is a blank.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(v))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// unquoteTag takes the quotation marks off LABEL="root".
func unquoteTag(device string) string {
	tag, value, ok := strings.Cut(device, "=")
	if !ok || len(value) < 2 || value[0] != '"' && value[0] != '\'' || value[len(value)-1] != value[0] {
		return device
	}
	return tag + "=" + value[1:len(value)-1]
}
