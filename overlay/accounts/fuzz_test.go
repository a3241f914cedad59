package accounts_test

import (
	"bytes"
	"strings"
	"testing"

	"lbimage/overlay/accounts"
	"lbimage/overlay/treetest"
)

// FuzzFiles gives hostile account files and settings. Whatever they hold: an edit fails, or adds exactly one
// line to passwd and leaves every other one as it was, and a second one changes nothing.
func FuzzFiles(f *testing.F) {
	f.Add(el6Passwd, el6Group, shadowOf(el6Passwd, "!!"), gshadowOf(el6Group), el6Defs, elUseradd, "", true)
	f.Add(debPasswd, debGroup, "", "", debDefs, "SHELL=/bin/sh\n", "debian:100000:65536\n", false)
	f.Add("root:x:0:0:::\n+::::::", "root:x:0:\n-bad\n+:::", "servo:\nservo2:!!:", "servo:!", "UID_MIN 0x1f4\nUMASK 077", "GROUP=", "a:4294967295:9\n", false)
	f.Add("servo:x:7", "wheel:x:7:a,,b,", "::::", ":", "UID_MIN \"-1\"", "HOME=\x00", "a:-1:-1", true)
	f.Fuzz(func(t *testing.T, passwd, group, shadow, gshadow, defs, useradd, subuid string, system bool) {
		files := map[string]string{
			"etc/passwd": " " + passwd, "etc/group": " " + group, // the blank: "-> " would make a link
			"etc/login.defs": " " + defs, "etc/default/useradd": "\n" + useradd, "home/": "",
		}
		for name, text := range map[string]string{"etc/shadow": shadow, "etc/gshadow": gshadow, "etc/subuid": subuid} {
			if text != "" {
				files[name] = " " + text
			}
		}
		tree := treetest.Fill(files)
		had, err := accounts.HasUser(tree, "servo")
		if err != nil {
			t.Fatal(err)
		}
		groups := []string{"wheel"}
		if ok, _ := accounts.HasGroup(tree, "wheel"); !ok {
			groups = nil
		}
		e, err := accounts.NewUser(accounts.User{Name: "servo", System: system, Groups: groups, CreateHome: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Apply(tree); err != nil {
			if !strings.HasPrefix(err.Error(), "/") {
				t.Fatalf("%v", err)
			}
			return
		}
		after, err := tree.ReadFile("etc/passwd")
		if err != nil {
			t.Fatal(err)
		}
		before := strings.SplitAfter(files["etc/passwd"], "\n")
		if before[len(before)-1] == "" {
			before = before[:len(before)-1]
		}
		rest, added := string(after), 0
		for _, line := range before {
			line = strings.TrimSuffix(line, "\n")
			next, tail, _ := strings.Cut(rest, "\n")
			if next != line && strings.HasPrefix(next, "servo:") && added == 0 {
				added++
				next, tail, _ = strings.Cut(tail, "\n")
			}
			if next != line {
				t.Fatalf("the line %q became %q", line, next)
			}
			rest = tail
		}
		if rest != "" {
			added += strings.Count(rest, "\n")
		}
		if want := map[bool]int{true: 0, false: 1}[had]; added != want {
			t.Fatalf("%d lines added, want %d:\n%s", added, want, after)
		}
		if ok, err := accounts.HasUser(tree, "servo"); !ok || err != nil {
			t.Fatalf("the user is not there: %v\n%q", err, after)
		}
		changes, err := e.Apply(tree)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			if c.Changed() {
				t.Fatalf("again: %v\n%s", c, c.Diff())
			}
		}
		if again, err := tree.ReadFile("etc/passwd"); err != nil || !bytes.Equal(again, after) {
			t.Fatal("passwd changes again", err)
		}
	})
}

func FuzzCheckHash(f *testing.F) {
	for _, h := range []string{sha512, "!", "*LK*", "secret", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "$1$ $qjXMvbEw8oaL.CzflDtaK/"} {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, hash string) {
		if accounts.CheckHash(hash) == nil && strings.ContainsAny(hash, ":\n\x00 ") {
			t.Fatalf("%q passes", hash)
		}
	})
}
