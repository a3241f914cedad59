package lint

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"

	"lbimage/kickstart"
	"lbimage/kickstart/grammar"
)

var (
	ruleTimezone = Rule{
		"ks-unknown-timezone", Warning,
		"the installer does not know the time zone, and takes another one",
		"write a name of the IANA's, as UTC, Etc/UTC or Europe/Berlin",
	}
	ruleLanguage = Rule{
		"ks-unknown-language", Warning,
		"the C library does not know the language, and programs say everything in plain C",
		"write a name as en_US.UTF-8",
	}
	ruleKeyboard = Rule{
		"ks-unknown-keyboard", Warning,
		"the console gets another keyboard than the one that is meant",
		"write the name of a keyboard that the release has, as us",
	}
	ruleNetworkDevice = Rule{
		"ks-network-without-device", Info,
		"the installer chooses the network card, and may choose another one on the next machine",
		"write --device=eth0, or --device=link for the first that is connected",
	}
	ruleStaticNetwork = Rule{
		"ks-static-network-incomplete", Warning,
		"a fixed address without all its parts does not reach the network",
		"write --ip and --netmask, or --bootproto=dhcp",
	}
)

//go:embed data/timezones.txt
var timezonesText string

//go:embed data/languages.txt
var languagesText string

var (
	timezones = sync.OnceValue(func() []string { return strings.Fields(timezonesText) })
	languages = sync.OnceValue(func() []string { return strings.Fields(languagesText) })
)

// olderLanguages were in the C libraries of releases here, and are gone.
var olderLanguages = []string{"no_NO", "sr_CS", "sr_YU", "se_NO", "iw_IL", "nn_NO", "ks_IN"}

// languageText is the form of a locale's name.
var languageText = regexp.MustCompile(`^([A-Za-z]{2,3}_[A-Za-z]{2})(\.[\w-]+)?(@\w+)?$`)

// keyboards are the console keyboards that the installers of RHEL 5 and 6 offer; later ones take every keyboard of the
// console's and of X.
var keyboards = strings.Fields(`
ar-azerty ar-azerty-digits ar-digits ar-qwerty ar-qwerty-digits be-latin1 ben ben-probhat bg bg_bds-utf8 bg_pho-utf8 br-abnt2 cf
croat cz-lat2 cz-us-qwertz de de-latin1 de-latin1-nodeadkeys dev dk dk-latin1 dvorak es et fi fi-latin1 fr fr-latin1 fr-latin9 fr-pc
fr_CH fr_CH-latin1 gr guj gur hu hu101 is-latin1 it it-ibm it2 jp106 ko la-latin1 mk-utf nl no pl pl2 pt-latin1 ro ro-cedilla
ro-std ro-std-cedilla ro_win ru ru-cp1251 ru-ms ru.map.utf8ru ru1 ru2 ru_win sg sg-latin1 sk-qwerty slovene sr-cy sr-latin
sv-latin1 tml-inscript tml-uni tr trq ua-utf uk us us-acentos`)

// localization judges the time zone, the language and the keyboard.
func (c *checker) localization() {
	for _, cmd := range c.f.Commands("timezone") {
		for _, w := range cmd.Args {
			if !slices.Contains(timezones(), w.Value) && w.Value != "" {
				c.add(ruleTimezone, w.Place, "there is no time zone %q", w.Value)
				c.meant("did you mean %s?", w.Value, timezones())
			}
		}
	}
	for _, cmd := range c.f.Commands("lang") {
		for _, w := range cmd.Args {
			c.language(w.Place, w.Value)
		}
		for _, name := range cmd.List("--addsupport") {
			c.language(option(cmd, "--addsupport"), name)
		}
	}
	if c.v > grammar.RHEL6 {
		return
	}
	for _, cmd := range c.f.Commands("keyboard") {
		for _, w := range cmd.Args {
			if !slices.Contains(keyboards, w.Value) && w.Value != "" {
				c.add(ruleKeyboard, w.Place, "the installer of %s offers no keyboard %q", c.v, w.Value)
				c.meant("did you mean %s?", w.Value, keyboards)
			}
		}
	}
}

func (c *checker) language(at kickstart.Place, name string) {
	if name == "C" || name == "POSIX" || name == "C.UTF-8" || name == "" {
		return
	}
	m := languageText.FindStringSubmatch(name)
	switch {
	case m == nil:
		if len(name) == 2 || len(name) == 3 { // a language alone is written so in older files, and understood
			if slices.ContainsFunc(languages(), func(l string) bool { return strings.HasPrefix(l, name+"_") }) {
				return
			}
		}
		c.add(ruleLanguage, at, "%q is no name of a language", name)
	case !slices.Contains(languages(), m[1]) && !slices.Contains(olderLanguages, m[1]):
		c.add(ruleLanguage, at, "there is no language %q", m[1])
		c.meant("did you mean %s"+strings.ReplaceAll(m[2]+m[3], "%", "%%")+"?", m[1], languages())
	}
}

// network judges network lines.
func (c *checker) network() {
	cards := 0
	all := c.f.Commands("network")
	for _, cmd := range all {
		if describesCard(cmd) {
			cards++
		}
	}
	for _, cmd := range all {
		if !describesCard(cmd) {
			continue
		}
		if !cmd.Has("--device") {
			c.add(ruleNetworkDevice, cmd.Place, "the network card is not named")
			if cards > 1 {
				c.lower(Warning) // which of them is it
			}
		}
		if proto, _ := cmd.Value("--bootproto"); strings.EqualFold(proto, "static") {
			ip, _ := cmd.Value("--ip")
			switch {
			case ip == "" && !cmd.Has("--ipv6") && !cmd.Has("--bridgeslaves"):
				c.add(ruleStaticNetwork, cmd.Place, "the address is fixed, and there is no --ip")
			case ip != "" && !cmd.Has("--netmask") && !strings.Contains(ip, "/"):
				c.add(ruleStaticNetwork, cmd.Place, "the address is fixed, and there is no --netmask")
			}
		}
	}
}

// describesCard tells a line about a network card from one that sets the name of the host alone.
func describesCard(cmd *kickstart.Command) bool {
	for _, o := range cmd.Options {
		if o.Name != "--hostname" {
			return true
		}
	}
	return false
}
