package lint

import (
	"slices"
	"strconv"
)

// slot is what may stand once only.
type slot struct{ what, key string }

// unique looks for what may stand once only; of directives of global, see duplicates.
func (c *checker) unique() {
	proxies := map[slot]*Line{}
	for _, s := range c.all {
		here := map[slot]*Line{}
		for _, l := range s.Lines {
			words := l.Values(0)
			switch {
			case s.Kind == "resolvers" && l.Starts("nameserver") && len(words) > 1:
				c.once(here, slot{"nameserver", words[1]}, l, 1)
			case !s.IsProxy() || s.Kind == "defaults":
			case l.Starts("id") && len(words) > 1:
				c.once(proxies, slot{"id", number(words[1])}, l, 1)
			case l.Starts("bind") || l.Starts("server"):
				if i := slices.Index(words, "id"); i > 1 && i+1 < len(words) {
					c.once(here, slot{l.Keyword() + " id", number(words[i+1])}, l, i+1)
				}
			case l.Starts("stick-table"):
				c.once(here, slot{"stick-table", ""}, l, 0)
			case l.Starts("filter", "compression"):
				c.once(here, slot{"filter compression", ""}, l, 0)
			}
		}
	}
}

func number(s string) string { return strconv.Itoa(leadingNumber(s)) }

func (c *checker) once(seen map[slot]*Line, k slot, l *Line, n int) {
	if earlier := seen[k]; earlier != nil {
		c.word(Error, l, n, "twice", "change or remove one of the two", "%s %s is on line %d already", k.what, k.key, c.numbers[earlier])
		return
	}
	seen[k] = l
}
