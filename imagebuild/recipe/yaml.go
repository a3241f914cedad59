package recipe

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// MaxText is the size of the largest recipe, in bytes.
const MaxText = 1 << 20

// maxDepth is how deep a recipe's text may go; real ones need eight levels.
const maxDepth = 64

// parseYAML gives the one document of a text.
func parseYAML(file string, text []byte) (*yaml.Node, *Problem) {
	problem := func(line, column int, rule, message, hint string) (*yaml.Node, *Problem) {
		return nil, &Problem{Place{file, line, column}, rule, message, hint}
	}
	if len(text) > MaxText {
		return problem(0, 0, "too-large", "the recipe is larger than 1 MiB", "put contents into files and name those")
	}
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		return problem(1, 1, "not-utf8", "the recipe is UTF-16", "save it as UTF-8")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if line, column := deep(text); line > 0 {
		return problem(line, column, "too-deep", "it goes too deep", "write it flat")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return problem(0, 0, "empty", "the recipe is empty", "'lbimage recipe init' writes one to begin with")
	case err != nil:
		return nil, syntaxProblem(file, text, err)
	}
	var second yaml.Node
	switch err := decoder.Decode(&second); {
	case err == nil:
		return problem(second.Line, second.Column, "second-document", "there is a second document behind ---", "leave one in a file")
	case !errors.Is(err, io.EOF):
		return nil, syntaxProblem(file, text, err)
	}
	return document.Content[0], nil
}

// deep gives the place where a text would make the YAML parser nest far, or 0. It counts roughly:
// signs that begin a line one level each, and brackets within one line.
func deep(text []byte) (line, column int) {
	for l := range bytes.Lines(text) {
		line++
		signs := 0
		rest := l
		for {
			rest = bytes.TrimLeft(rest, " ")
			if len(rest) < 2 || rest[0] != '-' && rest[0] != '?' || rest[1] != ' ' && rest[1] != '\t' {
				break
			}
			signs++
			rest = rest[1:]
		}
		if signs > maxDepth {
			return line, maxDepth
		}
	}
	return 0, 0
}

var errorLine = regexp.MustCompile(`^yaml: (?:(?:input error|unmarshal errors): )?(?:line (\d+): )?(.*)$`)

// bareBraces is a placeholder in a mapping in braces, without quotes: YAML takes its braces for its own.
var bareBraces = regexp.MustCompile(`\{[^'"]*:\s*[^'"{}]*\{(version|release|profile|name|arch)\}`)

func syntaxProblem(file string, text []byte, err error) *Problem {
	p := &Problem{Place{File: file}, "yaml-syntax", "not YAML: " + strings.TrimPrefix(err.Error(), "yaml: "), ""}
	if m := errorLine.FindStringSubmatch(err.Error()); m != nil {
		p.Line, _ = strconv.Atoi(m[1]) // 0 where there is none
		p.Message = "not YAML: " + m[2]
	}
	switch {
	case strings.Contains(p.Message, "cannot start any token"):
		p.Hint = "indent with spaces, not tabs, and quote a value that begins with a sign"
	case strings.Contains(p.Message, "mapping values are not allowed"):
		p.Hint = "quote a value with ': ' in it, and look at the indents"
	default:
		p.Hint = "look at indents, quotes and brackets there or right before"
	}
	for i, line := range bytes.Split(text, []byte("\n")) {
		if bareBraces.Match(line) && (p.Line == 0 || i+1 <= p.Line+1) {
			p.Line, p.Column = i+1, bareBraces.FindIndex(line)[0]+1
			p.Hint = "a value with {…} in it needs quotes here: name: '…-{version}-{profile}'"
			break
		}
	}
	if p.Column == 0 {
		if line, column := offending(text, p.Line, p.Message); line > 0 {
			p.Line, p.Column = line, column
		}
	}
	p.Message = strings.ReplaceAll(p.Message, "\n", "; ")
	return p
}

var unknownAnchor = regexp.MustCompile(`unknown anchor '([^']+)' referenced`)

// offending finds what a message of the YAML parser is about where that tells no place, or no column; 0 where it is not
// found.
func offending(text []byte, line int, message string) (_, column int) {
	at := -1
	switch m := unknownAnchor.FindStringSubmatch(message); {
	case m != nil:
		name := regexp.MustCompile(`(?:^|[\s\[,{])(\*` + regexp.QuoteMeta(m[1]) + `)(?:[\s\],}]|$)`)
		if found := name.FindSubmatchIndex(text); found != nil {
			at = found[2]
		}
	case strings.Contains(message, "UTF-8"):
		at = bytes.IndexFunc(text, func(r rune) bool { return r == utf8.RuneError })
	case strings.Contains(message, "control characters"):
		at = bytes.IndexFunc(text, func(r rune) bool {
			return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 && r != 0x85 || r == 0xfffe || r == 0xffff
		})
	case strings.Contains(message, "cannot start any token") && line > 0:
		return line, tabIn(text, line)
	}
	if at < 0 {
		return 0, 0
	}
	begin := bytes.LastIndexByte(text[:at], '\n') + 1
	return 1 + bytes.Count(text[:at], []byte("\n")), 1 + utf8.RuneCount(text[begin:at])
}

// tabIn is the column of a tab among the blanks that begin a line, 0 where there is none.
func tabIn(text []byte, line int) int {
	for l := range bytes.Lines(text) {
		if line--; line == 0 {
			blanks := l[:len(l)-len(bytes.TrimLeft(l, " \t"))]
			return 1 + bytes.IndexByte(blanks, '\t')
		}
	}
	return 0
}
