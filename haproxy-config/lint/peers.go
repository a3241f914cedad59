package lint

import "lbimage/haproxy-config/keywords"

// peer looks at 'peer NAME ADDRESS:PORT' in a peers section. Without an address it is the
// local peer, whose address stands with bind.
func (c *checker) peer(d directive, n int) {
	if c.mixed(d, "bind") || !d.has(n) || !c.serverName(d, n) || !d.has(n+1) {
		return
	}
	use := uses["port"]
	if !c.o.HAProxy.Since(v30) {
		use = addressUse{}
	}
	if c.address(d, n+1, use, "peer "+d.words[n]) {
		c.parameters(d, n+2, keywords.Of("server"), "peer")
	}
}

// peerBind looks at bind in a peers section, which cannot stand beside 'peer' with an
// address for the local peer.
func (c *checker) peerBind(d directive, n int) {
	if !c.mixed(d, "peer") && d.has(n) {
		c.bind(d, n)
	}
}

// mixed looks whether a peers section began in the other of the two ways to write one: 'peer'
// lines, or bind and server.
func (c *checker) mixed(d directive, other string) bool {
	for _, l := range d.section.Lines {
		switch {
		case l == d.line:
			return false
		case l.Starts(d.words[0]):
			return false
		case l.Starts(other):
			c.say(Error, d, 0, "contradiction", "write bind and server lines alone, or peer lines alone", "%s does not stand beside %s, which is on line %d", d.words[0], other, c.numbers[l])
			return true
		}
	}
	return false
}
