package page

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"sync"
)

//go:embed *.html
var own embed.FS

// common are the templates of this package, read when the first page is written.
var common = sync.OnceValue(fresh)

// fresh reads them anew: a set that has been executed cannot be added to.
func fresh() *template.Template {
	return template.Must(template.New("page").Funcs(funcs).ParseFS(own, "*.html"))
}

// funcs are those that every template may call.
var funcs = template.FuncMap{
	"text": Text,
	"size": Size,
	"count": func(n any) string {
		switch n := n.(type) {
		case int:
			return Count(n)
		case int64:
			return Count(n)
		case uint64:
			return Count(n)
		case uint32:
			return Count(n)
		}
		return fmt.Sprint(n)
	},
	"counted": func(n int, one, many string) string { return Counted(n, one, many) },
}

// Templates gives a set that has those of this package and those of files.
func Templates(files fs.FS, patterns ...string) *template.Template {
	return template.Must(fresh().ParseFS(files, patterns...))
}
