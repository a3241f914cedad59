// Package hygiene asks what does not belong into an image that ships: keys, passwords, traces of who made it.
package hygiene
