package judge

import (
	"bytes"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Severity is how bad HAProxy finds something.
type Severity int

const (
	Info Severity = iota
	Warning
	Error
)

func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	}
	return "info"
}

// Message is one thing HAProxy says of a configuration.
type Message struct {
	Severity Severity
	File     string // empty where HAProxy names none
	Line     int    // from 1; 0 where HAProxy names none
	// Text is without the place it begins with, process numbers and dates. It may have several lines where
	// HAProxy shows a part of the configuration, with a mark below.
	Text string
}

// ParseMessages reads the output of `haproxy -c`, of any release from 1.4 to 3.x:
//
//	[ALERT] 325/021729 (123) : parsing [F:N] : text        up to 2.3
//	[ALERT]    (123) : parsing [F:N] : text                2.4
//	[ALERT]    (123) : config : parsing [F:N]: text        from 2.6
//
// and the same with WARNING and NOTICE. Lines that belong to the one above are joined to it, lists of errors
// become a message each. What says nothing of the configuration is left out: the version and path of the
// program, the summary at the end, and everything that is no message at all.
//
// ALERTs are errors, except those by which HAProxy says that it goes on.
func ParseMessages(output []byte) []Message {
	return parseOutput(output).messages
}

// parsed is what HAProxy's output says.
type parsed struct {
	messages   []Message
	noListener bool // 1.4 says so in words, not by its exit code
	fatal      bool // there was a summary that says so
}

// Limits on what is made of an output, which is bounded itself.
const maxMessages = 10_000

var (
	// The severity, the date up to 2.3, the process; from 2.4 the severity is padded instead.
	head = regexp.MustCompile(`^\[([A-Z]+)\]\s+(?:\d+/\d+ )?\(\d+\) ?: ?`)

	// What the parser of arguments puts on lines of their own below one head.
	listed = regexp.MustCompile(`^\s+(?:parsing|Parsing) \[`)

	// A place at the beginning: "parsing [F:N] : ", "[F:N] : ", "Binding [F:N] for …". F may hold anything;
	// N ends where something stands that ends a place. "parsine" is what some releases print.
	leading = regexp.MustCompile(`^(?:[Pp]arsin[ge] )?\[(.*?):(\d+)\](?: ?[:;] ?| |$)`)

	// A place further on. The file in parentheses has no space before its number.
	within = []*regexp.Regexp{
		regexp.MustCompile(` at \[([^\]]*?):(\d+)\](?:[ .,:;]|$)`),
		regexp.MustCompile(`\[([^\[\]]*?):(\d+)\](?:[ .,:;]|$)`),
		regexp.MustCompile(`\(([^()]*?):(\d+)\)(?:[ .,:;]|$)`),
		regexp.MustCompile(`(?:declared|used) at (?:line )?(\S+?):(\d+)(?:[ .,;)]|$)`),
	}
)

func parseOutput(output []byte) parsed {
	var p parsed
	var current []string // the text of a message, line by line
	severity := Info
	headline := false // the text is the first line behind a head, not an item of a list
	flush := func() {
		if current != nil {
			p.take(severity, current)
			current = nil
		}
	}
	for raw := range bytes.Lines(output) {
		line := strings.ToValidUTF8(string(bytes.TrimRight(raw, "\r\n")), "\uFFFD")
		line = printable(line)
		m := head.FindStringSubmatch(line)
		switch {
		case m != nil:
			flush()
			severity = severityOf(m[1])
			current, headline = []string{line[len(m[0]):]}, true
		case current != nil && listed.MatchString(line):
			if !headline || len(current) > 1 || !strings.HasSuffix(strings.TrimSpace(current[0]), ":") {
				flush() // else "multiple errors:", which says nothing
			}
			current, headline = []string{strings.TrimSpace(line)}, false
		case current != nil && continues(line):
			current = append(current, line)
		default:
			flush()
		}
		if len(p.messages) == maxMessages {
			return p
		}
	}
	flush()
	return p
}

// continues says whether a line without a head belongs to the message above: it is indented, or empty. What
// else has no head is printed by something else.
func continues(line string) bool {
	return line == "" || line[0] == ' ' || line[0] == '\t'
}

// printable replaces what would disturb a terminal. The program that is judged chose these bytes.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, s)
}

func severityOf(word string) Severity {
	switch word {
	case "ALERT", "EMERG", "CRIT", "ERR":
		return Error
	case "WARNING", "DIAG":
		return Warning
	}
	return Info
}

// take adds a message, unless it is none of the configuration.
func (p *parsed) take(severity Severity, lines []string) {
	m := Message{Severity: severity}
	first := strings.TrimSpace(lines[0])
	for { // 2.4 and later say "config : " for themselves; some texts say it, too
		rest, ok := strings.CutPrefix(first, "config : ")
		if !ok {
			break
		}
		first = strings.TrimSpace(rest)
	}
	if p.summary(first) {
		return
	}
	for range 2 { // "[F:N] : parsing [F:N] : text"
		at := leading.FindStringSubmatch(first)
		if at == nil {
			break
		}
		n, ok := lineNumber(at[1], at[2])
		if !ok || m.Line > 0 && (at[1] != m.File || n != m.Line) {
			break
		}
		m.File, m.Line = at[1], n
		first = strings.TrimSpace(first[len(at[0]):])
	}
	if m.Line == 0 {
		m.File, m.Line = placeIn(first)
	}
	m.Text = joined(first, lines[1:])
	if m.Text == "" {
		return
	}
	if m.Severity == Error && strings.HasSuffix(m.Text, "already specified. Continuing.") {
		m.Severity = Warning
	}
	p.messages = append(p.messages, m)
}

// summary takes note of a line that sums up, and says whether it was one.
func (p *parsed) summary(text string) bool {
	switch {
	case strings.HasPrefix(text, "Error(s) found in configuration file : "),
		text == "Fatal errors found in configuration.",
		strings.HasPrefix(text, "Error reading configuration file : "):
		p.fatal = true
	case strings.HasPrefix(text, "no <listen> line. Nothing to do !"),
		strings.Contains(text, ".main()] No enabled listener found"):
		p.noListener = true
	case strings.HasPrefix(text, "haproxy version is "), strings.HasPrefix(text, "path to executable is "):
	default:
		return false
	}
	return true
}

// placeIn finds the place that a text blames somewhere within.
func placeIn(text string) (string, int) {
	for _, re := range within {
		if m := re.FindStringSubmatch(text); m != nil {
			if n, ok := lineNumber(m[1], m[2]); ok {
				return m[1], n
			}
		}
	}
	return "", 0
}

// lineNumber reads the number of a line; an address with a port is no place.
func lineNumber(file, digits string) (int, bool) {
	n, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || n <= 0 || file == "" || strings.Contains(file, "] ") && strings.Contains(file, "[") {
		return 0, false // the last would be two brackets with words between
	}
	if _, err := netip.ParseAddr(file); err == nil {
		return 0, false
	}
	if _, err := netip.ParseAddr(file + ":" + digits); err == nil {
		return 0, false
	}
	return int(n), true
}

// joined puts a text together: what HAProxy prints behind "   | " goes on in the same sentence, what it merely
// indents is a quotation.
func joined(first string, rest []string) string {
	var b strings.Builder
	b.WriteString(first)
	for _, line := range rest {
		if prose, ok := strings.CutPrefix(strings.TrimLeft(line, " \t"), "| "); ok {
			b.WriteByte(' ')
			b.WriteString(strings.TrimSpace(prose))
			continue
		}
		b.WriteByte('\n')
		b.WriteString(strings.TrimRight(line, " \t"))
	}
	return strings.TrimRight(b.String(), " \t\n")
}
