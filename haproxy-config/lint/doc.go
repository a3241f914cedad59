// Package lint tells what HAProxy will say to a configuration, without running it.
//
// [Check] reports as errors what the version that is asked about refuses, at the lines that
// it names, and as warnings what it takes and what is probably not meant. An error is
// certain. What this package cannot know — whether a name resolves, how HAProxy was built,
// what a version that no one looked at makes of a word — it leaves alone, or says so in a
// finding of severity info with the rule unknown-to-this-tool.
//
// What the versions know stands in the package keywords, as tables and as the syntax of
// directives. The files here hold what neither can tell. Each finding names a rule, in
// words that stay; its message says what is wrong and its hint what to write instead.
package lint
