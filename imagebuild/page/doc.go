// Package page is the common ground of the HTML pages that lbimage writes: one file each, which needs neither a network
// nor scripts, reads on a phone and on a wide screen, in the light and in the dark, and prints.
//
// A page is written from top to bottom: [Begin] writes head and header, [Page.Render] one part after the other, [Page.End]
// the footer. What may become long, a tree of paths with what is told of each, goes through a [Tree], which keeps the
// texts in a temporary file and decides at the end what the page has room for.
//
// # Promises
//
//   - All that is shown is text to the browser: html/template escapes it where it stands, and [Text] makes visible what
//     could deceive a reader: control characters, marks that turn the direction of writing around, blanks without width.
//   - The page's policy (Content-Security-Policy) allows its own style, by digest, and nothing else: no script, picture,
//     font, form or frame, not even if one got in.
//   - The size is bounded, whatever is told; what is left out is counted.
//   - The bytes depend on what is shown alone.
package page
