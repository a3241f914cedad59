package recipe

import (
	"bytes"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// ShowOptions say how a resolved recipe is written.
type ShowOptions struct {
	// Places puts a comment behind each value that says where it comes from.
	Places bool
}

// YAML writes what was resolved as a recipe with one profile that adds nothing. Read again beside the
// first, it resolves to the same.
func (r *Resolved) YAML(o ShowOptions) ([]byte, error) {
	root := node(r.tree, o)
	if r.Profile != DefaultProfile {
		empty := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		inner := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{plainNode(r.Profile, "!!str"), empty}}
		root.Content = append(root.Content, plainNode("profiles", ""), inner)
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, err
	}
	return out.Bytes(), encoder.Close()
}

// blockSafe tells whether a text may stand as a block or plain: it has no signs that YAML folds or
// takes for something else at the beginning or end of a line.
func blockSafe(s string) bool {
	if strings.ContainsFunc(s, func(c rune) bool {
		return c != '\n' && unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || c == '\ufeff'
	}) {
		return false
	}
	if !strings.Contains(s, "\n") {
		return true
	}
	for line := range strings.Lines(s) {
		if text := strings.TrimSuffix(line, "\n"); strings.TrimSpace(text) != strings.TrimRight(text, " \t") && line == s[:len(line)] || strings.TrimSpace(text) == "" && text != "" {
			return false
		}
	}
	return s[0] != '\n'
}

func plainNode(text, tag string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: text, Tag: tag}
}

// ordered gives the members of a mapping, those of an object in the order of the table.
func (v *value) ordered() []member {
	if v.shape.kind == kindMap {
		return v.members
	}
	var out []member
	for _, f := range v.shape.fields {
		if m := v.member(f.key); m != nil {
			out = append(out, *m)
		}
	}
	return out
}

// node is a value as YAML.
func node(v *value, o ShowOptions) *yaml.Node {
	switch v.shape.kind {
	case kindObject, kindMap:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, m := range v.ordered() {
			n.Content = append(n.Content, plainNode(m.key, "!!str"), node(m.value, o))
		}
		if len(n.Content) == 0 {
			n.Style = yaml.FlowStyle
		}
		return n
	case kindList:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v.items {
			n.Content = append(n.Content, node(item, o))
		}
		if len(n.Content) == 0 {
			n.Style = yaml.FlowStyle
		}
		return n
	}
	n := plainNode(v.text, v.tag)
	if v.shape.kind == kindText && v.tag == "!!str" && !blockSafe(v.text) {
		n.Style = yaml.DoubleQuotedStyle
	}
	if v.shape.kind == kindMode && v.tag == "!!str" {
		n.Style = yaml.SingleQuotedStyle
	}
	if o.Places {
		n.LineComment = v.place.String()
	}
	return n
}
