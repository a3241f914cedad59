package services_test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"lbimage/overlay/services"
)

// base is what makes a tree one of systemd, in the version and layout of the judge (Debian 12).
func base() map[string]string {
	return map[string]string{
		"sbin/init":                            "-> /lib/systemd/systemd",
		"lib/systemd/systemd":                  "x",
		"lib/systemd/libsystemd-shared-252.so": "x",
		"etc/debian_version":                   "12\n",
		"etc/systemd/system/":                  "",
		"usr/lib/systemd/system/":              "",
		"lib/systemd/system/":                  "",
		"run/systemd/system/":                  "",
		"dev/null":                             "",
	}
}

// randomUnits makes units that point at each other, with aliases, templates, drop-ins, masks, presets.
func randomUnits(r *rand.Rand) (files map[string]string, names []string) {
	files = base()
	names = []string{"a.service", "b.service", "c.socket", "d.timer", "e@.service", "f@.service", "g.service", "h-i.service"}
	dirs := []string{"usr/lib/systemd/system/", "lib/systemd/system/", "etc/systemd/system/", "usr/local/lib/systemd/system/"}
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	section := func(name string) string {
		var b strings.Builder
		b.WriteString("[Unit]\nDescription=x\n[Install]\n")
		if r.IntN(3) > 0 {
			fmt.Fprintf(&b, "WantedBy=%s %s\n", pick("multi-user.target", "graphical.target"), pick("", "x.target", "%p.target", "\"y.target\"", "p@.service", "\\\n  z.target"))
		}
		if r.IntN(4) == 0 {
			fmt.Fprintf(&b, "RequiredBy=%s\n", pick("r.target", "%N.service", "a.service", "%j.target"))
		}
		if r.IntN(4) == 0 {
			b.WriteString("WantedBy=\n")
		}
		if r.IntN(3) == 0 {
			kind := name[strings.LastIndexByte(name, '.'):]
			at := ""
			if strings.Contains(name, "@") {
				at = "@" + pick("", "", "one")
			}
			fmt.Fprintf(&b, "Alias=%s%s%s\n", pick("al", "al2", "dbus-x"), at, kind)
		}
		if r.IntN(3) == 0 {
			fmt.Fprintf(&b, "Also=%s %s\n", pick(names...), pick("", "nope.service", "b.service"))
		}
		if strings.Contains(name, "@") && r.IntN(2) == 0 {
			fmt.Fprintf(&b, "DefaultInstance=%s\n", pick("tty1", "q"))
		}
		return b.String()
	}
	for _, n := range names {
		if r.IntN(8) == 0 {
			continue
		}
		text := "[Unit]\nDescription=x\n"
		if r.IntN(6) > 0 {
			text = section(n)
		}
		files[pick(dirs...)+n] = text
		if r.IntN(6) == 0 {
			files[pick(dirs...)+n+".d/"+pick("10", "20")+".conf"] = section(n)
		}
	}
	if r.IntN(3) == 0 {
		files["etc/systemd/system/g.service"] = pick("-> /dev/null", "-> /opt/g.service", "-> a.service")
		files["opt/g.service"] = section("g.service")
	}
	if r.IntN(3) == 0 {
		files["usr/lib/systemd/system/k.service"] = pick("-> a.service", "-> b.service", "-> e@x.service")
	}
	if _, ok := files["usr/lib/systemd/system/k.service"]; ok {
		names = append(names, "k.service")
		if _, ok := files["usr/lib/systemd/system/a.service"]; !ok {
			files["usr/lib/systemd/system/a.service"] = section("a.service")
		}
		if _, ok := files["usr/lib/systemd/system/b.service"]; !ok {
			files["usr/lib/systemd/system/b.service"] = section("b.service")
		}
	}
	for i := range r.IntN(3) {
		var b strings.Builder
		for range r.IntN(4) {
			b.WriteString(pick("enable ", "disable ", "# disable ") + pick(append([]string{"*", "[a-c]*", "?.service", "e@.service one two", "e@.service", "*.timer"}, names...)...) + "\n")
		}
		files[fmt.Sprintf("%ssystem-preset/%d0-x.preset", pick("etc/systemd/", "usr/lib/systemd/"), i+1)] = b.String()
	}
	return files, append(names, "e@one.service", "f@two.service", "al.service", "nope.service")
}

// judge252 finds the systemctl that the trees here are laid out for.
func judge252(t *testing.T) string {
	t.Helper()
	systemctl := judge(t, "systemctl")
	version, err := exec.Command(systemctl, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(version), "systemd 252 ") || !strings.Contains(string(version), "~deb") {
		t.Skipf("the trees are laid out for Debian's systemctl 252, this is %.30s", version)
	}
	return systemctl
}

func TestSystemctlJudges(t *testing.T) {
	systemctl := judge252(t)
	actions := []services.Action{services.Enable, services.Disable, services.Preset, services.Mask, services.Unmask}
	refused, done := 0, 0
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, 1))
		files, names := randomUnits(r)
		ours, theirs := fill(t, files), fill(t, files)
		tree := open(t, ours)
		for step := range 6 {
			action, name := actions[r.IntN(len(actions))], names[r.IntN(len(names))]
			what := fmt.Sprintf("seed %d, step %d: %s %s", seed, step, action, name)
			before := shot(t, ours, "etc/systemd")
			_, err := do(t, tree, name, action, "")
			after := shot(t, ours, "etc/systemd")
			if err != nil {
				refused++
				if before != after {
					t.Fatalf("%s: refused (%v) and yet it wrote", what, err)
				}
			} else {
				done++
			}
			if err != nil && strings.Contains(err.Error(), services.ErrUnknown.Error()) {
				continue // systemctl masks and disables names that nothing has
			}
			out, err2 := exec.Command(systemctl, "--root="+theirs, string(action), name).CombinedOutput()
			if err != nil && (err2 != nil || strings.Contains(string(out), "destination unit")) {
				break // systemctl leaves what it did before it met the fault, and may forget the fault; we do nothing
			}
			if d := differ(after, shot(t, theirs, "etc/systemd")); d != "" {
				t.Fatalf("%s:\n%s\nours: %v\ntheirs: %v %s\ntree:\n%s", what, d, err, err2, out, before+shot(t, ours, "usr")+shot(t, ours, "lib"))
			}
		}
		states(t, systemctl, fmt.Sprint("seed ", seed), ours)
	}
	if refused > done || done < 60 {
		t.Errorf("%d requests refused, %d done: the trees are too strange to judge by", refused, done)
	}
}

// states compares List with `systemctl list-unit-files`.
func states(t *testing.T, systemctl, what, dir string) {
	t.Helper()
	out, err := exec.Command(systemctl, "--root="+dir, "list-unit-files", "--no-legend", "--no-pager", "--full", "--plain").Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs, ours strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(string(out)), "\n") {
		if f := strings.Fields(line); len(f) > 1 && !instance(f[0]) {
			fmt.Fprintln(&theirs, f[0], f[1])
		}
	}
	list, err := services.List(open(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if !instance(s.Name) {
			fmt.Fprintln(&ours, s.Name, s.State)
		}
	}
	if d := differ(ours.String(), theirs.String()); d != "" {
		t.Errorf("%s: states differ:\n%s\n%s", what, d, shot(t, dir, "etc/systemd")+shot(t, dir, "usr")+shot(t, dir, "lib"))
	}
}

// instance says whether a name is foo@bar.service. Of a link from one to a template systemctl says what it would say of
// the template under that name; List says that it is an alias.
func instance(name string) bool {
	at, dot := strings.IndexByte(name, '@'), strings.LastIndexByte(name, '.')
	return at >= 0 && dot > at+1
}
