package lint

import (
	"net/url"
	"slices"
	"strings"

	"lbimage/kickstart"
)

var (
	ruleNoSource = Rule{
		"ks-no-source", Info,
		"unless the machine is started with a word that says it (inst.repo=, method=), the installer asks where the packages come from",
		"write where: url --url=https://…, or repo --name=… --baseurl=https://…",
	}
	rulePlainHTTP = Rule{
		"ks-unencrypted-source", Warning,
		"whoever sits on the way can put other packages into the image: nothing says that they are those of the distribution, and the installer does not verify signatures",
		"write https://, or a mirror of your own on a network that you trust",
	}
	ruleNoVerification = Rule{
		"ks-unverified-source", Warning,
		"without a look at the certificate anybody can pretend to be the server",
		"remove --noverifyssl",
	}
	ruleCredentials = Rule{
		"ks-credentials-in-url", Warning,
		"a password in an address is read by everybody who has the file, and stands in logs",
		"take it out, and let the network or a certificate decide who may read the packages",
	}
	ruleRepoURL = Rule{
		"ks-repo-without-url", Warning,
		"the installer looks for a repository of its own of that name, and has none",
		"write --baseurl or --mirrorlist",
	}
)

var ruleAddress = Rule{
	"ks-url-without-scheme", Error,
	"the installer does not know how to fetch it",
	"write https:// in front",
}

// addresses are the options that hold where packages come from.
var addresses = []string{"--baseurl", "--mirrorlist", "--metalink", "--url"}

// repositories judges where packages come from.
func (c *checker) repositories() {
	repos := c.f.Commands("repo")
	sources := c.f.Commands("url", "cdrom", "nfs", "harddrive", "hmc", "liveimg", "ostreesetup", "ostreecontainer", "repo", "upgrade", "rescue", "rhsm", "module")
	if len(sources) == 0 && !c.partial {
		c.add(ruleNoSource, c.whole(), "the file names no url, cdrom, nfs, harddrive or repo")
	}
	for _, cmd := range repos {
		c.repo(cmd)
	}
	for _, cmd := range c.f.Commands("repo", "url", "liveimg") {
		for _, name := range addresses {
			if value, ok := cmd.Value(name); ok {
				c.address(option(cmd, name), name, value)
			}
		}
		if cmd.Has("--noverifyssl") {
			c.add(ruleNoVerification, option(cmd, "--noverifyssl"), "the server's certificate is not looked at")
		}
	}
	for _, cmd := range c.f.Commands("repo", "url", "liveimg", "updates", "driverdisk", "rhsm") {
		for _, o := range cmd.Options {
			if o.Name == "--proxy" {
				c.credentials(o.Place, o.Name, o.Value)
			}
		}
	}
}

// repo tells of a repository without an address that no installer brings: those of RHEL 5 and 6 refuse it, as the parser tells.
func (c *checker) repo(cmd *kickstart.Command) {
	if slices.ContainsFunc(addresses[:3], cmd.Has) || c.toldOf(cmd.Place, "missing-option") {
		return
	}
	if name, _ := cmd.Value("--name"); name != "" && !predefined[strings.ToLower(name)] {
		c.add(ruleRepoURL, cmd.Place, "the repository has no address, and %q is none that installers bring", name)
	}
}

// predefined are names of repositories that installers bring, in some release or other.
var predefined = map[string]bool{
	"updates": true, "updates-testing": true, "extras": true, "rawhide": true, "fedora": true, "appstream": true, "baseos": true,
	"base": true, "centosplus": true, "cr": true, "highavailability": true, "powertools": true, "crb": true, "epel": true,
}

// address judges one address.
func (c *checker) address(at kickstart.Place, name, value string) {
	c.credentials(at, name, value)
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok {
		if value != "" && !strings.HasPrefix(value, "nfs:") && !strings.HasPrefix(value, "$") && !strings.HasPrefix(value, "file:") {
			c.add(ruleAddress, at, "%s has no https:// or the like in front", name)
		}
		return
	}
	switch strings.ToLower(scheme) {
	case "http", "ftp":
		host, _, _ := strings.Cut(rest, "/")
		if i := strings.LastIndexByte(host, '@'); i >= 0 {
			host = host[i+1:]
		}
		what := "packages come"
		if name == "--mirrorlist" || name == "--metalink" {
			what = "the list of mirrors comes"
		}
		c.add(rulePlainHTTP, at, "%s from %s over %s", what, host, strings.ToLower(scheme))
	}
}

// credentials finds a password in an address, and does not repeat it.
func (c *checker) credentials(at kickstart.Place, name, value string) {
	_, rest, ok := strings.Cut(value, "://")
	if !ok {
		rest = value
	}
	authority, _, _ := strings.Cut(rest, "/")
	user, _, ok := strings.Cut(authority, "@")
	if !ok {
		return
	}
	who, password, ok := strings.Cut(user, ":")
	if !ok || password == "" {
		return
	}
	if plain, err := url.PathUnescape(who); err == nil {
		who = plain
	}
	c.add(ruleCredentials, at, "%s holds the password of %s", name, who)
}
