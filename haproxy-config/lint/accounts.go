package lint

// accounts looks at the users and groups that a configuration names, where it is known
// which there are.
func (c *checker) accounts() {
	for _, s := range c.all {
		for _, l := range s.Lines {
			words := l.Words()
			if (s.Kind == "global" || s.Kind == "program") && len(words) > 1 {
				switch l.Keyword() {
				case "user":
					c.account(l, 1, "user", c.o.User)
				case "group":
					c.account(l, 1, "group", c.o.Group)
				}
			}
		}
	}
}

func (c *checker) account(l *Line, n int, what string, exists func(string) bool) {
	w := l.Words()[n]
	if exists != nil && !w.Expands && !exists(w.Value) {
		c.word(Error, l, n, "unknown-"+what, "make the account, or name another", "there is no %s called %s", what, w.Value)
	}
}
