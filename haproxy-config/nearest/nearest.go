// Package nearest finds the word that a misspelt one was meant to be: a keyword of HAProxy, a key of a recipe.
package nearest

// Word gives the word that s was probably meant to be, or "" if none is near
// enough: at most a third of its letters may differ.
func Word(s string, words []string) string {
	best, bestDistance := "", 0
	for _, w := range words {
		d := Distance(s, w)
		if d <= max(len(s), len(w))/3 && (best == "" || d < bestDistance) {
			best, bestDistance = w, d
		}
	}
	return best
}

// Distance counts the letters to insert, remove, replace or swap with their
// neighbour to get from a to b.
func Distance(a, b string) int {
	const tooLong = 64 // no keyword is that long; keeps a stranger's text cheap
	if len(a) > tooLong || len(b) > tooLong {
		return len(a) + len(b)
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// Suggestion is the end of a message about an unknown word.
func Suggestion(s string, words []string) string {
	if w := Word(s, words); w != "" {
		return "; did you mean " + w + "?"
	}
	return ""
}
