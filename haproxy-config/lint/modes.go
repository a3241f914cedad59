package lint

import (
	"slices"
	"strings"
)

// httpOnly are the variables of formats that HAProxy up to 2.9 keeps for mode http.
var httpOnly = strings.Fields("CC CS HM HP HPO HQ HU HV Ta Ti Tq Tr TR r tr trg trl")

// modes looks at proxies that work together and speak differently.
func (c *checker) modes() {
	modes := map[string]string{}
	c.eachProxy(func(s Section, in settings) {
		if s.Kind == "listen" || s.Kind == "backend" {
			modes[s.Name] = in.mode
		}
	})
	c.eachProxy(func(s Section, in settings) {
		if s.Kind != "frontend" && s.Kind != "listen" {
			return
		}
		leads := []string{in.backend}
		for _, l := range s.Lines {
			if l.Starts("use_backend") && len(l.Words()) > 1 {
				leads = append(leads, l.Words()[1].Value)
			}
		}
		for _, to := range leads {
			if modes[to] == "tcp" && in.mode == "http" {
				c.word(Error, s.Header, 0, "mode-mismatch", "write the same mode in both", "%s is in mode http and leads to backend %s, which is in mode tcp", s.Label(), to)
				break
			}
		}
		if in.mode == "tcp" && c.o.HAProxy.Before(v30) {
			c.httpVariables(s)
		}
	})
}

// httpVariables looks for variables in the log formats of a tcp proxy that only http has.
func (c *checker) httpVariables(s Section) {
	for _, l := range s.Lines {
		if !l.Starts("log-format") || len(l.Words()) < 2 || l.Words()[1].Expands {
			continue
		}
		text := strings.ReplaceAll(l.Words()[1].Value, "%%", "")
		for i := range len(text) {
			if text[i] != '%' {
				continue
			}
			rest := text[i+1:]
			if strings.HasPrefix(rest, "{") {
				_, rest, _ = strings.Cut(rest, "}")
			}
			end := 0
			for end < len(rest) && isNameByte(rest[end]) {
				end++
			}
			if name := rest[:end]; slices.Contains(httpOnly, name) {
				c.word(Error, l, 1, "bad-log-format", "leave it out, or write mode http", "log-format: %%%s is for mode http, and %s is in mode tcp", name, s.Label())
				break
			}
		}
	}
}
