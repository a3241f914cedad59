package checktest

import "strings"

// Holds says whether a text begins with the first part of a pattern and holds the others, in order. Parts end with '…'.
func Holds(text, pattern string) bool {
	for n, part := range strings.Split(pattern, "…") {
		i := strings.Index(text, part)
		if i < 0 || n == 0 && i > 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}
