package kickstart

// Commands are the commands of these names in their order, aliases among them: Commands("part") finds "partition" too.
// Without names: all.
func (f *File) Commands(names ...string) []*Command { panic("not yet") }

// Sections are the sections of this name, as "%post", in their order.
func (f *File) Sections(name string) []*Section { panic("not yet") }

// Packages are the entries of all %packages sections, in their order.
func (f *File) Packages() []Entry { panic("not yet") }

// Has says whether an option stands there, by its name in the grammar.
func (c *Command) Has(option string) bool { return has(c.Options, option) }

// Value is what the last option of this name says.
func (c *Command) Value(option string) (string, bool) { return value(c.Options, option) }

// Values are the values of all options of this name, in their order.
func (c *Command) Values(option string) []string { return values(c.Options, option) }

// List are the parts of a List option: split at commas, without blanks and empty ones.
func (c *Command) List(option string) []string { panic("not yet") }

// Int is a number.
func (c *Command) Int(option string) (int64, bool) { panic("not yet") }

// Has, Value and Values are those of the section's first line.
func (s *Section) Has(option string) bool             { return has(s.Options, option) }
func (s *Section) Value(option string) (string, bool) { return value(s.Options, option) }
func (s *Section) Values(option string) []string      { return values(s.Options, option) }

func has(all []Option, name string) bool {
	_, ok := value(all, name)
	return ok
}

func value(all []Option, name string) (string, bool) {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Name == name {
			return all[i].Value, true
		}
	}
	return "", false
}

func values(all []Option, name string) []string {
	var out []string
	for _, o := range all {
		if o.Name == name {
			out = append(out, o.Value)
		}
	}
	return out
}
