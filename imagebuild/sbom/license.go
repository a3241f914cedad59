package sbom

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp"
)

// Bounds of a licence's text, which comes from the image.
const (
	maxLicense = 2 << 10 // bytes
	maxTerms   = 200
	maxNesting = 16
)

// noAssertion says in SPDX that nothing is said.
const noAssertion = "NOASSERTION"

// licenses turns what packages say of their licences into expressions of SPDX, and keeps those that SPDX does not know.
type licenses struct {
	known map[string]string // expressions by text
	texts map[string]string // of licences that SPDX does not know, by their LicenseRef
}

func newLicenses() *licenses {
	return &licenses{known: map[string]string{}, texts: map[string]string{}}
}

// expression is a licence as SPDX writes it. A text that is an expression already is brought into its usual form; one in
// the words of Fedora or Debian is put together of what [shortNames] has; a name that is not known becomes a LicenseRef,
// whose text is the name. Nothing at all is NOASSERTION.
func (l *licenses) expression(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return noAssertion
	}
	if e, ok := l.known[text]; ok {
		return e
	}
	e := l.translate(text)
	l.known[text] = e
	return e
}

func (l *licenses) translate(text string) string {
	if len(text) > maxLicense {
		return l.ref(text)
	}
	p := licenseParser{licenses: l, words: licenseWords(orLater.ReplaceAllString(text, "$1+"))}
	if len(p.words) > maxTerms {
		return l.ref(text)
	}
	if e, ok := p.list(0); ok && len(p.words) == 0 {
		return e
	}
	return l.ref(text)
}

// term is one licence.
func (l *licenses) term(name string) string {
	low := strings.ToLower(name)
	if id, ok := shortNames[low]; ok {
		return id
	}
	if e, ok := withExceptions[low]; ok {
		return e
	}
	if !strings.HasPrefix(low, "licenseref-") && !strings.HasPrefix(low, "documentref-") {
		o := spdxexp.ValidateLicensesOptions{FailComplexExpressions: true, FailDeprecatedLicenses: true, FailAllLicenseRefs: true, FailAllDocumentRefs: true}
		if valid, bad := spdxexp.ValidateAndNormalizeLicensesWithOptions([]string{name}, o); len(bad) == 0 && len(valid) == 1 {
			return valid[0]
		}
	}
	return l.ref(name)
}

// ref is a licence that SPDX does not know.
func (l *licenses) ref(text string) string {
	const prefix = "LicenseRef-"
	plain := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' {
			return c
		}
		return '-'
	}, strings.TrimPrefix(text, prefix))
	if len(plain) > 60 {
		plain = plain[:60]
	}
	if prefix+plain != text && plain != text { // two texts never share one name
		sum := sha256.Sum256([]byte(text))
		plain += "-" + hex.EncodeToString(sum[:4])
	}
	if plain == "" {
		plain = "none"
	}
	l.texts[prefix+plain] = text
	return prefix + plain
}

// orLater is what some write out: "GPLv2 or later".
var orLater = regexp.MustCompile(`(?i)\b(A?L?GPL\S*[0-9]),? or (later|newer|any later version)\b`)

// licenseWords parts a text into parentheses, operators and names. Names may hold spaces: "ASL 2.0".
func licenseWords(text string) []string {
	text = strings.NewReplacer("(", " ( ", ")", " ) ", ",", " , ", ";", " , ").Replace(text)
	var out []string
	var name []string
	end := func() {
		if len(name) > 0 {
			out = append(out, strings.Join(name, " "))
			name = nil
		}
	}
	for _, w := range strings.Fields(text) {
		switch op := strings.ToLower(w); op {
		case "(", ")", ",":
			end()
			out = append(out, op)
		case "and", "or", "and/or", "&", "|":
			end()
			out = append(out, strings.NewReplacer("and/or", "or", "&", "and", "|", "or").Replace(op))
		default:
			name = append(name, w)
		}
	}
	end()
	return out
}

// licenseParser reads words as Fedora and Debian mean them: 'and' binds more tightly than 'or', and what a comma stands
// before less tightly than both. "A or B, and C" asks for C and for one of A and B. A comma alone is an 'and'.
type licenseParser struct {
	*licenses
	words []string
}

func (p *licenseParser) next() string {
	if len(p.words) == 0 {
		return ""
	}
	return p.words[0]
}

// take takes the words, if they come next.
func (p *licenseParser) take(words ...string) bool {
	if len(p.words) < len(words) || !slices.Equal(p.words[:len(words)], words) {
		return false
	}
	p.words = p.words[len(words):]
	return true
}

func (p *licenseParser) list(depth int) (string, bool) {
	return p.chain("AND", func() (string, bool) { return p.any(depth) }, func() bool { return p.take(",", "and") || p.take(",") })
}

func (p *licenseParser) any(depth int) (string, bool) {
	return p.chain("OR", func() (string, bool) { return p.all(depth) }, func() bool { return p.take("or") || p.take(",", "or") })
}

func (p *licenseParser) all(depth int) (string, bool) {
	return p.chain("AND", func() (string, bool) { return p.one(depth) }, func() bool { return p.take("and") })
}

// chain reads terms with an operator between them. Terms that are the same stand once.
func (p *licenseParser) chain(op string, read func() (string, bool), more func() bool) (string, bool) {
	var terms []string
	seen := map[string]bool{}
	for ok := true; ok; ok = more() {
		t, ok := read()
		if !ok {
			return "", false
		}
		if !seen[t] {
			seen[t] = true
			terms = append(terms, t)
		}
	}
	if len(terms) == 1 {
		return terms[0], true
	}
	if op == "AND" {
		for i, t := range terms {
			if strings.Contains(t, " OR ") && !enclosed(t) {
				terms[i] = "(" + t + ")"
			}
		}
	}
	return strings.Join(terms, " "+op+" "), true
}

// enclosed tells whether the whole of an expression stands in one pair of parentheses.
func enclosed(e string) bool {
	depth := 0
	for i, c := range e {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			return i == len(e)-1 && i > 0
		}
	}
	return false
}

func (p *licenseParser) one(depth int) (string, bool) {
	if depth > maxNesting {
		return "", false
	}
	switch w := p.next(); w {
	case "", ")", "and", "or", ",":
		return "", false
	case "(":
		p.words = p.words[1:]
		e, ok := p.list(depth + 1)
		if !ok || !p.take(")") {
			return "", false
		}
		if !enclosed(e) && (strings.Contains(e, " OR ") || strings.Contains(e, " AND ")) {
			e = "(" + e + ")"
		}
		return e, true
	default:
		p.words = p.words[1:]
		return p.term(w), true
	}
}
