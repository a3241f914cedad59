package kickstart

import (
	"strings"
	"testing"

	"lbimage/kickstart/grammar"
)

func TestTemplates(t *testing.T) {
	for _, c := range []struct {
		text, language string
		line           int
	}{
		{"lang x\n{% for r in repos %}\nrepo --name={{ r }}\n{% endfor %}\n", "Jinja2", 2},
		{"{# a remark #}\n", "Jinja2", 1},
		{"url --url={{ tree }}\n", "Jinja2", 1},
		{"%packages\n@core\n{% if x %}\nb\n{% endif %}\n%end\n", "Jinja2", 3},
		{"{{range .Repos}}\n{{end}}\n", "Go's text/template", 1},
		{"part / --size {{.RootMiB}}\n", "Go's text/template", 1},
		{"{{- $x := 1 }}\n", "Go's text/template", 1},
		{"install\n<%= @mediapath %>\n", "ERB", 2},
		{"rootpw --iscrypted <%= root_pass %>\n", "ERB", 1},
		{"<%#\nname: x\n%>\n", "ERB", 1},
		{"#if $x\nskipx\n#end if\n", "Cheetah", 3},
		{"%pre\n$SNIPPET('log')\n%end\n", "Cheetah", 2},
		{"#set $arch = $getVar('arch', '')\n", "Cheetah", 1},

		{"url --url=$tree\ntext\n", "placeholders", 1},
		{"text\n  $yum_repo_stanza\n", "placeholders", 2},
		{"rootpw --iscrypted @@password@@\n", "Cheetah", 1},
		{"rootpw --plaintext ${build_password}\n", "placeholders", 1},
		{"text\n%{ if boxed ~}\nreboot\n%{ endif ~}\n", "HCL", 2},
		{"network --ip [% ip %] --netmask 255.255.255.0\n", "Template Toolkit", 1},
		{"url --url=@MIRROR@/os\n", "placeholders", 1},
		{"text\n__REPOSITORIES__\n", "placeholders", 2},
		{"text\n%packages <%= options %>\nbash\n%end\n", "ERB", 2},

		{"url --url=http://a.example/$releasever/os/$basearch\n", "", 0},
		{"repo --name=a --baseurl=$basearch\n", "", 0},
		{"rootpw --iscrypted $6$salt$hash\n", "", 0},
		{"rootpw --iscrypted $1$aaaaaaaa$bbbbbbbbbbbbbbbbbbbbbb\n", "", 0},
		{"text # <%- said in a comment %>\n", "", 0},
		{"%packages\n@core\n@^minimal-environment\n%end\n", "", 0},
		{"%post\ncat > /etc/a.erb <<'E'\n<%= @host %>\nE\necho ${name}\n%end\n", "", 0},
		{"user --name=a --gecos=\"a $ b\"\n", "", 0},
		{"bootloader --append=\"a=@b c=__D__\"\n", "", 0},

		// No templates: scripts may write such texts, and comments may speak of them.
		{"%post\necho '{{ x }}' > /etc/a\necho '<%= y %>' > /etc/b\n{% nonsense %}\n%end\n", "", 0},
		{"# made of {{ name }}\n#if needed, skipx\nlang en_US\n", "", 0},
		{"bootloader --append=\"a={b} c=%d\"\n", "", 0},
		{"", "", 0},
	} {
		f, err := Parse("lb.ks", []byte(c.text), 0)
		if err != nil {
			t.Fatal(err)
		}
		marks := Templates(f)
		switch {
		case c.language == "" && len(marks) > 0:
			t.Errorf("%q: taken for a template: %v", c.text, marks)
		case c.language != "" && (len(marks) == 0 || marks[0].Language != c.language || marks[0].Place.Line != c.line || marks[0].Hint == ""):
			t.Errorf("%q: %v, want line %d of %s", c.text, marks, c.line, c.language)
		}
	}
}

// What could be of several languages is of the one that another line names.
func TestTemplateLanguageIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"url --url=$tree\n$SNIPPET('network_config')\n":        "Cheetah Cheetah",
		"lang ${language}\n%{ if grow ~}\ntext\n%{ endif ~}\n": "HCL HCL HCL",
		"url --url=@TREE@\ntext\n":                             "placeholders",
	} {
		f, err := Parse("a.ks", []byte(text), grammar.RHEL7)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range Templates(f) {
			got = append(got, m.Language)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, not %s", text, got, want)
		}
	}
}
