// Package recipe reads lbimage.yaml: what to change in a load balancer image, and the profiles to make
// of it. It knows the words of a recipe, and nothing of images.
//
// # Reading
//
// [Load] and [Parse] read strictly. A key that is not known is refused with its place and the nearest
// known one; so is a value of the wrong type, a key that stands twice, a second document, a tag. All
// that is wrong is told at once, in an [*Error]. Values are kept as they are written: 6.10 stays 6.10,
// and a mode is octal whatever YAML thinks of 0644. Anchors, aliases and merge keys (<<) are read; a
// cycle of them is refused, and what they make of a small text is bounded.
//
// # Profiles
//
// A profile takes what stands at the top level and adds to it, and so does one that extends another:
// lists grow at their end; mappings are taken key by key, and the profile's value counts for a key that
// both have; plain values are replaced; servo is replaced whole. An option of HAProxy is one by its
// name: 'no redispatch' in a profile takes the place of redispatch. Edits are not compared here: that two
// disagree is found when they are applied, and one with override: true counts. A recipe without profiles
// has one, [DefaultProfile]. [Recipe.Resolve] gives the result, with the place that each value comes from.
//
// # Paths
//
// Paths on this machine are relative to the recipe's folder ([Recipe.Path]); no tilde and no variable in
// them is expanded. [Recipe.Missing] tells of those that are not there. Paths in the image begin with a
// slash and have no ".." in them.
//
// # Schema
//
// One table of keys drives the reader and the JSON Schema ([Schema], draft 2020-12) that editors use.
//
// The language is YAML 1.2 with the leniencies of 1.1 that its usual readers keep; regular expressions
// are RE2's.
package recipe
