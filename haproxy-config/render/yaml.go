package render

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"lbimage/haproxy-config/nearest"
)

// maxYAML is the size of the largest description of a load balancer, in bytes.
const maxYAML = 1 << 20

// ReadLoadBalancer reads a load balancer from YAML and fills in defaults:
//
//	name: lb1
//	idleTimeout: 60            # seconds, from 1 to 3600
//	listeners:
//	  - protocol: https        # http, https, tcp or ssl
//	    port: 443
//	    instanceProtocol: http # http behind http and https, tcp behind tcp and ssl
//	    instancePort: 8080     # the same as port
//	    instances: [10.0.0.1, 10.0.0.2]
//	    certificate: /var/lib/load-balancer-servo/cert/cert.pem
//	    sslPolicy: {protocols: [TLSv1.2], ciphers: [AES128-SHA]}
//	    stickiness: {type: lb, expiration: 600} # or {type: app, cookie: JSESSIONID}
//	    verifyInstances: false # check the certificates of https or ssl instances
//
// Only listeners, protocol and port have to be there; see [LoadBalancer] and [Listener]
// for what the others are when they are not. Unknown and repeated keys, values that will
// not do, anchors, aliases and tags are refused, with line and column.
func ReadLoadBalancer(r io.Reader) (LoadBalancer, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxYAML+1))
	if err != nil {
		return LoadBalancer{}, fmt.Errorf("reading load balancer: %w", err)
	}
	if len(text) > maxYAML {
		return LoadBalancer{}, errors.New("load balancer: it is larger than 1 MiB; leave out what is not needed")
	}
	lb, err := parseLoadBalancer(string(text))
	if err != nil {
		return LoadBalancer{}, fmt.Errorf("load balancer: %w", err)
	}
	return lb, nil
}

func parseLoadBalancer(text string) (LoadBalancer, error) {
	if err := tooDeep(text); err != nil {
		return LoadBalancer{}, err
	}
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var document yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return LoadBalancer{}, errors.New("it is empty; write listeners, each with protocol and port")
	case err != nil:
		return LoadBalancer{}, fmt.Errorf("%w; correct the YAML", err)
	}
	switch err := decoder.Decode(new(yaml.Node)); {
	case err == nil:
		return LoadBalancer{}, errors.New("there is a second document behind ---; leave one")
	case !errors.Is(err, io.EOF):
		return LoadBalancer{}, fmt.Errorf("%w; correct the YAML", err)
	}
	d := yamlReader{places: map[string]*yaml.Node{}}
	var lb LoadBalancer
	d.loadBalancer(document.Content[0], &lb)
	if d.err != nil {
		return LoadBalancer{}, d.err
	}
	lb, err := lb.complete()
	var bad *valueError
	if errors.As(err, &bad) {
		return LoadBalancer{}, fmt.Errorf("%s: %w", position(d.place(bad.path)), err)
	}
	return lb, err
}

// maxDepth is how deep brackets and indents may go; a load balancer needs six levels.
const maxDepth = 100

// tooDeep refuses text that would make the reader of YAML recurse far. It counts roughly:
// brackets in strings and comments count too, which no real description comes near.
func tooDeep(text string) error {
	open := 0
	for i, line := range strings.Split(text, "\n") {
		dashes := len(line) - len(strings.TrimLeft(line, " -?:\t"))
		if dashes > 2*maxDepth {
			return fmt.Errorf("line %d: it goes too deep; write it flat", i+1)
		}
		for j := range len(line) {
			switch line[j] {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			}
			if open > maxDepth {
				return fmt.Errorf("line %d, column %d: too many brackets are open; write it flat", i+1, j+1)
			}
		}
	}
	return nil
}

// yamlReader copies nodes into a load balancer and remembers where each value stands. The
// first error stays.
type yamlReader struct {
	places map[string]*yaml.Node
	err    error
}

func position(n *yaml.Node) string { return fmt.Sprintf("line %d, column %d", n.Line, n.Column) }

// place is the node at a path, or the nearest around it when the value is missing.
func (d *yamlReader) place(path string) *yaml.Node {
	for {
		if n := d.places[path]; n != nil {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

func (d *yamlReader) fail(n *yaml.Node, format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%s: %s", position(n), fmt.Sprintf(format, args...))
	}
}

// note remembers where the value at path stands.
func (d *yamlReader) note(path string, n *yaml.Node) {
	d.places[path] = n
	d.plain(n)
}

// plain refuses what a load balancer does not need.
func (d *yamlReader) plain(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		d.fail(n, "anchors and aliases are not read here; write the value out")
	case n.Style&yaml.TaggedStyle != 0:
		d.fail(n, "the tag %s is not read here; remove it", n.Tag)
	}
}

func label(path string) string {
	if path == "" {
		return "the load balancer"
	}
	return path
}

// field is a key of a mapping and what reads its value.
type field struct {
	key  string
	read func(path string, n *yaml.Node)
}

func (d *yamlReader) mapping(path string, n *yaml.Node, fields ...field) {
	d.note(path, n)
	if d.err != nil {
		return
	}
	var keys []string
	for _, f := range fields {
		keys = append(keys, f.key)
	}
	if n.Kind != yaml.MappingNode {
		d.fail(n, "%s is no mapping; write some of the keys %s", label(path), strings.Join(keys, ", "))
		return
	}
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content) && d.err == nil; i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		d.key(path, key, seen, keys)
		for _, f := range fields {
			if d.err == nil && f.key == key.Value {
				f.read(strings.TrimPrefix(path+"."+f.key, "."), value)
			}
		}
	}
}

// key refuses keys that are not known or stand twice.
func (d *yamlReader) key(path string, key *yaml.Node, seen map[string]*yaml.Node, known []string) {
	d.plain(key)
	switch {
	case d.err != nil:
		return
	case key.Kind != yaml.ScalarNode:
		d.fail(key, "a key of %s is no word; there are %s", label(path), strings.Join(known, ", "))
	case seen[key.Value] != nil:
		d.fail(key, "%q stands on line %d already; remove one of the two", shorten(key.Value), seen[key.Value].Line)
	case !slices.Contains(known, key.Value):
		d.fail(key, "%s has no key %q%s; there are %s", label(path), shorten(key.Value), nearest.Suggestion(key.Value, known), strings.Join(known, ", "))
	}
	seen[key.Value] = key
}

// sequence reads a list. A list of null is refused like any other scalar.
func (d *yamlReader) sequence(path string, n *yaml.Node, most int, item func(path string, n *yaml.Node)) {
	d.note(path, n)
	switch {
	case d.err != nil:
	case n.Kind != yaml.SequenceNode:
		d.fail(n, "%s is no list; write [...] or lines that begin with -", path)
	case len(n.Content) > most:
		d.fail(n, "%s has %d items; leave %d", path, len(n.Content), most)
	default:
		for i, c := range n.Content {
			if d.err == nil {
				item(fmt.Sprintf("%s[%d]", path, i), c)
			}
		}
	}
}

// scalar notes a plain value that is not empty.
func (d *yamlReader) scalar(path string, n *yaml.Node) bool {
	d.note(path, n)
	switch {
	case d.err != nil:
	case n.Kind != yaml.ScalarNode:
		d.fail(n, "%s is no plain value; write a word or a number", path)
	case n.Value == "" || n.Tag == "!!null":
		d.fail(n, "%s has no value; write one, or remove the key", path)
	}
	return d.err == nil
}

func (d *yamlReader) text(to *string) func(string, *yaml.Node) {
	return func(path string, n *yaml.Node) {
		if d.scalar(path, n) {
			*to = n.Value
		}
	}
}

var plainNumber = regexp.MustCompile(`^[1-9][0-9]{0,8}$`)

// number reads a whole number from 1 on; what is not set is 0 elsewhere.
func (d *yamlReader) number(to *int) func(string, *yaml.Node) {
	return func(path string, n *yaml.Node) {
		if !d.scalar(path, n) {
			return
		}
		if n.Tag != "!!int" || !plainNumber.MatchString(n.Value) {
			d.fail(n, "%s: %q will not do; write a whole number from 1 on, in plain digits", path, shorten(n.Value))
			return
		}
		*to, _ = strconv.Atoi(n.Value) // at most nine digits
	}
}

func (d *yamlReader) boolean(to *bool) func(string, *yaml.Node) {
	return func(path string, n *yaml.Node) {
		if !d.scalar(path, n) {
			return
		}
		if n.Tag != "!!bool" {
			d.fail(n, "%s: %q will not do; write true or false", path, shorten(n.Value))
			return
		}
		*to = strings.EqualFold(n.Value, "true")
	}
}

func (d *yamlReader) texts(to *[]string, most int) func(string, *yaml.Node) {
	return func(path string, n *yaml.Node) {
		d.sequence(path, n, most, func(path string, n *yaml.Node) {
			var s string
			d.text(&s)(path, n)
			*to = append(*to, s)
		})
	}
}

func (d *yamlReader) loadBalancer(n *yaml.Node, lb *LoadBalancer) {
	d.mapping("", n,
		field{"name", d.text(&lb.Name)},
		field{"idleTimeout", d.number(&lb.IdleTimeout)},
		field{"listeners", func(path string, n *yaml.Node) {
			d.sequence(path, n, maxListeners, func(path string, n *yaml.Node) {
				var l Listener
				d.listener(path, n, &l)
				lb.Listeners = append(lb.Listeners, l)
			})
		}})
	if d.err == nil && d.places["listeners"] == nil {
		d.fail(n, "listeners is missing; write them, each with protocol and port, or [] for none")
	}
}

func (d *yamlReader) listener(path string, n *yaml.Node, l *Listener) {
	d.mapping(path, n,
		field{"protocol", d.text(&l.Protocol)},
		field{"port", d.number(&l.Port)},
		field{"instanceProtocol", d.text(&l.InstanceProtocol)},
		field{"instancePort", d.number(&l.InstancePort)},
		field{"instances", d.texts(&l.Instances, maxInstances)},
		field{"certificate", d.text(&l.Certificate)},
		field{"sslPolicy", func(path string, n *yaml.Node) {
			l.SSLPolicy = &SSLPolicy{}
			d.mapping(path, n,
				field{"protocols", d.texts(&l.SSLPolicy.Protocols, len(sslVersions))},
				field{"ciphers", d.texts(&l.SSLPolicy.Ciphers, 200)})
		}},
		field{"stickiness", func(path string, n *yaml.Node) {
			l.Stickiness = &Stickiness{}
			d.mapping(path, n,
				field{"type", d.text(&l.Stickiness.Type)},
				field{"expiration", d.number(&l.Stickiness.Expiration)},
				field{"cookie", d.text(&l.Stickiness.Cookie)})
		}},
		field{"verifyInstances", d.boolean(&l.VerifyInstances)})
}

// shorten keeps a stranger's text from filling a message.
func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
