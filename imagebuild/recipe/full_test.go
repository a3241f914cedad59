package recipe

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// full has every key of a recipe.
const full = `apiVersion: lbimage/v1
source: {path: lb.rpm, sha256: 00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff, partition: 2}
output:
  name: 'lb-{version}-{release}-{name}-{arch}-{profile}'
  rpm:
    name: eucalyptus-load-balancer-image
    version: 1.10
    release: 0.212.1.el6
    arch: x86_64
    summary: A load balancer
    description: "One\nand two.\n"
    licenseTag: GPLv2
    group: Applications/System
    url: https://example.com/
    vendor: Example
    packager: A B <a@example.com>
    kickstart: lb.ks
    license: IMAGE-LICENSE
    script: euca-install-load-balancer
  sbom: [spdx, cyclonedx]
  provenance: true
  sums: true
haproxy:
  template: haproxy_template.conf
  timeouts: {connect: 5s, client: 2m, queue: 500}
  set: {retries: 3, global.maxconn: 50000}
  options: [dontlognull, no redispatch, httpchk GET /health]
  version: 1.10
  servoVersion: 1.1.0
  lintOnly: true
sysctl: {net.ipv4.tcp_keepalive_time: 600, net.ipv4.ip_local_port_range: 1024 65000}
overlay: [files/, more]
keyring: [release.asc]
attributes: keep
checks:
  for: production
  strict: true
  haproxy: 1.5.18
  freeSpace: 64M
  freeInodes: 1000
  installer: 1.1
  kickstart: lb.ks
  rules:
    shell-history: {severity: off, reason: the base image brings it}
    logs: {severity: info, reason: they are rotated at the first boot}
access:
  user: deploy
  authorizedKeys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0 dev@example.com]
  authorizedKeysFile: developers.pub
  password: $6$salt$abcdefghijklmnopqrstuvwxyz
servo: {rpm: load-balancer-servo-1.1.0-0.el6.noarch.rpm, scriptlets: skip, nodeps: true}
edits:
  - line: {path: /etc/ssh/sshd_config, match: '^#?\s*(UseDNS)', set: $1 no, expand: true, which: first, missing: append, after: ^Port, create: {mode: 0600, owner: root}}
  - line: {path: /etc/hosts, match: ^::1, remove: true}
  - line: {path: /etc/hosts, set: 10.0.0.1 db, missing: append, before: ^127, override: true}
  - file: {path: /etc/motd, content: "one\ntwo\n", mode: 0644, owner: root:root, override: true}
  - file: {path: /etc/issue, source: issue.txt, mode: "04755"}
  - dir: {path: /srv/data, mode: 0o2775, owner: 48:48, override: true}
  - symlink: {path: /etc/localtime, target: ../usr/share/zoneinfo/UTC, override: true}
  - remove: /root/.bash_history
  - remove: {path: /var/cache/yum, recursive: true, override: true}
  - user: {name: deploy, system: true, uid: 350, group: deploy, groups: [wheel, 48], comment: Deploys, home: /var/lib/deploy, shell: /sbin/nologin, createHome: true, password: '!'}
  - group: {name: deploy, gid: 350, system: true}
  - password: {user: root, hash: '!$6$salt$abcdefghijklmnopqrstuvwxyz'}
  - service: {name: ntpd, enabled: true, levels: 2345}
  - service: {name: cups.service, action: mask}
  - rpm: tools.rpm
  - rpm: {path: more.rpm, scriptlets: native, nodeps: true}
  - authorizedKeys: {user: deploy, keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0]}
  - authorizedKeys: {user: root, file: admins.pub}
profiles:
  production:
    sysctl: {vm.swappiness: 1}
  development:
    extends: production
    output: {name: development, rpm: {write: false}}
    servo: {source: ../load-balancer-servo, ref: master, allowDirty: true, logLevel: debug}
  boot:
    servo: {source: 'https://example.com/servo.git', ref: 1.4, bootstrap: per-boot}
`

func parsed(t testing.TB, text string) *Recipe {
	t.Helper()
	r, err := Parse("lbimage.yaml", "", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// asJSON is all that is resolved for every profile; the places of values aside.
func asJSON(t testing.TB, r *Recipe) string {
	t.Helper()
	var out []string
	for _, name := range r.ProfileNames() {
		v, err := r.Resolve(name)
		if err != nil {
			t.Fatal(err)
		}
		v.Places = nil
		for i := range v.Edits {
			v.Edits[i].Place = Place{}
		}
		text, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return strings.Join(out, "\n")
}

// known gives every key of the table as a path: edits.line.match.
func known(s *shape, path string, out map[string]bool) {
	if s == nil {
		return
	}
	known(s.item, path, out)
	for _, f := range s.fields {
		out[join(path, f.key)] = true
		if path == "" && f.key == "profiles" {
			out["profiles.extends"] = true // the rest is as at the top level
			continue
		}
		known(f.shape, join(path, f.key), out)
	}
}

// used gives every key that a recipe has.
func used(v *value, path string, out map[string]bool) {
	for _, m := range v.members {
		inner := path
		if v.shape.kind == kindObject {
			inner = join(path, m.key)
		}
		out[inner] = true
		used(m.value, inner, out)
	}
	for _, item := range v.items {
		used(item, path, out)
	}
}

func TestFullHasEveryKey(t *testing.T) {
	all, have := map[string]bool{}, map[string]bool{}
	known(table(), "", all)
	used(parsed(t, full).tree, "", have)
	for key := range all {
		// Keys of profiles count for the top level.
		if !have[key] && !have["profiles."+key] {
			t.Errorf("the full recipe has no %s", key)
		}
	}
	if len(all) < 70 {
		t.Errorf("only %d keys are known", len(all))
	}
}

// Every key says something: without it the recipe is refused, or resolves to something else.
func TestEveryKeyIsRead(t *testing.T) {
	want := asJSON(t, parsed(t, full))
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(full), &document); err != nil {
		t.Fatal(err)
	}
	tried := 0
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.MappingNode {
			whole := n.Content
			for i := 0; i < len(whole); i += 2 {
				n.Content = slices.Delete(slices.Clone(whole), i, i+2)
				text, err := yaml.Marshal(&document)
				if err != nil {
					t.Fatal(err)
				}
				tried++
				if r, err := Parse("lbimage.yaml", "", text); err == nil && asJSON(t, r) == want {
					t.Errorf("line %d: %s is not read", whole[i].Line, whole[i].Value)
				}
			}
			n.Content = whole
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(&document)
	if tried < 100 {
		t.Errorf("only %d keys were tried", tried)
	}
}

// What is shown is a recipe that resolves to the same.
func TestShownResolvesToTheSame(t *testing.T) {
	starter, err := Starter("it's here.rpm")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{full, starter, "apiVersion: lbimage/v1\nsource: a.rpm\n", "apiVersion: lbimage/v1\nsource: a.rpm\nprofiles: {}\n"} {
		roundTrip(t, parsed(t, text))
	}
}

// What the starter shows in comments is right, too.
func TestStarterUncommented(t *testing.T) {
	starter, err := Starter("a.rpm")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^( *)# ( *(?:- )?[a-zA-Z0-9-]+:(?: .*)?)$`).ReplaceAllString(starter, "$1$2")
	for _, want := range []string{"\n  sbom: [spdx, cyclonedx]", "\n  rpm: {", "\nchecks:\n", "\n    setuid-unowned: {", "\n  - remove: /root/.bash_history"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there", want)
		}
	}
	roundTrip(t, parsed(t, text))
}

func roundTrip(t testing.TB, r *Recipe) {
	t.Helper()
	for _, name := range r.ProfileNames() {
		want, err := r.Resolve(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, places := range []bool{false, true} {
			text, err := want.YAML(ShowOptions{Places: places})
			if err != nil {
				t.Fatal(err)
			}
			again, err := Parse("lbimage.yaml", "", text)
			if err != nil {
				t.Fatalf("what is shown is refused: %v\n%s", err, text)
			}
			if names := again.ProfileNames(); len(names) != 1 || names[0] != name {
				t.Fatalf("profiles %v, not %s", names, name)
			}
			single := &Recipe{File: r.File, tree: r.tree, profiles: []string{name}}
			if got, want := asJSON(t, again), asJSON(t, single); got != want {
				t.Fatalf("what is shown resolves to\n%s\nnot to\n%s\n%s", got, want, text)
			}
		}
	}
}
