package recipe

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func resolve(t *testing.T, text, profile string) *Resolved {
	t.Helper()
	v, err := parsed(t, text).Resolve(profile)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const layered = `apiVersion: lbimage/v1
source: a.rpm
haproxy:
  timeouts: {connect: 5s, client: 2m}
  options: [dontlognull, redispatch]
  lintOnly: true
sysctl: {a.b: 1}
overlay: [all]
edits: [remove: /a]
servo: {rpm: servo.rpm, scriptlets: skip}
profiles:
  base:
    haproxy: {timeouts: {server: 3m}}
    overlay: [base]
    edits: [remove: /b]
  development:
    extends: base
    haproxy:
      timeouts: {client: 10m}
      options: [no redispatch]
      lintOnly: false
    sysctl: {c.d: 6.10}
    overlay: [dev]
    edits: [remove: /c]
    servo: {source: ../servo}
`

func TestProfilesAddToTheTopLevel(t *testing.T) {
	v := resolve(t, layered, "development")
	for _, test := range []struct{ what, got, want any }{
		{"timeouts", v.HAProxy.Timeouts, []Setting{{"connect", "5s"}, {"client", "10m"}, {"server", "3m"}}},
		{"options", v.HAProxy.Options, []string{"dontlognull", "no redispatch"}},
		{"lintOnly", v.HAProxy.LintOnly, false},
		{"sysctl", v.Sysctl, []Setting{{"a.b", "1"}, {"c.d", "6.10"}}},
		{"overlay", v.Overlay, []string{"all", "base", "dev"}},
		{"servo", *v.Servo, Servo{Source: "../servo"}},
		{"edits", []string{v.Edits[0].Remove.Path, v.Edits[1].Remove.Path, v.Edits[2].Remove.Path}, []string{"/a", "/b", "/c"}},
		{"place of client", v.Places["haproxy.timeouts.client"], Place{"lbimage.yaml", 19, 18}},
		{"place of connect", v.Places["haproxy.timeouts.connect"], Place{"lbimage.yaml", 4, 14}},
		{"place of the second edit", v.Places["edits[1]"], Place{"lbimage.yaml", 15, 13}},
	} {
		if !reflect.DeepEqual(test.got, test.want) {
			t.Errorf("%s: %v, not %v", test.what, test.got, test.want)
		}
	}
	if got := resolve(t, layered, "base"); !slices.Equal(got.Overlay, []string{"all", "base"}) || got.Servo.RPM != "servo.rpm" || !got.HAProxy.LintOnly {
		t.Errorf("what one profile adds is in another: %+v", got)
	}
	if _, err := parsed(t, layered).Resolve("developmnt"); err == nil || !strings.Contains(err.Error(), "did you mean development?") {
		t.Errorf("a profile that is not there: %v", err)
	}
}

func TestOutputName(t *testing.T) {
	names := SourceNames{Name: "lb", Version: "1.1.0", Release: "0.el6", Arch: "x86_64"}
	for _, test := range []struct {
		name  string
		names SourceNames
		want  string
	}{
		{"", names, "lb-default.tgz"},
		{"{name}_{version}-{release}.{arch}+{profile}", names, "lb_1.1.0-0.el6.x86_64+default.tgz"},
		{"image.tgz", SourceNames{}, "image.tgz"},
		{"a-{version}", SourceNames{Name: "lb"}, "error: lbimage.yaml:3:10: output.name: the source has no version; write it out"},
		{"a-{name}", SourceNames{Name: "../x"}, `error: lbimage.yaml:3:10: output.name: "a-../x.tgz" is no plain file name; choose another`},
		{"{name}", SourceNames{Name: ".hidden"}, `error: lbimage.yaml:3:10: output.name: ".hidden.tgz" is no plain file name; choose another`},
		{"a-{version}", SourceNames{Version: "{profile}"}, "a-{profile}.tgz"},
	} {
		text := "apiVersion: lbimage/v1\nsource: a.rpm\n"
		if test.name != "" {
			text += "output: {name: '" + test.name + "'}\n"
		}
		got, err := resolve(t, text, DefaultProfile).OutputName(test.names)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != test.want {
			t.Errorf("%q: %s, not %s", test.name, got, test.want)
		}
	}
}

// Names that differ in the recipe can come out the same for a source.
func TestOutputNames(t *testing.T) {
	const text = "apiVersion: lbimage/v1\nsource: a.rpm\nprofiles: {a: {output: {name: 'lb-{version}'}}, b: {output: {name: lb-1.1}}}\n"
	profiles := []*Resolved{resolve(t, text, "a"), resolve(t, text, "b")}
	if _, err := OutputNames(profiles, SourceNames{Version: "1.1"}); err == nil || !strings.Contains(err.Error(), "profiles a and b would both write lb-1.1.tgz") {
		t.Errorf("one name for two: %v", err)
	}
	if got, err := OutputNames(profiles, SourceNames{Version: "1.2"}); err != nil || !slices.Equal(got, []string{"lb-1.2.tgz", "lb-1.1.tgz"}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestValuesAreKeptAsWritten(t *testing.T) {
	const text = `apiVersion: lbimage/v1
source: a.rpm
haproxy: {version: 1.10, set: {a: 010, b: 6.10, c: 1e3, d: 0x1F, e: "7", f: 1_000, g: 2001-01-01}}
edits:
  - file: {path: /a, content: x, mode: 0644}
  - file: {path: /b, content: x, mode: '0644'}
  - file: {path: /c, content: x, mode: 0o6755}
  - service: {name: a, enabled: false, levels: 0345}
`
	v := resolve(t, text, DefaultProfile)
	want := []Setting{{"a", "010"}, {"b", "6.10"}, {"c", "1e3"}, {"d", "0x1F"}, {"e", "7"}, {"f", "1_000"}, {"g", "2001-01-01"}}
	if v.HAProxy.Version != "1.10" || !slices.Equal(v.HAProxy.Set, want) {
		t.Errorf("%+v", v.HAProxy)
	}
	if *v.Edits[0].File.Mode != 0o644 || *v.Edits[1].File.Mode != 0o644 || *v.Edits[2].File.Mode != 0o6755 || v.Edits[2].File.Mode.FileMode().String() != "ugrwxr-xr-x" {
		t.Errorf("modes %v %v %v", v.Edits[0].File.Mode, v.Edits[1].File.Mode, v.Edits[2].File.Mode)
	}
	if s := v.Edits[3].Service; s.Action != "disable" || s.Levels != "0345" {
		t.Errorf("%+v", s)
	}
}
