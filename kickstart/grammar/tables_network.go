package grammar

// vlan is the number of a virtual network; noVlan is a name that does not begin with "vlan".
const (
	vlan   = `0*(\d{1,3}|[123]\d{3}|40[0-8]\d|409[0-5])`
	noVlan = `([^v.][^.]*|v|v[^l.][^.]*|vl|vl[^a.][^.]*|vla|vla[^n.][^.]*)`
)

// network are the commands of network devices and of what guards them.
var network = []command{
	{
		name: "firewall", once: true,
		options: []option{
			{name: "--enabled", aliases: "--enable"},
			{name: "--disabled", aliases: "--disable"},
			{name: "--port", kind: List, repeats: true},
			{name: "--trust", kind: String, repeats: true},
			{name: "--service", kind: List, repeats: true, since: RHEL6},
			{name: "--remove-service", kind: List, repeats: true, since: RHEL7},
			{name: "--use-system-defaults", since: RHEL8},
			{name: "--ftp"},
			{name: "--http"},
			{name: "--smtp"},
			{name: "--ssh"},
			{name: "--telnet", last: RHEL6, deprecated: RHEL6, instead: "--port=23:tcp"},
			{name: "--high", last: RHEL5, deprecated: RHEL5, instead: "--enabled"},
			{name: "--medium", last: RHEL5, deprecated: RHEL5, instead: "--enabled"},
		},
	},
	{
		name: "network",
		options: []option{
			{name: "--bootproto", kind: Choice, choices: "dhcp bootp static query", last: RHEL5},
			{name: "--bootproto", kind: Choice, choices: "dhcp bootp static query ibft", since: RHEL6},
			{name: "--dhcpclass", kind: String},
			{name: "--device", kind: String},
			{name: "--essid", kind: String},
			{name: "--ethtool", kind: String},
			{name: "--gateway", kind: String},
			{name: "--hostname", kind: String},
			{name: "--ip", kind: String},
			{name: "--mtu", kind: String},
			{name: "--nameserver", kind: List},
			{name: "--netmask", kind: String},
			{name: "--nodns"},
			{name: "--onboot", kind: Bool},
			{name: "--wepkey", kind: String},
			{name: "--notksdevice"},
			{name: "--noipv4"},
			{name: "--noipv6"},
			{name: "--ipv6", kind: String, since: RHEL6},
			{name: "--activate", since: RHEL6},
			{name: "--nodefroute", since: RHEL6},
			{name: "--vlanid", kind: String, since: RHEL6},
			{name: "--bondslaves", kind: List, since: RHEL6},
			{name: "--bondopts", kind: String, since: RHEL6},
			{name: "--wpakey", kind: String, since: RHEL7},
			{name: "--ipv6gateway", kind: String, since: RHEL7},
			{name: "--teamslaves", kind: String, since: RHEL7},
			{name: "--teamconfig", kind: String, since: RHEL7},
			{name: "--interfacename", kind: String, since: RHEL7, form: []form{{last: RHEL7,
				pattern: `vlan` + vlan + `|` + noVlan + `(\.` + vlan + `)?`, name: "NAME, NAME.VLAN or vlanVLAN, with a VLAN up to 4095"}}},
			{name: "--bridgeslaves", kind: List, since: RHEL7},
			{name: "--bridgeopts", kind: List, since: RHEL7,
				form: []form{{pattern: `([^,=]*=[^,=]+(,[^,=]*=[^,=]+)*)?`, name: "NAME=VALUE, with commas between several"}}},
			{name: "--no-activate", since: RHEL7},
			{name: "--bindto", kind: Choice, choices: "mac", since: RHEL7},
			{name: "--ipv4-dns-search", kind: List, since: RHEL9},
			{name: "--ipv6-dns-search", kind: List, since: RHEL9},
			{name: "--ipv4-ignore-auto-dns", since: RHEL9},
			{name: "--ipv6-ignore-auto-dns", since: RHEL9},
		},
		rules: []rule{
			{since: RHEL7, when: "--bridgeopts", need: "--bridgeslaves"},
			{since: RHEL7, unless: "--bondslaves", most: "--vlanid --bindto=mac"},
		},
		unique: []unique{{key: "--device"}},
	},
	{
		name: "realm", since: RHEL7, between: true,
		args: exactly(2, "join and a realm"),
		options: []option{
			{name: "--client-software", kind: String},
			{name: "--server-software", kind: String},
			{name: "--membership-software", kind: String},
			{name: "--one-time-password", kind: String},
			{name: "--no-password"},
			{name: "--computer-ou", kind: String},
		},
		unique: []unique{{key: "word1", refused: true, word: "action"}},
	},
}
