// Package binary reads facts of ELF programs and libraries without running them: what they need, which build they are.
package binary
