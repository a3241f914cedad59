package rpminstall_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"lbimage/imagebuild/rpmdb"
	"lbimage/imagebuild/rpminstall"
)

// TestTriggersJudgedByRPM has rpm say which triggers are set off: by a script that leaves a file. A package with one
// that is set off is refused; the others are installed, and the report says so.
func TestTriggersJudgedByRPM(t *testing.T) {
	judges(t)
	busybox := judge(t, "busybox")
	file := func(name, version, trigger string) built {
		p := built{name: name, version: version, install: "mkdir -p opt; echo " + version + " >opt/" + name, files: "/opt/" + name}
		if trigger != "" {
			p.scripts = map[string]string{trigger: "touch /fired"}
		}
		return p
	}
	triggers := []string{ // NAME is the package's own
		"%triggerin -- base", "%triggerin -- base < 2", "%triggerin -- base >= 2", "%triggerin -- elsewhere", "%triggerin -- elsewhere, base",
		"%triggerun -- base", "%triggerun -- NAME < 2", "%triggerun -- NAME < 1", "%triggerpostun -- NAME", "%triggerpostun -- elsewhere", "%triggerprein -- elsewhere",
	}
	first, second := []built{file("base", "2", "")}, []built{}
	for i, trigger := range triggers {
		name := fmt.Sprintf("t%d", i)
		first = append(first, file(name, "1", ""))
		where, on, _ := strings.Cut(trigger, " -- ")
		second = append(second, file(name, "3", where+" -- "+strings.ReplaceAll(on, "NAME", name)))
	}
	old, new := build(t, first...), build(t, second...)
	for i, trigger := range triggers {
		next := new[i]
		for _, upgrade := range []bool{false, true} {
			root := baseRoot(t)
			sh(t, root, "mkdir bin; cp "+busybox+" bin/busybox; ln -s busybox bin/sh; ln -s busybox bin/touch")
			known := old[:1]
			if upgrade {
				known = []string{old[0], old[1+i]}
			}
			for _, p := range known {
				if err := install(root, "-i", p); err != nil {
					t.Fatal(err)
				}
			}
			ours := twin(t, root)
			if err := install(root, "-U", next); err != nil {
				t.Fatal(err)
			}
			_, err := os.Stat(root + "/fired")
			fired := err == nil
			_, err = run(t, ours, next, rpminstall.Options{Time: made, Database: newDatabase(t, known...)})
			if err != nil && !errors.Is(err, rpminstall.ErrScript) {
				t.Fatal(err)
			}
			if fired != (err != nil) {
				t.Errorf("%s, upgrade %t: rpm set it off: %t, we say %v", trigger, upgrade, fired, err)
			}
		}
	}
}

// TestObsoletesJudgedByRPM obsoletes a package that is there, in some versions.
func TestObsoletesJudgedByRPM(t *testing.T) {
	judges(t)
	list := []built{{name: "old", version: "3", install: "mkdir -p opt; echo 3 >opt/old; echo conf >opt/conf", files: "/opt/old\n%config /opt/conf"}}
	tags := []string{"Obsoletes: old", "Obsoletes: old < 2", "Obsoletes: old < 3", "Obsoletes: old <= 3", "Obsoletes: old < 3-2", "Obsoletes: old > 3", "Obsoletes: old = 3-1", "Obsoletes: old < 1:2", "Obsoletes: other"}
	for i, tag := range tags {
		name := fmt.Sprintf("new%d", i)
		list = append(list, built{name: name, version: "1", tags: tag, install: "echo 1 >opt/" + name, files: "/opt/" + name})
	}
	paths := build(t, list...)
	gone := 0
	for i, tag := range tags {
		theirs := baseRoot(t)
		if err := install(theirs, "-i", paths[0]); err != nil {
			t.Fatal(err)
		}
		sh(t, theirs, "echo mine >opt/conf")
		ours := twin(t, theirs)
		db, err := rpmdb.Open(t.Context(), folder(t, theirs), rpmdb.Options{TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if err := install(theirs, "-U", paths[1+i]); err != nil {
			t.Fatal(err)
		}
		r, err := run(t, ours, paths[1+i], rpminstall.Options{Time: made, Database: rpminstall.FromDB(db)})
		if err != nil {
			t.Fatal(err)
		}
		if d := differences(look(t, theirs), look(t, ours)); len(d) > 0 {
			t.Errorf("%s:\n%s\n%+v", tag, strings.Join(d, "\n"), r.Replaces)
		}
		gone += len(r.Replaces)
	}
	if gone == 0 || gone == len(tags) {
		t.Errorf("it went %d times of %d: the versions are not looked at", gone, len(tags))
	}
}
