// Package keywords tells which version of HAProxy knows which word of its configuration
// language, where it may stand and what may stand behind it.
//
// The knowledge is data: a file for each kind of section, or of what stands in one, in
// the folder data. Its first lines name where it comes from. A line is an entry, its
// columns are parted by two blanks or more; a dash stands for nothing:
//
//	name  since  warned  removed  places  args  value  flags
//
//	name     the words of the keyword
//	since    the first version with it; A..B: not in A, in B, and what lies
//	         between is not known; - for ever
//	warned   the first version that warns of it as deprecated
//	removed  the first version that refuses it; A..B as above
//	places   of what stands in proxies: the letters of defaults (D), frontend (F),
//	         listen (L) and backend (B) where it does something; in small
//	         letters where HAProxy takes it with a warning and passes over it
//	args     how many words may stand behind it: 2, 1-3, 1- for one and more;
//	         with @1.8 behind it: more are refused from 1.8 on, passed over
//	         before; with a ? behind it: more were never seen to be refused
//	value    what the first argument has to be, see [Kind]; int(1..64) with bounds;
//	         several parted by ; with the version behind @ from which each counts
//	flags    no, default: the prefixes that it takes; named: only in defaults that
//	         have a name; experimental: refused without expose-experimental-directives
//	         (@2.4 from a version on)
//
// A D in places with a version behind it, FLBD@2.5, stands for defaults from that
// version on.
//
// The table samples holds the sample fetches, converters and keywords of ACLs. There
// places say where a fetch can be had (see [SamplePlaces]), value is the type of the
// result (behind > for a converter, before it what it takes), and the flag
// takes=KIND+KIND names what stands in the parentheses.
//
// What stands behind many keywords, word by word, is written down in the folder syntax:
// see [Syntax]. Where it is, of the columns args and value only the least number of words
// counts.
//
// An entry that is not there is one that no version is known to have. What a version
// that was not looked at has is never guessed: see [State].
package keywords
