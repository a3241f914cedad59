package kickplan

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/conformance"
	"lbimage/imagebuild/recipe"
)

// Recipe is the plan as a recipe that a build takes. source is the path of the image, as the recipe shall name it, and sha256 the
// digest that it has to have; without one any will do. Where the plan sets a password, the recipe holds its hash: nobody else may
// read it.
func (p *Plan) Recipe(source, sha256 string) ([]byte, error) {
	from := mapping("path", text(source))
	if sha256 != "" {
		from.Content = append(from.Content, text("sha256"), text(sha256))
	}
	edits := &yaml.Node{Kind: yaml.SequenceNode}
	for i := range p.Edits {
		edits.Content = append(edits.Content, p.Edits[i].node())
	}
	if len(edits.Content) == 0 {
		edits.Style = yaml.FlowStyle
	}
	root := mapping("apiVersion", text(recipe.APIVersion), "source", from, "edits", edits)
	root.Content[0].HeadComment = "What brings the image to its kickstart file. 'lbimage build -f' takes it."
	root.FootComment = p.leftComment()
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(root); err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	if out.Len() > recipe.MaxText {
		return nil, errors.New("the recipe would be larger than 1 MiB: put files that are written whole into an overlay")
	}
	return straight(out.Bytes()), nil
}

// straight writes the characters that turn the direction of what is shown as escapes. All texts with one stand in double quotes.
func straight(text []byte) []byte {
	if !bytes.ContainsFunc(text, turns) {
		return text
	}
	var out bytes.Buffer
	for _, c := range string(text) {
		if turns(c) {
			fmt.Fprintf(&out, `\u%04x`, c)
		} else {
			out.WriteRune(c)
		}
	}
	return out.Bytes()
}

func turns(c rune) bool { return unicode.Is(unicode.Bidi_Control, c) }

// leftComment lists what the recipe does not bring.
func (p *Plan) leftComment() string {
	if len(p.Left) == 0 {
		return ""
	}
	lines := []string{"Not brought by this recipe:"}
	var left []conformance.Statement
	for _, l := range p.Left {
		l.Why = l.Reason
		left = append(left, l.Statement)
	}
	for _, group := range conformance.Fold(left) {
		place, about := conformance.Folded(group)
		lines = append(lines, fmt.Sprintf("%s: %s: %s: %s", place, about, group[0].Verdict, group[0].Why))
	}
	return comment(lines)
}

// comment writes lines that are one comment each.
func comment(lines []string) string {
	for i, l := range lines {
		lines[i] = "# " + strings.ToValidUTF8(check.OneLine(l), "?")
	}
	return strings.Join(lines, "\n")
}

func (e *Edit) node() *yaml.Node {
	kind, inner := node(e.Recipe)
	out := mapping(kind, inner)
	var lines []string
	for _, o := range e.For {
		lines = append(lines, fmt.Sprintf("%s: %s", o.Place, o.Text))
	}
	if e.Note != "" {
		lines = append(lines, "("+e.Note+")")
	}
	out.HeadComment = comment(lines)
	return out
}

// readable says whether a recipe can hold an edit, by reading it.
func readable(e *Edit) error {
	bare := Plan{Edits: []Edit{{Recipe: e.Recipe}}}
	text, err := bare.Recipe("image.rpm", "")
	if err != nil {
		return err
	}
	_, err = recipe.Parse(recipe.DefaultName, ".", text)
	var wrong *recipe.Error
	if errors.As(err, &wrong) && len(wrong.Problems) > 0 {
		return errors.New(wrong.Problems[0].Message)
	}
	return err
}

// node is an edit as YAML: its kind, and what it says.
func node(e recipe.Edit) (string, *yaml.Node) {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	put := func(key, value string) {
		if value != "" {
			n.Content = append(n.Content, text(key), text(value))
		}
	}
	flag := func(key string, on bool) {
		if on {
			n.Content = append(n.Content, text(key), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
		}
	}
	mode := func(m *recipe.Mode) {
		if m != nil {
			n.Content = append(n.Content, text("mode"), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: fmt.Sprintf("0%03o", uint32(*m))})
		}
	}
	number := func(key string, v *uint32) {
		if v != nil {
			n.Content = append(n.Content, text(key), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatUint(uint64(*v), 10)})
		}
	}
	kind := ""
	switch {
	case e.Line != nil:
		kind = "line"
		l := e.Line
		put("path", l.Path)
		put("match", l.Match)
		if l.Remove {
			flag("remove", true)
		} else {
			n.Content = append(n.Content, text("set"), text(l.Set))
		}
		flag("expand", l.Expand)
		put("which", l.Which)
		put("missing", l.Missing)
		put("after", l.After)
		put("before", l.Before)
		if l.Create != nil {
			n.Content = append(n.Content, text("create"), &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle})
		}
	case e.File != nil:
		kind = "file"
		n.Style = 0
		put("path", e.File.Path)
		n.Content = append(n.Content, text("content"), block(e.File.Content))
		mode(e.File.Mode)
		put("owner", e.File.Owner)
	case e.Dir != nil:
		kind = "dir"
		put("path", e.Dir.Path)
		mode(e.Dir.Mode)
		put("owner", e.Dir.Owner)
	case e.Symlink != nil:
		kind = "symlink"
		put("path", e.Symlink.Path)
		put("target", e.Symlink.Target)
	case e.Remove != nil:
		kind = "remove"
		put("path", e.Remove.Path)
		flag("recursive", e.Remove.Recursive)
	case e.User != nil:
		kind = "user"
		u := e.User
		put("name", u.Name)
		flag("system", u.System)
		number("uid", u.UID)
		put("group", u.Group)
		if len(u.Groups) > 0 {
			n.Content = append(n.Content, text("groups"), list(u.Groups))
		}
		put("comment", u.Comment)
		put("home", u.Home)
		put("shell", u.Shell)
		flag("createHome", u.CreateHome)
		put("password", u.Password)
	case e.Group != nil:
		kind = "group"
		put("name", e.Group.Name)
		number("gid", e.Group.GID)
		flag("system", e.Group.System)
	case e.Password != nil:
		kind = "password"
		put("user", e.Password.User)
		put("hash", e.Password.Hash)
	case e.Service != nil:
		kind = "service"
		put("name", e.Service.Name)
		switch e.Service.Action {
		case "enable":
			flag("enabled", true)
		case "disable":
			n.Content = append(n.Content, text("enabled"), &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "false"})
		default:
			put("action", e.Service.Action)
		}
		put("levels", e.Service.Levels)
	case e.AuthorizedKeys != nil:
		kind = "authorizedKeys"
		n.Style = 0
		put("user", e.AuthorizedKeys.User)
		n.Content = append(n.Content, text("keys"), list(e.AuthorizedKeys.Keys))
	}
	if e.Override {
		flag("override", true)
	}
	return kind, n
}

func mapping(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i < len(pairs); i += 2 {
		n.Content = append(n.Content, text(pairs[i].(string)), pairs[i+1].(*yaml.Node))
	}
	return n
}

func list(items []string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, s := range items {
		n.Content = append(n.Content, text(s))
	}
	return n
}

// text is a text as YAML writes it: plain where it is plainly one, else in quotes.
func text(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if !plain(s) {
		n.Style = yaml.SingleQuotedStyle
		if strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c >= 0x7f }) {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	return n
}

// plain says whether a text reads the same without quotes, whatever stands around it.
func plain(s string) bool {
	if s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") != "" || s[0] == '-' || s[0] == '.' {
		return false
	}
	if s[0] >= '0' && s[0] <= '9' {
		return strings.Trim(s, "0123456789abcdef") == "" && len(s) == 64 && strings.ContainsAny(s, "abcdf")
	}
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false
	}
	return true
}

// block is the content of a file: as a block where it can be one, in quotes else.
func block(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.LiteralStyle}
	for line := range strings.Lines(s) {
		if l := strings.TrimSuffix(line, "\n"); strings.TrimRight(l, " \t") != l || strings.ContainsFunc(l, func(c rune) bool {
			return c < ' ' && c != '\t' || c >= 0x7f && c < 0xa0 || c == '\u2028' || c == '\u2029' || c == '\ufeff' || c == utf8.RuneError || unicode.Is(unicode.Bidi_Control, c)
		}) {
			n.Style = yaml.DoubleQuotedStyle
		}
	}
	if s == "" || s[0] == '\n' || s[0] == ' ' || s[0] == '\t' || !strings.HasSuffix(s, "\n") || strings.HasSuffix(s, "\n\n") {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}
