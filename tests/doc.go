// Package tests runs the lbimage program as its users do and lets others judge
// what it makes: e2fsck, debugfs, the kernel, GNU tar, rpm, sfdisk, haproxy.
// It also holds the table of imports.
package tests
