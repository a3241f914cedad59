package page

import (
	"bytes"
	"slices"
	"testing"

	"golang.org/x/net/html"
)

// void are the elements without an end.
var void = []string{"meta", "br", "hr", "img", "input", "link", "wbr", "col"}

// wellFormed fails where an element is not closed, or closed in another's place, where an identifier is there twice, or where
// an element stands on the page that must not.
func wellFormed(t *testing.T, page []byte) {
	t.Helper()
	for _, fault := range formFaults(page) {
		t.Error(fault)
	}
}

func formFaults(page []byte) (faults []string) {
	z := html.NewTokenizer(bytes.NewReader(page))
	var open []string
	ids := map[string]bool{}
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		token := z.Token()
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			if slices.Contains([]string{"script", "img", "iframe", "object", "embed", "link", "form", "base"}, token.Data) {
				faults = append(faults, "there is a "+token.Data)
			}
			for _, a := range token.Attr {
				if a.Key == "id" {
					if ids[a.Val] {
						faults = append(faults, "identifier "+a.Val+" twice")
					}
					ids[a.Val] = true
				}
				if len(a.Key) > 2 && a.Key[:2] == "on" || a.Key == "style" {
					faults = append(faults, "attribute "+a.Key)
				}
			}
			if kind == html.StartTagToken && !slices.Contains(void, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				return append(faults, "an end of "+token.Data+" where nothing of it is open")
			}
			open = open[:len(open)-1]
		}
	}
	for _, name := range open {
		faults = append(faults, name+" is not closed")
	}
	return faults
}

// The judge is judged.
func TestFormFaults(t *testing.T) {
	for page, want := range map[string]string{
		"<p>a</p><br>":                     "",
		"<p>":                              "p is not closed",
		"<p><b></p></b>":                   "an end of p where nothing of it is open",
		`<p id="a"></p><p id="a"></p>`:     "identifier a twice",
		`<p onload="x"></p>`:               "attribute onload",
		`<script>1</script>`:               "there is a script",
		`<svg><rect width="1"/></svg></b>`: "an end of b where nothing of it is open",
	} {
		got := formFaults([]byte(page))
		if want == "" && len(got) > 0 || want != "" && !slices.Contains(got, want) {
			t.Errorf("%s: %v, want %s", page, got, want)
		}
	}
}

func TestPage(t *testing.T) {
	write := func() []byte {
		var b bytes.Buffer
		p := Begin(&b, Head{
			Kind: "Test", Title: "</title><script>alert(1)</script>", Lead: "a\u202eb", Verdict: Verdict{Good, "all right"}, Tool: "tool 1",
			Links: []Link{{ID: "a", Text: "<b>"}},
		})
		p.Render(common(), "tiles", []Tile{{Name: "n", Value: "1", Tone: Good}})
		p.Render(common(), "facts", []Fact{{Name: "n", Value: "</dd>", Code: true}})
		p.Render(common(), "table", Table{Name: `"x"`, Heads: []string{"a", "b"}, Rows: []Cells{{Warn, []string{"</td>", "2"}}}, Left: 3})
		p.Render(common(), "diff", ParseDiff("--- a\n+++ b\n@@ -1 +1 @@\n-</table>\n+<script>\n"))
		if err := p.End(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	out := write()
	wellFormed(t, out)
	if !bytes.Equal(out, write()) {
		t.Error("two pages of one thing differ")
	}
	for _, want := range []string{"default-src &#39;none&#39;", "style-src &#39;sha256-", "all right", "3 more rows are left out"} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("%s is not there", want)
		}
	}
}
