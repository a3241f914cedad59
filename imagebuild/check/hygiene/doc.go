// Package hygiene asks what does not belong into an image that ships: passwords that are known, keys that let somebody in,
// secrets that every machine would share, traces of who made it.
//
// Each rule has a place of its own among the rules of package check; what is found alike in many files is one finding, with
// a count and the first paths. Mends are words of a recipe, which the tests of this package let mend what they tell of.
//
// Outside of production [check.Run] takes all of it for worth knowing and no more.
package hygiene
