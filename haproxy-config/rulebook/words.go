package rulebook

// words are rules about which word stands where, and which version knows it.
var words = []Rule{
	{"bad-negation", grave, "'no' and 'default' go before a few directives only, and before others HAProxy refuses the line", "remove the line, or say what is meant in other words"},
	{"conditional-unbalanced", grave, "a block of .if that does not end, or ends twice, is refused", "give each .if its .endif"},
	{"conditional-unsupported", grave, "HAProxy before 2.4 takes .if for an unknown directive", "write the lines without it"},
	{"contradiction", grave, "the two exclude each other, and HAProxy refuses both or goes by the first", "keep one of the two"},
	{"deprecated-keyword", warn, "a later HAProxy refuses the word, and this one says so already", "write what stands in its place; lbimage haproxy migrate does it"},
	{"directive-outside-section", grave, "HAProxy refuses what stands before the first section", "move the line into a section"},
	{"duplicate-directive", warn, "one of the two has no effect", "keep the one that is meant"},
	{"experimental", grave, "HAProxy takes experimental directives only where global allows them", "write expose-experimental-directives above it in global, or remove it"},
	{"ignored-keyword", warn, "HAProxy passes over the line, and nothing happens of what it says", "move it to a section where it counts"},
	{"late-directive", grave, "what sets up the process has to stand before the first proxy; HAProxy 3.0 and later insist", "move it to a global section at the top"},
	{"misplaced-keyword", grave, "HAProxy refuses a directive in a section that it is not for", "move it; perhaps a header is missing above"},
	{"missing-argument", grave, "HAProxy refuses a directive that lacks what it needs", "write what is missing behind it"},
	{"removed-keyword", grave, "HAProxy does not know the word any more and does not start", "write what stands in its place; lbimage haproxy migrate does it"},
	{"twice", grave, "HAProxy refuses a second, or only one of the two counts", "change or remove one of the two"},
	{"unexpected-argument", grave, "HAProxy refuses words that it has no use for, or passes over them", "remove them, or quote what belongs together"},
	{"unknown-action", grave, "HAProxy refuses an action that it does not know", "correct the word; the finding names the nearest"},
	{"unknown-directive", grave, "HAProxy refuses a directive that begins with a dot and is none", "correct or remove it"},
	{"unknown-keyword", grave, "HAProxy does not start with a word that it does not know", "correct the word, or use a HAProxy that knows it"},
	{"unknown-option", grave, "HAProxy does not start with an option that it does not know", "correct the name; the finding names the nearest"},
	{"unknown-parameter", grave, "HAProxy does not start with a parameter that it does not know", "correct the word; the finding names the nearest"},
	{"unknown-section", grave, "the header is taken for a directive, and all below it for part of the section above", "correct the header"},
	{"unknown-timeout", grave, "HAProxy does not start with a time-out that it does not know", "correct the name; there is a list in the finding"},
	{"unknown-to-this-tool", info, "the tables here end before that version, so only that HAProxy can tell", "let that HAProxy check it"},
	{"wrong-order", grave, "HAProxy refuses the step where it stands", "write it in the order that the finding tells"},
}
