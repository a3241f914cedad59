package template

// nine are the edits that the project began with.
func nine() Edits {
	return Edits{
		Timeouts: []Setting{
			{"connect", "5s"}, {"client", "2m"}, {"server", "2m"},
			{"http-keep-alive", "10s"}, {"queue", "1m"}, {"check", "5s"},
		},
		Set:     []Setting{{"retries", "3"}},
		Options: []string{"dontlognull", "redispatch"},
	}
}

// handEdited is the defaults section which an administrator made by hand from the
// template of 1.0.4, as a servo of 1.1.0 wrote it.
const handEdited = `defaults
  timeout connect     5s
  timeout client      2m
  timeout server      2m
  timeout http-keep-alive 10s
  timeout queue       1m
  timeout check       5s
  retries 3
  option dontlognull
  option redispatch
  option http-server-close # affects KA on/off
`
