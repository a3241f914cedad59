package rulebook

// text are rules about the file as bytes and lines.
var text = []Rule{
	{"bad-escape", grave, "HAProxy refuses a backslash before a sign that it does not know there", "write \\\\ for a backslash, or quote the word"},
	{"bad-variable", grave, "HAProxy stops at a reference to a variable that it cannot read", "write ${NAME}, or \\$ for the character"},
	{"byte-order-mark", grave, "the mark becomes part of the first word, which HAProxy does not know then", "save the file as UTF-8 without a byte order mark"},
	{"carriage-return", warn, "a carriage return at the end of a line becomes part of its last word", "end lines with a newline alone"},
	{"empty-argument", grave, "HAProxy takes an empty word for the end of the line and passes over the rest; from 3.4 on it refuses it", "remove the empty word, or say what was meant"},
	{"line-too-long", grave, "HAProxy before 1.6 cuts or refuses lines of more than 2047 characters", "break the line up"},
	{"missing-final-newline", grave, "a file that was cut off looks like this, and HAProxy from 2.3 on refuses it", "end the last line with a newline, and see whether anything is missing"},
	{"nul-byte", grave, "HAProxy ends the line at a byte of zero", "remove it"},
	{"too-many-words", grave, "HAProxy takes 64 words in a line and refuses more", "quote what belongs together, or break the line up"},
	{"unbalanced-quote", grave, "a quote that does not end takes the rest of the line, and HAProxy refuses it", "close the quote, or write \\\" for the sign"},
}
