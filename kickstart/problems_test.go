package kickstart

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lbimage/kickstart/grammar"
)

// told are problems in short: place, rule, and a ? where it is a warning.
func told(f *File) []string {
	var out []string
	for _, p := range f.Problems {
		s := fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Rule)
		if p.Warning {
			s += "?"
		}
		out = append(out, s)
	}
	return out
}

func TestProblems(t *testing.T) {
	for _, test := range []struct {
		name string
		v    grammar.Version
		text string
		want []string
	}{
		{"nothing to say", 6, "lang en_US.UTF-8\npart / --size 1536 --fstype ext3\n%packages\n@core\n%end\n", nil},
		{"misspelt command", 6, "\n  lnag en_US\n", []string{"2:3 unknown-command"}},
		{"removed command", 8, "install\n", []string{"1:1 deprecated-command?"}},
		{"command of a later release", 6, "eula --agreed\n", []string{"1:1 unknown-command"}},
		{"command in quotes", 6, "'lang' x\n", nil},
		{"empty command", 6, "'' x\n", []string{"1:1 unknown-command"}},
		{"misspelt option", 6, "part / --szie=10\n", []string{"1:8 unknown-option"}},
		{"short option", 6, "part / -s\n", []string{"1:8 unknown-option"}},
		{"ambiguous option", 6, "part / --on=sda --size=1\n", []string{"1:8 unknown-option"}},
		{"abbreviated option", 6, "part / --siz=10\n", []string{"1:8 abbreviated-option?"}},
		{"value of a flag", 6, "part / --grow=1 --size=1\n", []string{"1:15 bad-value"}},
		{"no value", 6, "part / --size\n", []string{"1:8 missing-value"}},
		{"an option for a value", 6, "part / --fstype --grow --size=1\n", []string{"1:8 missing-value"}},
		{"an option for a value that RHEL 5 takes", 5, "part / --fstype --grow --size=1\n", []string{"1:17 option-as-value?"}},
		{"no number", 6, "part / --size=1G\n", []string{"1:15 bad-value"}},
		{"no number behind a blank", 6, "part / --size 1G\n", []string{"1:15 bad-value"}},
		{"blanks around =", 6, "part --size = 10\n", []string{"1:13 bad-value"}},
		{"octal number", 6, "part / --size=0100\n", []string{"1:15 octal-number?"}},
		{"the same in RHEL 5", 5, "part / --size=0100\n", nil},
		{"no octal number", 7, "part / --size=0900\n", []string{"1:15 bad-value"}},
		{"the same in RHEL 8", 8, "part / --size=0900\n", nil},
		{"no switch", 6, "network --onboot=maybe\n", []string{"1:18 bad-value"}},
		{"no choice", 6, "bootloader --location=mrb\n", []string{"1:23 bad-value"}},
		{"missing option", 6, "repo --baseurl=http://x/\n", []string{"1:1 missing-option"}},
		{"missing word", 6, "lang\n", []string{"1:1 missing-argument"}},
		{"too many words", 6, "lang a b\n", []string{"1:8 too-many-arguments"}},
		{"twice", 6, "lang a\nlang b\n", []string{"2:1 duplicate-command?"}},
		{"an alias twice", 6, "auth --enablemd5\nauthconfig --enablemd5\n", []string{"2:1 duplicate-command?"}},
		{"option twice", 6, "part / --size=1 --size=2\n", []string{"1:17 repeated-option?"}},
		{"another program's words", 6, "auth --useshadow --anything=1 x\n", nil},
		{"lone quote", 6, "lang 'a\n", []string{"1:6 unbalanced-quote"}},
		{"a quote that a comment cuts in RHEL 6", 6, "rootpw 'a#b'\n", []string{"1:8 unbalanced-quote"}},
		{"the same in RHEL 7", 7, "rootpw 'a#b'\n", nil},
		{"a comment is words in RHEL 5", 5, "lang a # b\n", []string{"1:8 too-many-arguments"}},
		{"a comment in the middle of a word", 7, "lang a#b\n", nil},
		{"joined lines", 7, "part / \\\n--size=10\n", []string{"1:8 line-continuation?", "1:8 too-many-arguments", "2:1 unknown-command"}},
		{"the same in RHEL 6", 6, "part / \\\n--size=10\n", []string{"1:8 line-continuation", "2:1 unknown-command"}},
		{"nothing behind a backslash", 8, "text \\", []string{"1:6 line-continuation"}},
		{"byte order mark", 6, "\ufefflang a\n", []string{"1:1 byte-order-mark"}},
		{"stray end", 6, "lang a\n%end\n", []string{"2:1 stray-end"}},
		{"no end, RHEL 5", 5, "%packages\na\n%post\nb\n", nil},
		{"no end before the next section, RHEL 6", 6, "%packages\na\n%post\nb\n%end\n", []string{"1:1 missing-end?"}},
		{"no end before the next section, RHEL 7", 7, "%packages\na\n%post\nb\n%end\n", []string{"1:1 missing-end"}},
		{"no end at the end", 6, "%post --erroronfail\nb\n", []string{"1:1 missing-end?"}},
		{"an end that RHEL 5 does not know", 5, "%post\nb\n%end\n%packages\nx\n%end\n", []string{"3:1 unknown-end?", "6:1 unknown-end"}},
		{"text behind the end", 6, "%post\n%end of it\n%post\n%end # of it\n%post\n%end # isn't\n", []string{"2:6 text-behind-end?", "6:11 unbalanced-quote"}},
		{"an end with a comment among packages", 6, "%packages\n%end# isn't\n", nil},
		{"the same in RHEL 7", 7, "%packages\n%end # isn't\n", []string{"2:11 unbalanced-quote"}},
		{"unknown section", 6, "%pots\nx\n%end\n", []string{"1:1 unknown-section"}},
		{"unknown section without an end", 6, "%pots\nlang x\n%post\n%end\n", []string{"1:1 unknown-section"}},
		{"section of a later release", 6, "%addon org_x\nx\n%end\n", []string{"1:1 unknown-section"}},
		{"section's option", 6, "%post --erroronfial\n%end\n", []string{"1:7 unknown-option"}},
		{"section's word", 6, "%post x\n%end\n", []string{"1:7 too-many-arguments?"}},
		{"section's word in RHEL 8", 8, "%post x\n%end\n", []string{"1:7 too-many-arguments"}},
		{"add-on without a name", 7, "%addon\n%end\n", []string{"1:1 missing-argument"}},
		{"nothing included", 6, "%include\n%ksappend \n", []string{"1:1 missing-argument", "2:1 missing-argument"}},
		{"two packages in a line", 6, "%packages\n  a b\n%end\n", []string{"2:3 blank-in-package?"}},
		{"a command among packages", 6, "%packages\nreboot --eject\n%end\n", []string{"2:1 blank-in-package?"}},
		{"a blank behind the minus", 6, "%packages\n- a\n%end\n", []string{"2:1 blank-in-package?"}},
		{"the same in RHEL 5", 5, "%packages\n- a\n", nil},
		{"a comment behind a package", 6, "%packages\na # b\n%end\n", nil},
		{"the same in RHEL 5", 5, "%packages\na # b\n", []string{"2:3 trailing-comment?"}},
		{"a quote among packages", 6, "%packages\nit's\n%end\n", []string{"2:3 unbalanced-quote"}},
		{"the same in RHEL 7", 7, "%packages\nit's\n%end\n", nil},
		{"an environment before there were any", 6, "%packages\n@^minimal\n%end\n", []string{"2:1 unknown-environment?"}},
		{"an environment", 7, "%packages\n@^minimal\n%end\n", nil},
		{"both of a group", 6, "%packages\n@core --optional --nodefaults\n%end\n", []string{"2:1 conflicting-options"}},
		{"default packages and no core", 7, "%packages --nocore --default\n%end\n", []string{"1:11 conflicting-options"}},
		{"bytes that are no letters", 8, "lang a\nlang \xff # \xfe\n", []string{"2:6 not-utf8", "2:1 duplicate-command?"}},
		{"the same in RHEL 7", 7, "lang \xff\n", nil},
		{"a group's option", 6, "%packages\n@core --optonal\n%end\n", []string{"2:1 unknown-option"}},
		{"an excluded group's option", 6, "%packages\n-@core --optional\n%end\n", []string{"2:1 blank-in-package?"}},
		{"nothing named", 6, "%packages\n@\n-\n%end\n", []string{"2:1 missing-argument", "3:1 missing-argument"}},
		{"a percent sign among packages", 6, "%packages\n%x\n%end\n", []string{"2:1 unknown-section"}},
		{"the same in RHEL 7", 7, "%packages\n%x\n%end\n", []string{"2:1 unknown-section?"}},
		{"a script's lines are its own", 7, "%post\n%x 'y\n  'z\n%nosuch\n%end\n", nil},
		{"neither of two", 6, "repo --name=a\n", []string{"1:1 missing-option"}},
		{"which is fine later", 7, "repo --name=a\n", nil},
		{"the first word makes a rule count", 8, "nvdimm use --namespace=n --blockdevs=b\n", []string{"1:26 conflicting-options"}},
		{"a shape", 7, "snapshot vg --name=a --when=post-install\n", []string{"1:10 bad-value"}},
		{"a shape of a value", 7, "network --device=br0 --bridgeslaves=a --bridgeopts=prio\n", []string{"1:52 bad-value"}},
		{"a VLAN", 7, "network --interfacename=vlan4096\n", []string{"1:25 bad-value"}},
		{"an array", 6, "raid /x --device=box --level=1 raid.1 raid.2\n", []string{"1:18 bad-value"}},
		{"both of two", 7, "url --url=http://a/ --mirrorlist=http://b/\n", []string{"1:21 conflicting-options"}},
		{"an option that needs two", 7, "part /x --resize --size=1\n", []string{"1:9 missing-option"}},
		{"an option that stands alone", 7, "part /x --fstype=tmpfs --size=1 --grow\n", []string{"1:33 conflicting-options"}},
		{"a value that a release has no longer", 8, "part /x --fstype=btrfs --size=1\n", []string{"1:9 bad-value"}},
		{"a word or an option", 7, "rootpw --iscrypted\n", []string{"1:1 missing-option"}},
		{"a locked root", 7, "rootpw --lock\n", nil},
		{"members and none", 6, "raid /x --device=md0 --level=RAID1 --useexisting raid.01\n", []string{"1:50 conflicting-options"}},
		{"no members", 6, "raid /x --device=md0 --level=1\n", []string{"1:1 missing-option"}},
		{"commands that exclude each other", 6, "part / --size=1\nautopart\n", []string{"2:1 conflicting-commands"}},
		{"the same in RHEL 5", 5, "part / --size=1\nautopart\n", nil},
		{"the same user twice", 6, "user --name=a\nuser --name=b\nuser --name=a\n", []string{"3:13 duplicate-name?"}},
		{"a command that does nothing any more", 8, "device x y --z\n", []string{"1:1 deprecated-command?"}},
	} {
		f, err := Parse("x.ks", []byte(test.text), test.v)
		if err != nil {
			t.Fatal(err)
		}
		if got := told(f); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, not %q\n%v", test.name, got, test.want, f.Problems)
		}
	}
}

func TestHintsNameWhatWasMeant(t *testing.T) {
	for text, want := range map[string]string{
		"botloader\n":                            "x.ks:1:1: RHEL6 has no command \"botloader\" — did you mean bootloader?",
		"part / --szie=10\n":                     "x.ks:1:8: part of RHEL6 has no option \"--szie\" — did you mean --size?",
		"%pots\n%end\n":                          "x.ks:1:1: RHEL6 has no section \"%pots\" — did you mean %post?",
		"bootloader --location=mrb\n":            "x.ks:1:23: bootloader --location takes mbr, partition, none or boot, not \"mrb\" — did you mean mbr?",
		"part / --size=1 --luks-version=luks2\n": "x.ks:1:17: part of RHEL6 has no option \"--luks-version\"; it comes with RHEL8",
		"eula --agreed\n":                        "x.ks:1:1: RHEL6 has no command \"eula\"; it comes with RHEL7",
		"langsupport en\n":                       "x.ks:1:1: RHEL6 has no command \"langsupport\"; it was removed in RHEL6 — write a group of %packages instead",
		"bootloader --hvargs=x\n":                "x.ks:1:12: bootloader --hvargs was removed in RHEL6 — write --append instead",
	} {
		f, _ := Parse("x.ks", []byte(text), 6)
		if len(f.Problems) != 1 || f.Problems[0].Error() != want {
			t.Errorf("%q: %v, not %s", text, f.Problems, want)
		}
	}
}

func TestProblemsTellNoSecrets(t *testing.T) {
	for _, text := range []string{
		"rootpw GEHEIM x GEHEIM\n", "rootpw -GEHEIM\n", "rootpw --GEHEIM=GEHEIM\n", "rootpw --iscrypted=GEHEIM x\n", "user --pasword=GEHEIM\n", "rotpw GEHEIM\n",
		"user --name=x --password=GEHEIM GEHEIM\n", "sshpw --username=a GEHEIM GEHEIM\n", "rootpw 'GEHEIM\n", "user --name=x --password --GEHEIM\n", "bootloader --password GEHEIM GEHEIM\n",
		"user --name=x --password -GEHEIM\n", "bootloader --password --GEHEIM\n", "rootpw --iscrypted \\\n$6$GEHEIMGEHEIM$GEHEIM\n", "urll --url=http://x:GEHEIM@y/\n", "http://x:GEHEIM@y/\n",
		"%packages\n$6$GEHEIMGEHEIM$GEHEIM x\n%end\n", "part / --size=$6$GEHEIMGEHEIM$GEHEIM\n",
	} {
		for _, v := range grammar.Versions() {
			f, _ := Parse("x.ks", []byte(text), v)
			for _, p := range f.Problems {
				if strings.Contains(p.Error(), "GEHEIM") && !strings.Contains(text, "--GEHEIM=GEHEIM") {
					t.Errorf("%q of %s: %v", text, v, p)
				}
			}
		}
	}
}

// A hostile file costs what its size costs, and no more is told than anyone reads.
func TestHostileFiles(t *testing.T) {
	for name, text := range map[string]string{
		"unknown commands":   strings.Repeat("botloader --x\n", MaxLines-2),
		"unknown options":    "part / " + strings.Repeat(" --szie=1", 100_000),
		"unknown sections":   strings.Repeat("%x\n", MaxLines-2),
		"sections":           strings.Repeat("%post\n", MaxLines-2),
		"words":              strings.Repeat("a ", MaxFile/2),
		"a word":             strings.Repeat("a", MaxFile),
		"quotes":             strings.Repeat("'", MaxFile),
		"backslashes":        strings.Repeat(`\`, MaxFile),
		"comments":           strings.Repeat("#\n", MaxLines-2),
		"packages":           "%packages\n" + strings.Repeat("-@^a b.i686 --optional\n", MaxLines-3),
		"options of a group": "%packages\n@" + strings.Repeat(" --optional", 300_000),
		"includes":           "%post\n" + strings.Repeat("%include a\n", MaxLines-3),
	} {
		f, err := Parse("x.ks", []byte(text), 7)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(f.Format()) != text {
			t.Errorf("%s: bytes are lost", name)
		}
		if len(f.Problems) > maxProblems+1 {
			t.Errorf("%s: %d problems", name, len(f.Problems))
		}
	}
	for name, text := range map[string]string{"bytes": strings.Repeat("a", MaxFile+1), "lines": strings.Repeat("\n", MaxLines+1), "zero byte": "a\nb\x00"} {
		if _, err := Parse("x.ks", []byte(text), 0); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
