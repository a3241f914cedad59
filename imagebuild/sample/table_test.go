package sample

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"lbimage/servo"
)

// The table is whole: folders stand before what is in them, no name twice, other
// names behind the first, and every file below tree is used.
func TestTable(t *testing.T) {
	seen := map[string]node{}
	for _, n := range nodes() {
		if !fs.ValidPath(n.name) {
			t.Errorf("%q is no path", n.name)
		}
		if _, twice := seen[n.name]; twice {
			t.Errorf("%s is listed twice", n.name)
		}
		if up, ok := seen[path.Dir(n.name)]; n.name != "." && (!ok || !up.mode.IsDir()) {
			t.Errorf("%s: its folder is not listed before it", n.name)
		}
		if _, ok := seen[n.hard]; n.hard != "" && !ok {
			t.Errorf("%s: %s is not listed before it", n.name, n.hard)
		}
		seen[n.name] = n
	}
	err := fs.WalkDir(files, "tree", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(strings.TrimPrefix(p, "tree"), "/")
		n, ok := seen[name]
		if name != "" && (!ok || n.content != nil || n.mode.IsDir() != d.IsDir() || n.hard != "") {
			t.Errorf("tree/%s is not in the table as what it is", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What the servo's release brings is there, with its owner and mode.
func TestServoIsWhole(t *testing.T) {
	byName := map[string]node{}
	for _, n := range nodes() {
		byName[n.name] = n
	}
	layout, err := servo.Layout(servo.Version{Major: 1, Minor: 0, Patch: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range layout {
		name := strings.TrimPrefix(strings.Replace(f.Path, servo.SitePackages, "/"+packages, 1), "/")
		name = strings.Replace(name, "etc/init.d/", "etc/rc.d/init.d/", 1)
		n, ok := byName[name]
		who := f.Owner.User + ":" + f.Owner.Group
		if n.who == "" {
			n.who = "root:root"
		}
		if !ok || n.mode != f.Mode || n.who != who {
			t.Errorf("%s: the table has %v %s, the release %v %s", name, n.mode, n.who, f.Mode, who)
		}
	}
}

// The jumps of the boot code land on instructions, and its message lies where it
// is looked for.
func TestBootCode(t *testing.T) {
	at := func(jump int) byte { return bootCode[jump+2+int(int8(bootCode[jump+1]))] }
	if bootCode[10] != 0x74 || at(10) != 0xF4 || bootCode[19] != 0xEB || at(19) != 0xAC || bootCode[22] != 0xEB || at(22) != 0xF4 {
		t.Errorf("a jump goes astray: % x", bootCode[:24])
	}
	message := int(bootCode[5]) + int(bootCode[6])<<8 - 0x7C00
	if got := string(bootCode[message:]); got != bootMessage {
		t.Errorf("the message at %#x is %q", message, got)
	}
	if len(bootCode) > 440 {
		t.Errorf("%d bytes do not fit in front of the table", len(bootCode))
	}
}
