package recipe

import (
	"fmt"
	"strings"
)

// Starter is a recipe to begin with: it works as it stands, and shows the rest in comments. The source
// is the path that it names.
func Starter(source string) (string, error) {
	if !hostPath.pattern.MatchString(source) || strings.ToValidUTF8(source, "") != source {
		return "", fmt.Errorf("source %q: a recipe cannot name it; rename the file", shorten(source))
	}
	return strings.Replace(starter, "SOURCE", quoted(source), 1), nil
}

// quoted is a text in YAML's single quotes.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

const starter = `# What to change in a load balancer image. 'lbimage recipe check' reads it strictly,
# 'lbimage recipe show' prints what it says for a profile, 'lbimage build' makes the images.
# 'lbimage recipe schema' prints a JSON Schema for your editor.
apiVersion: lbimage/v1

# An RPM, an image tarball (.tgz) or a raw disk image; paths are relative to this file.
source:
  path: SOURCE
  # sha256: 0000000000000000000000000000000000000000000000000000000000000000

# {name}, {version}, {release} and {arch} are the source package's. Values with braces need quotes.
output:
  name: '{name}-{profile}'
  # sbom: [spdx, cyclonedx]           # bills of materials: .spdx.json, .cdx.json
  # provenance: true                  # where the image comes from: .intoto.json
  # sums: true                        # SHA256SUMS in the folder of the outputs
  # rpm: {release: 0.213.el6}         # the image as a package too, as upstream packs it

# The template from which the servo makes HAProxy's configuration.
haproxy:
  # template: haproxy_template.conf   # replaces it whole; what follows edits that
  timeouts:
    connect: 5s
    client: 2m
    server: 2m
  set:
    retries: 3
  options: [dontlognull, redispatch]

# Kernel parameters, in /etc/sysctl.conf.
sysctl:
  net.ipv4.tcp_keepalive_time: 600

# Folders laid over the image's root.
# overlay: [files/]

# Further changes, in order. Each has one key:
# line, file, dir, symlink, remove, user, group, password, service, rpm, authorizedKeys.
edits:
  - file: {path: /etc/motd, content: "Load balancer.\n", mode: 0644, owner: 'root:root'}
  # - line: {path: /etc/ssh/sshd_config, match: '^#?\s*UseDNS', set: UseDNS no}
  # - remove: /root/.bash_history
  # - user: {name: deploy, system: true, home: /var/lib/deploy, shell: /sbin/nologin}
  # - service: {name: ntpd, enabled: true}

# What an image is held against before it is written; 'lbimage check --list' tells the rules.
# checks:
#   for: production                   # else what the profile is called
#   strict: true                      # what is wrong with the source counts, too
#   freeSpace: 32M
#   kickstart: lb.ks                  # the file that the image claims to come from
#   rules:
#     setuid-unowned: {severity: off, reason: 'the image has no database of packages'}

# The images to make. Each takes all of the above and adds to it: lists grow, mappings take
# the profile's value for a key that both have.
profiles:
  production:
    # servo: {rpm: load-balancer-servo-1.1.0-0.el6.noarch.rpm}
  development:
    haproxy:
      timeouts:
        client: 10m
    # servo: {source: ../load-balancer-servo, ref: master}
    # access: {authorizedKeysFile: developers.pub}
`
