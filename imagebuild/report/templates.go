package report

import (
	"embed"
	"html/template"
	"sync"

	"lbimage/imagebuild/page"
)

//go:embed *.html
var files embed.FS

// parts are the templates of the pages, over those of package page.
var parts = sync.OnceValue(func() *template.Template { return page.Templates(files, "*.html") })
