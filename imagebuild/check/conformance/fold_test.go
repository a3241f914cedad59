package conformance

import (
	"fmt"
	"strings"
	"testing"

	"lbimage/kickstart"
)

func TestFold(t *testing.T) {
	at := func(line int) kickstart.Place { return kickstart.Place{File: "lb.ks", Line: line, Column: 1} }
	var all []Statement
	for i, name := range []string{"package a", "package b", "package c", "package d", "group core"} {
		all = append(all, Statement{Place: at(10 + i), About: name, Verdict: CannotBeTold, Want: fmt.Sprint(i), Why: "no database", Rule: rulePackage.Name})
	}
	all = append(all,
		Statement{Place: at(3), About: "file /a", Verdict: CannotBeTold, Why: "x", Rule: PostRule},
		Statement{Place: at(20), About: "package e", Verdict: DoesNotHold, Want: "installed", Has: "none", Rule: rulePackage.Name},
		Statement{Place: at(21), About: "package f", Verdict: DoesNotHold, Want: "installed", Has: "none", Rule: rulePackage.Name},
		Statement{Place: at(22), About: "package g", Verdict: DoesNotHold, Want: "not installed", Has: "g-1", Rule: rulePackage.Name},
		Statement{Place: kickstart.Place{File: "b.ks", Line: 1, Column: 1}, About: "file /b", Verdict: CannotBeTold, Why: "x", Rule: PostRule},
		Statement{Place: at(24), About: "password of root", Verdict: DoesNotHold, Want: "locked", Has: "none", Rule: ruleAccount.Name},
		Statement{Place: at(25), About: "password of root", Verdict: DoesNotHold, Want: "locked", Has: "none", Rule: ruleAccount.Name},
		Statement{Place: at(23), About: "package h", Verdict: Holds, Want: "installed", Has: "none", Rule: rulePackage.Name},
	)
	var got []string
	n := 0
	for _, g := range Fold(all) {
		place, about := Folded(g)
		got = append(got, place+"  "+about)
		n += len(g)
	}
	want := []string{
		"lb.ks:10–14  5 statements about packages", "lb.ks:3:1 and elsewhere  files /a, /b", "lb.ks:20–21  packages e, f", "lb.ks:22:1  package g",
		"lb.ks:24:1  password of root", "lb.ks:25:1  password of root", "lb.ks:23:1  package h",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n != len(all) { // nothing is lost
		t.Errorf("%d of %d statements are told", n, len(all))
	}
}
