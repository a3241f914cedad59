package lint

// ringSize is the size in bytes of a ring for which none is set.
const ringSize = 16384

// rings looks for rings that are made smaller: HAProxy 2.6 warns, and refuses the file
// without another word. 2.2, 3.0 and later do as they are told.
func (c *checker) rings() {
	v := c.o.HAProxy
	if v.Since(v30) || v.Major == 2 && v.Minor == 2 {
		return
	}
	severity := Warning
	if v.Major == 2 && v.Minor == 6 {
		severity = Error
	}
	for _, s := range c.all {
		if s.Kind != "ring" {
			continue
		}
		size := ringSize
		for _, l := range s.Lines {
			if !l.Starts("size") || len(l.Words()) < 2 || l.Words()[1].Expands {
				continue
			}
			n := leadingNumber(l.Words()[1].Value)
			if n > 0 && n < size {
				c.word(severity, l, 1, "shrunken-ring", "leave it out, or write a larger size",
					"HAProxy 2.6 refuses a ring of %d bytes, fewer than the %d that it has already", n, size)
			}
			size = max(size, n)
		}
	}
}
