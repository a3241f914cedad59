package kickstart

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lbimage/kickstart/grammar"
)

// What the options and words of a command ask of each other; each is a fact of the reader of that release.
func TestRules(t *testing.T) {
	const all = "56789"
	for _, test := range []struct {
		releases string
		text     string
		want     string // rules; with ? a warning
	}{
		// one of several is needed
		{all, "services", "missing-option"},
		{all, "services --enabled=ntpd", ""},
		{all, "harddrive --dir=/iso", "missing-option"},
		{"5678", "harddrive --dir=/iso --partition=sda1 --biospart=80p1", "conflicting-options"},
		{"9", "harddrive --dir=/iso --partition=sda1 --biospart=80p1", "removed-option"},
		{all, "ignoredisk", "missing-option"},
		{all, "ignoredisk --drives=sda --only-use=sdb", "conflicting-options"},
		{"67", "ignoredisk --drives=sda --interactive", "conflicting-options"},
		{all, "driverdisk", "missing-option"},
		{all, "driverdisk /dev/sdb1 --source=http://a/dd.img", "conflicting-options"},
		{"56", "rootpw --iscrypted", "missing-argument"},
		{"56", "rootpw", "missing-argument"},
		{"6", "rootpw --lock", "missing-argument"},
		{"789", "rootpw --lock", ""},
		{"789", "rootpw --plaintext", "missing-option"},
		{"56", "timezone", "missing-argument"},
		{"789", "timezone", "missing-option"},
		{"56", "timezone --utc", "missing-argument"},
		{"789", "timezone --utc", ""},
		{"78", "timezone UTC --nontp --ntpservers=a", "conflicting-options"},
		{"56", "keyboard", "missing-argument"},
		{"789", "keyboard", "missing-option"},
		{"789", "keyboard --xlayouts=us", ""},
		{"789", "eula", "missing-option"},
		{"5", "key", "missing-option"},
		{"9", "timesource", "missing-option"},
		{"9", "timesource --nts --ntp-pool=a", ""},
		{"9", "timesource --ntp-disable --ntp-pool=a", "conflicting-options"},
		// where packages come from
		{"56", "repo --name=a", "missing-option"},
		{"789", "repo --name=updates", ""},
		{all, "repo --name=a --baseurl=http://a/ --mirrorlist=http://b/", "conflicting-options"},
		{"89", "repo --name=a --metalink=http://a/ --mirrorlist=http://b/", "conflicting-options"},
		{all, "url", "missing-option"},
		{"789", "url --mirrorlist=http://a/", ""},
		{"789", "url --mirrorlist=http://a/ --url=http://b/", "conflicting-options"},
		{"789", "url --url=", "missing-option"},
		{"789", "ostreesetup --osname=a --ref=b --url=ftp://c/", "bad-value"},
		{"89", "module --name=perl --stream=", "bad-value"},
		{"89", "rhsm --organization=1 --activation-key=", "bad-value"},
		// disks
		{"789", "part / --resize --onpart=sda1", "missing-option"},
		{"789", "part / --resize --onpart=sda1 --size=0", "missing-option"},
		{"789", "part / --resize --onpart=sda1 --size=9", ""},
		{"789", "part / --size=1 --mkfsoptions=-q --fsprofile=news", "conflicting-options"},
		{"789", "part / --size=1 --mkfsoptions=-q --noformat", "conflicting-options"},
		{"789", "part / --fstype=tmpfs --grow", "conflicting-options"},
		{"7", "part / --fstype=btrfs", ""},
		{"89", "part / --fstype=btrfs", "bad-value"},
		{"89", "part / --encrypted --pbkdf-time=1 --pbkdf-iterations=1", "conflicting-options"},
		{"7", "autopart --type=BTRFS --fstype=xfs", "conflicting-options"},
		{"789", "autopart --type=LVM --fstype=xfs", ""},
		{"789", "autopart --fstype=btrfs", "bad-value"},
		{"89", "mount /dev/sda1 /srv --mkfsoptions=-q", "missing-option"},
		{"89", "mount /dev/sda1 /srv --mkfsoptions=-q --reformat", ""},
		{"789", "snapshot root --name=a --when=post-install", "bad-value"},
		{"789", "snapshot vg/root --name=a --when=Post-Install", ""},
		// volumes
		{all, "raid / --device=md0 --level=1", "missing-option"},
		{all, "raid / --device=md0 --useexisting", ""},
		{all, "raid / --device=md0 raid.1 raid.2", "missing-option"},
		{all, "raid / --device=md0 --level=RAID1 --useexisting raid.1", "conflicting-options"},
		{"567", "raid / --device=md0 --level=raid1 raid.1", "bad-value?"},
		{"89", "raid / --device=md0 --level=raid1 raid.1", ""},
		{"56", "raid / --device=root --level=1 raid.1", "bad-value"},
		{"789", "raid / --device=root --level=1 raid.1", ""},
		{all, "volgroup vg", "missing-option"},
		{all, "volgroup vg --noformat", ""},
		{all, "volgroup vg --useexisting pv.1", "conflicting-options"},
		{"56", "logvol / --vgname=a --name=b", ""},
		{"789", "logvol / --vgname=a --name=b", "missing-option"},
		{"6789", "logvol / --vgname=a --name=b --size=1 --thin", "missing-option"},
		{"6789", "logvol none --vgname=a --name=b --size=1 --chunksize=64", "missing-option"},
		{"789", "logvol / --vgname=a --name=b --size=1 --percent=1", "conflicting-options"},
		{"89", "logvol / --vgname=a --name=b --size=1 --cachesize=1", "missing-option"},
		{"89", "logvol / --vgname=a --name=b --cachesize=1 --cachepvs=pv.1 --useexisting", "conflicting-options"},
		{"7", "btrfs / --label=a", "missing-argument"},
		{"7", "btrfs / --subvol sys", "missing-option"},
		{"7", "btrfs / --data=raid5 part.1", "bad-value"},
		// devices and networks
		{"78", "nvdimm reconfigure --sectorsize=512", "missing-option"},
		{"78", "nvdimm use", "missing-option"},
		{"78", "nvdimm use --namespace=a --blockdevs=b", "conflicting-options"},
		{"9", "zfcp --devnum=1 --wwpn=2", "missing-option"},
		{"9", "zfcp --devnum=1", ""},
		{"789", "bootloader --boot-drive=sda,sdb", "bad-value"},
		{"789", "network --device=br0 --bridgeopts=stp=yes", "missing-option"},
		{"789", "network --device=br0 --bridgeslaves=a --bridgeopts=stp", "bad-value"},
		{"789", "network --device=a --vlanid=9 --bindto=mac", "conflicting-options"},
		{"789", "network --device=a --vlanid=9 --bindto=mac --bondslaves=b,c", ""},
		{"7", "network --device=a --vlanid=9 --interfacename=vlan", "bad-value"},
		{"7", "network --device=a --vlanid=9 --interfacename=lan.4096", "bad-value"},
		{"7", "network --device=a --vlanid=9 --interfacename=vlan9", ""},
		{"89", "network --device=a --vlanid=9 --interfacename=vlan", ""},
		{all, "logging --port=514", "missing-option"},
		{"6789", "rescue --nomount --romount", "conflicting-options"},
		{"789", "realm join --no-password example.com", ""},
		{"789", "realm join example.com --no-password", "too-many-arguments"},
		{"789", "realm --no-password join example.com", "too-many-arguments"},
		{"789", "realm join a.example\nrealm join b.example", "conflicting-commands"},
		// commands that do nothing any more
		{"6", "monitor --anything goes", "deprecated-command?"},
		{"7", "upgrade --now", "deprecated-command?"},
		{"8", "dmraid", "deprecated-command?"},
		{"9", "timezone --isUtc UTC", "deprecated-option?"},
		{"5678", "timezone --isUtc UTC", ""},
		// commands that stand several times
		{all, "user --name=a\nuser --name=b", ""},
		{all, "user --name=a\nuser --name=a", "duplicate-name?"},
		{all, "network --bootproto=dhcp\nnetwork --bootproto=dhcp", ""},
		{all, "network --device=a\nnetwork --device=a", "duplicate-name?"},
		{all, "logvol /a --vgname=v --name=a --size=1\nlogvol /b --vgname=w --name=a --size=1", ""},
		{all, "repo --name=a --baseurl=http://a/\nrepo --name=a --baseurl=http://b/", "duplicate-name?"},
		{all, "logvol /a --vgname=v --name=a --size=1\nlogvol /b --vgname=v --name=a --size=1", "duplicate-name?"},
		{"567", "multipath --name=a --device=b --rule=c\nmultipath --name=d --device=b --rule=c", "conflicting-commands"},
		{"789", "snapshot v/a --name=s --when=pre-install\nsnapshot v/b --name=s --when=pre-install", "conflicting-commands"},
		// commands that do not go together
		{"5", "autopart\npart / --size=1", ""},
		{"6789", "autopart\npart / --size=1", "conflicting-commands"},
		{"6789", "partition / --size=1\nautopart", "conflicting-commands"},
		{"789", "reqpart\nautopart", "conflicting-commands"},
		{"89", "mount /dev/sda1 /\nvolgroup v pv.1", "conflicting-commands"},
		{"9", "ostreecontainer --url=d\nostreesetup --osname=a --ref=b --url=http://c/", "conflicting-commands"},
		{"89", "part / --size=1\nmount /dev/sda1 /srv", "conflicting-commands"},
		{"9", "ostreesetup --osname=a --ref=b --url=http://c/\nostreecontainer --url=d", "conflicting-commands"},
	} {
		for _, r := range test.releases {
			v := grammar.Version(r - '0')
			f, err := Parse("x.ks", []byte(test.text+"\n"), v)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range f.Problems {
				rule := p.Rule
				if p.Warning {
					rule += "?"
				}
				got = append(got, rule)
			}
			slices.Sort(got)
			if out := strings.Join(slices.Compact(got), " "); out != test.want {
				t.Errorf("%s: %q: %s, want %q: %v", v, test.text, out, test.want, f.Problems)
			}
		}
	}
}

// A problem of several options says what to do about it, at the word that is one too many.
func TestRulesAreTold(t *testing.T) {
	for text, want := range map[string]string{
		"part / --noformat --mkfsoptions=-q":                 "x.ks:1:19: part cannot have --mkfsoptions and --noformat in one line — keep one of them",
		"part / --resize --size=1":                           "x.ks:1:8: part with --resize needs --onpart — write it in the same line",
		"services":                                           "x.ks:1:1: services needs --enabled or --disabled — write one of them in the same line",
		"raid / --device=a --level=0":                        "x.ks:1:1: raid needs a member partition, --useexisting or --noformat — write one of them in the same line",
		"user --name=a\nuser  --name=a":                      `x.ks:2:14: user "a" stands already in line 1 — remove or rename one of them`,
		"autopart\npart / --size=1":                          "x.ks:2:1: part and autopart, in line 1, cannot stand in one file — keep one of them",
		"rhsm --organization=1 --activation-key=":            "x.ks:1:40: rhsm --activation-key takes a value that is not empty",
		"bootloader --boot-drive=a,b":                        `x.ks:1:25: bootloader --boot-drive takes one drive, not "a,b"`,
		"snapshot vg --name=a --when=post-install":           `x.ks:1:10: snapshot takes a volume group and a logical volume with / between, not "vg"`,
		"mount /dev/sda1 / --mkfsoptions=-q --mountoptions=": "x.ks:1:19: mount with --mkfsoptions needs --reformat — write it in the same line",
	} {
		f, err := Parse("x.ks", []byte(text), grammar.RHEL8)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(f.Problems); got != "["+want+"]" {
			t.Errorf("%q:\n got %s\nwant [%s]", text, got, want)
		}
	}
}
