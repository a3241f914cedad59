package lint

// fcgiParam looks at 'set-param NAME FORMAT [if …]' and 'pass-header NAME [if …]'.
func (c *checker) fcgiParam(d directive, n int) {
	if d.words[0] == "set-param" {
		n++ // its format is read where a backend uses the application
	}
	c.cond(d, n+1, d.words[0])
}
