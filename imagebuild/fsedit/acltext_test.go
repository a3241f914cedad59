package fsedit

import (
	"strings"
	"testing"
)

func TestParseACLText(t *testing.T) {
	for text, want := range map[string]string{
		"user::rw-,group::r--,other::---": "02000000" + "01000600ffffffff" + "04000400ffffffff" + "20000000ffffffff",
		"o::r--\nm::rwx # effective\nu:joe:r-x:1000\ng::-w-\nu:5:--x\nu::rwx\n": "02000000" + "01000700ffffffff" + "0200010005000000" + "02000500e8030000" +
			"04000200ffffffff" + "10000700ffffffff" + "20000400ffffffff",
	} {
		got, err := parseACLText(text)
		if err != nil || ValueText(got) != "0x"+want {
			t.Errorf("%q: %s, %v, want %s", text, ValueText(got), err, want)
		}
	}
	for text, want := range map[string]string{
		"user:joe:rwx": "--numeric-owner", "user::rwz": "malformed", "x::rwx": "malformed", "user": "malformed", "mask:5:rwx": "malformed",
		"user::rwxx": "malformed", "user:4294967295:rwx": "numeric-owner", "user::wrx": "malformed",
	} {
		if _, err := parseACLText(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
