// Package haproxyconfig reads, edits and checks HAProxy configurations: above
// all the template from which the servo writes the configuration that HAProxy
// runs with.
//
// # Reading
//
// [Parse] cuts any bytes into lines, lines into words, and never fails: what
// it does not understand it keeps as it is, and [File.Bytes] gives back every
// byte. A word has its value, as HAProxy would read it, its text, as it is
// written, and its column. How a line is cut depends on the version: quotes
// are special from 1.6 on and ordinary characters before, see [Dialect].
// [File.Sections] shows the file as HAProxy sees it: a line whose first word
// is a section word begins a section, however it is indented.
//
// # Editing
//
// An [Editor] sets, adds, renames and removes directives. An edit touches its
// own line only, and of that line only what must change: indentation, the
// column of the value, the comment behind it and the line ending stay. Each
// edit is told as a [Change]. The rules are these:
//
//   - HAProxy heeds the last of several equal directives, for a few of global
//     the first. That one is set; the others stay as they are.
//   - A new line goes behind the last directive of its section, indented like
//     it. Blank lines and comments that follow belong to the next section.
//   - A value in a line of its own kind stands in the column where its
//     neighbours have theirs, if they are aligned and the keyword leaves room;
//     else one blank stands before it.
//   - When a keyword is spelled anew, the value keeps its column where the new
//     keyword leaves room for at least one blank; else one blank stands there.
//   - Of a setting that is written both in a deprecated and in its new spelling
//     one line remains: the one that was in force, where it stood.
//
// [TemplateEdits] bundles what an administrator asks for (timeouts, settings,
// options), checks it before anything is touched, and applies it to the text
// of a template.
//
// # Checking
//
// [Check] and [CheckWith] look for what would keep HAProxy from starting and
// for what the servo would lose without a word, and report it as a list of
// [Finding]. The facts behind the rules were measured with HAProxy 1.4 to 3.x
// and with the servo itself; where a fact depends on a version, the options say
// which version is meant, and without one the finding is careful.
package haproxyconfig
