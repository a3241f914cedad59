package servo

import (
	"bytes"
	"embed"
	"io/fs"
)

// stock holds the templates that the releases ship, each under the first release with it.
//
//go:embed stock/*.conf
var stock embed.FS

// stockSince are the releases that brought a new template, in order.
var stockSince = []string{"1.0.0", "1.0.1", "1.0.4", "1.1.0", "1.2.0"}

// StockTemplate gives the template that a release ships.
func StockTemplate(v Version) ([]byte, error) {
	if err := known(v); err != nil {
		return nil, err
	}
	since := stockSince[0]
	for _, s := range stockSince {
		if v.Compare(parse(s)) >= 0 {
			since = s
		}
	}
	return fs.ReadFile(stock, "stock/"+since+".conf")
}

// StockReleases names the releases that ship this very text as their template, oldest first: none when it
// was edited. White space at the end of the text does not count.
func StockReleases(text []byte) []string {
	var out []string
	for _, r := range releases {
		if t, err := StockTemplate(parse(r)); err == nil && bytes.Equal(bytes.TrimRight(t, " \t\r\n"), bytes.TrimRight(text, " \t\r\n")) {
			out = append(out, r)
		}
	}
	return out
}
