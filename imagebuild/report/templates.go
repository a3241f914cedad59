package report

import (
	"embed"

	"lbimage/imagebuild/page"
)

//go:embed *.html
var files embed.FS

// parts are the templates of the pages, over those of package page.
var parts = page.Templates(files, "*.html")
