package survey

import (
	"errors"
	"fmt"
	"slices"
)

// grubStatement is a command with its words, or what holds others.
type grubStatement struct {
	kind  string // command, if, while, until, for, function
	line  int
	words []grubToken
	name  string // of a function, or the variable of for
	// A condition and what is done where it holds; several for elif, one without a condition for else. A command has its
	// block in the first.
	arms []grubArm
}

type grubArm struct {
	condition []grubStatement
	body      []grubStatement
}

type grubParser struct {
	tokens []grubToken
	at     int
	depth  int
}

var errGrubDepth = errors.New("blocks are nested too deep")

// parseGrub reads a script.
func parseGrub(text string) ([]grubStatement, error) {
	p := grubParser{tokens: lexGrub(text)}
	body, err := p.body()
	if err == nil && p.at < len(p.tokens) {
		err = p.unexpected()
	}
	return body, err
}

func (p *grubParser) unexpected() error {
	k := p.tokens[p.at]
	word := k.plain()
	if word == "" {
		word = k.sign
	}
	return fmt.Errorf("line %d: %q is not expected here", k.line, word)
}

func (p *grubParser) peek() (grubToken, bool) {
	if p.at < len(p.tokens) {
		return p.tokens[p.at], true
	}
	return grubToken{}, false
}

// skip passes over what ends a command.
func (p *grubParser) skip() {
	for p.at < len(p.tokens) && (p.tokens[p.at].sign == "\n" || p.tokens[p.at].sign == ";") {
		p.at++
	}
}

// take passes over one of the words and says which it was.
func (p *grubParser) take(words ...string) (string, error) {
	p.skip()
	k, ok := p.peek()
	if !ok {
		return "", fmt.Errorf("the file ends where %q is expected", words[0])
	}
	word := k.plain()
	if k.sign == "{" || k.sign == "}" {
		word = k.sign
	}
	if slices.Contains(words, word) {
		p.at++
		return word, nil
	}
	return "", p.unexpected()
}

// body reads statements up to a word that ends one.
func (p *grubParser) body() ([]grubStatement, error) {
	if p.depth++; p.depth > maxGrubDepth {
		return nil, errGrubDepth
	}
	defer func() { p.depth-- }()
	var out []grubStatement
	for {
		p.skip()
		k, ok := p.peek()
		if !ok || k.sign == "}" || slices.Contains([]string{"then", "elif", "else", "fi", "do", "done"}, k.plain()) {
			return out, nil
		}
		s, err := p.statement(k)
		if err != nil {
			return out, err
		}
		out = append(out, s)
	}
}

func (p *grubParser) statement(k grubToken) (grubStatement, error) {
	s := grubStatement{kind: k.plain(), line: k.line}
	var err error
	switch s.kind {
	case "if":
		p.at++
		err = p.arms(&s)
		return s, err
	case "while", "until":
		p.at++
		var arm grubArm
		if arm.condition, err = p.body(); err == nil {
			arm.body, err = p.loop()
		}
		s.arms = []grubArm{arm}
		return s, err
	case "for":
		p.at++
		p.words(&s)
		if len(s.words) > 0 {
			s.name = s.words[0].plain()
		}
		var arm grubArm
		arm.body, err = p.loop()
		s.arms = []grubArm{arm}
		return s, err
	case "function":
		p.at++
		if name, ok := p.peek(); ok {
			s.name = name.plain()
			p.at++
		}
		var arm grubArm
		arm.body, err = p.block()
		s.arms = []grubArm{arm}
		return s, err
	}
	s.kind = "command"
	p.words(&s)
	if k, ok := p.peek(); ok && k.sign == "{" {
		var arm grubArm
		arm.body, err = p.block()
		s.arms = []grubArm{arm}
	}
	if len(s.words) == 0 && len(s.arms) == 0 && err == nil {
		err = p.unexpected()
	}
	return s, err
}

// words reads up to the end of a command.
func (p *grubParser) words(s *grubStatement) {
	for p.at < len(p.tokens) && p.tokens[p.at].sign == "" {
		s.words = append(s.words, p.tokens[p.at])
		p.at++
	}
}

func (p *grubParser) block() ([]grubStatement, error) {
	if _, err := p.take("{"); err != nil {
		return nil, err
	}
	body, err := p.body()
	if err == nil {
		_, err = p.take("}")
	}
	return body, err
}

func (p *grubParser) loop() ([]grubStatement, error) {
	if _, err := p.take("do"); err != nil {
		return nil, err
	}
	body, err := p.body()
	if err == nil {
		_, err = p.take("done")
	}
	return body, err
}

// arms reads what follows if.
func (p *grubParser) arms(s *grubStatement) error {
	for {
		var arm grubArm
		var err error
		if arm.condition, err = p.body(); err != nil {
			return err
		}
		if _, err = p.take("then"); err != nil {
			return err
		}
		if arm.body, err = p.body(); err != nil {
			return err
		}
		s.arms = append(s.arms, arm)
		word, err := p.take("fi", "elif", "else")
		if err != nil || word == "fi" {
			return err
		}
		if word == "else" {
			body, err := p.body()
			if err != nil {
				return err
			}
			s.arms = append(s.arms, grubArm{body: body})
			_, err = p.take("fi")
			return err
		}
	}
}
