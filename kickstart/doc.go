// Package kickstart reads kickstart files, the recipes of which Red Hat's installer makes systems, without loss:
// Parse gives typed commands, options and sections, and Format gives the bytes back as they were.
package kickstart
