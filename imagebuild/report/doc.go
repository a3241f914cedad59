// Package report makes HTML pages of what lbimage did and found: of a comparison of two images ([Comparison]), and of a
// build ([Build]).
//
// It shows what packages compare and imagebuild tell, and finds nothing out by itself. How a page looks, what keeps it
// bounded and what keeps it safe is package page's.
package report
