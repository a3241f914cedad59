package lint

import "lbimage/kickstart"

// parserRules are those of package kickstart, under the names that its problems have, without ks- in front.
var parserRules = []Rule{
	{"abbreviated-option", Warning, "a shortened name is understood until a release has a second option that begins so", "write the whole name"},
	{"append-in-append", Warning, "%ksappend is looked for in the first file only", "name the file in the first one"},
	{"bad-value", Error, "the installer refuses a value that the option or the command cannot have", "write one that it can have; the finding tells which"},
	{"blank-in-package", Warning, "each line of %packages is one name, blanks and all", "write one package in a line"},
	{"byte-order-mark", Error, "the installer takes the mark for a part of the first word, which it does not know then", "save the file without it"},
	{"conflicting-commands", Error, "the installer refuses commands that contradict each other", "keep the one that is meant"},
	{"conflicting-options", Error, "the installer refuses options that contradict each other", "keep the one that is meant"},
	{"deprecated-command", Warning, "the release takes the command and does nothing, and a later one refuses it", "write what stands in its place, or remove it"},
	{"deprecated-option", Warning, "the release takes the option and does nothing, and a later one refuses it", "write what stands in its place, or remove it"},
	{"deprecated-section", Warning, "the release takes the section and warns, and a later one refuses it", "write what stands in its place, or remove it"},
	{"duplicate-command", Warning, "the later of two lines counts, and the earlier one misleads", "remove one of the two"},
	{"duplicate-name", Warning, "the installer warns of a second user, group, volume or device of one name, and only one of them comes to be", "remove or rename one of the two"},
	{"include-cycle", Error, "a file that includes itself has no end", "remove one of the lines"},
	{"include-not-read", Error, "what stands in the file that is included was not judged, and what is missing here may stand there", "put the file below the folder of the first one, or write its lines in its place"},
	{"joined-line", Warning, "the line goes on with the first one behind %ksappend", "end the last line of the file"},
	{"line-continuation", Error, "a backslash at the end of a line does not do in every release what it does in a shell", "write the command in one line"},
	{"missing-argument", Error, "the installer refuses a command that lacks what it is about", "write it behind the command"},
	{"missing-end", Error, "the installer refuses a section without %end, or takes what follows for a part of it", "write %end, alone in a line"},
	{"missing-option", Error, "the installer refuses the command without the option", "write the option"},
	{"missing-value", Error, "the installer refuses an option without its value, or takes the next word for it", "write the value behind ="},
	{"not-utf8", Error, "the installer of RHEL 8 and later reads UTF-8 alone, and stops at another byte", "save the file as UTF-8"},
	{"octal-number", Warning, "a number with 0 in front is not read in every release as it looks", "write it without the 0"},
	{"option-as-value", Warning, "what looks like an option is taken for the value of the one in front", "write the value behind ="},
	{"removed-option", Error, "the installer of the release refuses the option", "write what stands in its place, or remove it"},
	{"repeated-option", Warning, "the later of two counts, and the earlier one misleads", "remove one of the two"},
	{"stray-end", Error, "the installer refuses %end where no section is", "remove the line"},
	{"text-behind-end", Warning, "what stands behind %end is not read", "remove it, or put it into the next line"},
	{"too-many-arguments", Error, "the installer refuses words that it has no use for", "remove them, or quote what belongs together"},
	{"too-many-problems", Error, "of a file with so many problems not all are told", "mend those that are told, and check again"},
	{"too-many-words", Error, "no kickstart file has so many words, and the rest is not judged", "make it shorter"},
	{"trailing-comment", Warning, "the release takes the comment for a part of the package's name, which there is not then", "give the comment a line of its own"},
	{"unbalanced-quote", Error, "the installer refuses a line with a quote that does not end", "close the quote, or write \\ in front of it"},
	{"unknown-command", Error, "the installer refuses a file with a command that it does not know", "correct the word; the finding names the nearest"},
	{"unknown-end", Error, "a release without %end takes it for a package or a command", "remove it"},
	{"unknown-environment", Warning, "the release takes the environment for a group, which there is not", "name the groups"},
	{"unknown-option", Error, "the installer refuses an option that it does not know", "correct the word; the finding names the nearest"},
	{"unknown-section", Error, "the installer refuses a section that it does not know", "correct the word; the finding names the nearest"},
}

// prefix stands in front of all rules about kickstart files: some about HAProxy's configuration have the names behind it.
const prefix = "ks-"

var ruleTemplate = Rule{
	"ks-template", Error,
	"a template is no kickstart file: the installer takes its marks for commands",
	"render it first, with 'lbimage kickstart render' where it is one of Jinja2 or of Go, and check what comes out",
}

// problems are those that the parser found.
func (c *checker) problems() {
	for _, p := range c.f.Problems {
		c.out = append(c.out, OfProblem(p))
	}
}

// OfProblem is a problem of the parser as a finding.
func OfProblem(p kickstart.Problem) Finding {
	severity := Error
	if p.Warning {
		severity = Warning
	}
	return Finding{p.Place, severity, prefix + p.Rule, p.Message, p.Hint}
}

// template tells of a template that was not rendered.
func template(m kickstart.TemplateMark) Finding {
	return Finding{m.Place, ruleTemplate.Severity, ruleTemplate.Name, "it is a template in " + m.Language + " that was not rendered, and no kickstart file", m.Hint + ", and check what comes out"}
}
