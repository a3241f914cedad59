package kickstart_test

import (
	"strings"
	"testing"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

// Templates of other languages are told as such, once, and what only looks like one is not.
func TestTemplatesOfOthers(t *testing.T) {
	for _, c := range []struct{ text, at, language string }{
		{"text\nlang <%= @language %>\n<% if @dynamic -%>\nzerombr\n<% end -%>\n", "2:6", "ERB"},
		{"<%#\nname: a\n%>\ntext\n", "1:1", "ERB"},
		{"url --url=$tree\n$SNIPPET('network_config')\ntext\n", "2:1", "Cheetah"},
		{"url --url=$tree\ntext\n", "1:11", "Cheetah"},
		{"text\n  $yum_repo_stanza\n", "2:3", "Cheetah"},
		{"rootpw --iscrypted @@password@@\n", "1:20", "Cheetah"},
		{"rootpw --plaintext ${build_password}\n", "1:20", "variables"},
		{"text\n%{ if boxed ~}\nreboot\n%{ endif ~}\n", "2:1", "HCL"},
		{"lang ${language}\n%{ if name != \"it's\" ~}\nreboot\n%{ endif ~}\n", "2:1", "Packer"},
		{"network --ip [% ip %] --netmask 255.255.255.0\n", "1:14", "Template Toolkit"},
		{"url --url=@MIRROR@/os\n", "1:11", "configure"},
		{"text\n__REPOSITORIES__\n", "2:1", "configure"},
		{"text\n%packages <%= options %>\nbash\n%end\n", "2:11", "ERB"},

		{"url --url=http://a.example/$releasever/os/$basearch\n", "", ""},
		{"repo --name=a --baseurl=$basearch\n", "", ""},
		{"rootpw --iscrypted $6$salt$hash\n", "", ""},
		{"rootpw --iscrypted $1$aaaaaaaa$bbbbbbbbbbbbbbbbbbbbbb\n", "", ""},
		{"text # <%= said in a comment %>\n", "", ""},
		{"#<% text %>\ntext\n", "", ""},
		{"%packages\n@core\n@^minimal-environment\n%end\n", "", ""},
		{"%post\ncat > /etc/a.erb <<'E'\n<%= @host %>\nE\necho ${name} $SNIPPET\n%end\n", "", ""},
		{"user --name=a --gecos=\"a $ b\"\n", "", ""},
		{"bootloader --append=\"a=@b c=__D__\"\n", "", ""},
	} {
		f, err := kickstart.Parse("a.ks", []byte(c.text), grammar.RHEL7)
		if err != nil {
			t.Fatal(err)
		}
		if c.at == "" {
			if f.Template() {
				t.Errorf("%q: told as a template: %v", c.text, f.Problems)
			}
			continue
		}
		if !f.Template() || len(f.Problems) != 1 {
			t.Errorf("%q: %v", c.text, f.Problems)
			continue
		}
		p := f.Problems[0]
		if want := "a.ks:" + c.at; p.Place.String() != want || !strings.Contains(p.Message, c.language) || p.Warning || p.Hint == "" {
			t.Errorf("%q: %s %q; want %s, %s", c.text, p.Place, p.Message, want, c.language)
		}
		if err := f.Refusal(); err == nil || !strings.HasPrefix(err.Error(), "a.ks:"+c.at+": ") {
			t.Errorf("%q: it is refused as %v", c.text, err)
		}
		if string(f.Format()) != c.text {
			t.Errorf("%q: it is not kept", c.text)
		}
	}
}
