// Package lint finds what is wrong with a kickstart file.
package lint
