package templates

import (
	"strings"
	"testing"
)

func TestRenderText(t *testing.T) {
	p := full(t)
	p.Extra = map[string]string{"owner": "ops"}
	for text, want := range map[string]string{
		"{{range .Repos}}{{.Name}} {{end}}":                                                    "centos-base centos-updates epel load-balancer-servo ",
		"{{.Extra.owner}} {{upper .Language}} {{lower .Console}}{{trim \" x \"}}":              "ops DE_DE.UTF-8 ttys1x",
		"{{join \",\" .Packages}} {{range split \".\" .Hostname}}<{{.}}>{{end}}":               "acpid,-audit <lb><example><com>",
		"{{printf \"%-6s|%03d\" .Console .Baud}} {{print 1 2}} {{replace \"a\" \"b\" \"aa\"}}": "ttyS1 |9600 1 2 bb",
		"{{define \"ssh\"}}mine{{end}}{{template \"ssh\" .}}":                                  "mine",
		"{{range $i, $r := .Repos}}{{if $i}}, {{end}}{{$r.Kind}}{{end}}":                       "baseurl, baseurl, baseurl, mirrorlist",
	} {
		got, err := RenderText("own.ks.tmpl", text, p)
		if err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a\n{{.Nowhere}}":         "own.ks.tmpl:2:3: ",
		"a\n\n{{.Extra.nowhere}}": `own.ks.tmpl:3:9: <.Extra.nowhere>: map has no entry for key "nowhere"`,
		"{{if}}":                  "own.ks.tmpl:1: missing value for if",
		"{{readFile \"x\"}}":      `own.ks.tmpl:1: function "readFile" not defined`,
		"{{template \"sshd\" .}}": `own.ks.tmpl:1:12: `,
		"{{lbimageLeave}}":        "own.ks.tmpl: names of functions do not begin with lbimage",
		"{{call .Repos}}":         "own.ks.tmpl:1:3: ",
	} {
		_, err := RenderText("own.ks.tmpl", text, Defaults())
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, not %s", text, err, want)
		}
	}
}

// What a template may cost is bounded.
func TestBounds(t *testing.T) {
	for name, text := range map[string]string{
		"output":    `{{range $i := 100000}}` + strings.Repeat("x", 1000) + `{{end}}`,
		"range":     `{{range $i := 4611686018427387904}}{{end}}`,
		"nested":    `{{range $i := 100000}}{{range $j := 100000}}{{end}}{{end}}`,
		"recursion": `{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`,
		"branches":  `{{define "a"}}{{template "b"}}{{template "b"}}{{end}}{{define "b"}}{{if true}}{{template "c"}}{{template "c"}}{{end}}{{end}}` + halves(),
		"doubling":  `{{$x := "xxxxxxxx"}}` + strings.Repeat(`{{$x = printf "%s%s" $x $x}}`, 60),
		"print":     `{{$x := "xxxxxxxx"}}` + strings.Repeat(`{{$x = print $x $x}}`, 60),
		"replace":   `{{$x := "xxxxxxxx"}}` + strings.Repeat(`{{$x = replace "x" "xxxx" $x}}`, 60),
		"ifs":       strings.Repeat("{{if true}}", 60000) + strings.Repeat("{{end}}", 60000),
		"brackets":  "{{" + strings.Repeat("(", 500000),
		"width":     `{{printf "%99999999d" 1}}`,
		"star":      `{{printf "%*d" 999999 1}}`,
		"place":     `{{printf "%[1]s" "x"}}`,
		"precision": `{{printf "%.99999999f" 1.0}}`,
	} {
		if out, err := RenderText("t", text, Defaults()); err == nil {
			t.Errorf("%s: %d bytes without an error", name, len(out))
		} else if len(err.Error()) > 500 {
			t.Errorf("%s: the message has %d bytes", name, len(err.Error()))
		}
	}
}

// halves is a chain of parts of which each calls the next twice.
func halves() string {
	var b strings.Builder
	for c := 'c'; c < 'z'; c++ {
		b.WriteString(`{{define "` + string(c) + `"}}{{template "` + string(c+1) + `"}}{{template "` + string(c+1) + `"}}{{end}}`)
	}
	return b.String() + `{{define "z"}}{{end}}{{template "a"}}`
}

func FuzzRenderText(f *testing.F) {
	for _, name := range Names() {
		source, _ := Source(name)
		f.Add(source)
	}
	f.Add(`{{range $i := 3}}{{printf "%d" $i}}{{end}}{{define "a"}}{{template "a"}}{{end}}`)
	f.Fuzz(func(t *testing.T, text string) {
		out, err := RenderText("t", text, Defaults())
		if err == nil && len(out) > MaxOutput {
			t.Errorf("%d bytes", len(out))
		}
	})
}
