// Package page is the common ground of the HTML pages that lbimage writes: one file each, without scripts or a network.
package page
