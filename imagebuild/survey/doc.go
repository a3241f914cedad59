// Package survey tells what is in an image, as facts: which system, which kernels and how they are booted, which
// packages, who can log in, what runs. Nothing is judged here and nothing of the image is run.
//
// [Of] reads the tree once. Each part of a [Survey] has a file of its own, with its type and with what the facts are
// taken from. What an image brings may be anything: all that is read is bounded, and what cannot be understood is told
// in Notes of the part, not guessed.
package survey
