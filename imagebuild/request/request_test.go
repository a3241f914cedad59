package request

import (
	"encoding/json"
	"strings"
	"testing"

	"lbimage/imagebuild/recipe"
)

func TestParseSetting(t *testing.T) {
	if s, err := ParseSetting("a=b=c"); err != nil || s != (Setting{Name: "a", Value: "b=c"}) {
		t.Errorf("%v, %v", s, err)
	}
	for _, bad := range []string{"a", "=b", "a="} {
		if _, err := ParseSetting(bad); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

// The request in the record does not tell folders of the machine, nor what a password could be tried against.
func TestForRecord(t *testing.T) {
	const hash = "$6$salt$abcdefghijklmnopqrstuvwxyz"
	r := Request{
		Template: "/home/me/t.conf", Overlays: []string{"/home/me/files/", "x"}, Keyring: []string{"/home/me/keys"},
		Servo:  &recipe.Servo{RPM: "/home/me/servo.rpm", Source: "https://me:secret@example.com/servo.git"},
		Access: &recipe.Access{Password: hash, AuthorizedKeysFile: "/home/me/keys"},
		Edits: []recipe.Edit{
			{Place: recipe.Place{File: "/home/me/lbimage.yaml"}, File: &recipe.File{Path: "/etc/motd", Source: "/home/me/motd"}},
			{RPM: &recipe.RPM{Path: "/home/me/x.rpm"}},
			{User: &recipe.User{Name: "a", Password: hash}},
			{Password: &recipe.Password{User: "a", Hash: hash}},
			{Line: &recipe.Line{Path: "/etc/shadow", Match: "^root:", Set: "root:" + hash + ":1::::::"}},
			{File: &recipe.File{Path: "/etc//gshadow", Content: "wheel:" + hash + "::\n"}},
			{Line: &recipe.Line{Path: "/etc/shadow", Match: "^a:", Set: "a:" + hash + ":1:0:99999:7:::"}},
			{File: &recipe.File{Path: "/etc/shadow-", Content: "a:" + hash + ":1::::::\nb:!:1::::::\n"}},
			{AuthorizedKeys: &recipe.AuthorizedKeys{User: "a", File: "/home/me/keys"}},
			{File: &recipe.File{Path: "/etc/shadow", Content: "root:" + hash + ":1::::::\nbin:*:1::::::\n"}},
			{Line: &recipe.Line{Path: "/etc/shadow", Match: "^root:", Set: "root:" + hash + ":1::::::"}},
		},
	}
	before, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := json.Marshal(r.ForRecord())
	if err != nil {
		t.Fatal(err)
	}
	for _, hidden := range []string{"/home", "secret", "salt"} {
		if strings.Contains(string(recorded), hidden) {
			t.Errorf("%q is in the record: %s", hidden, recorded)
		}
	}
	for _, shown := range []string{"t.conf", "servo.rpm", "example.com/servo.git", "/etc/motd", "lbimage.yaml", "a hash", "bin:*:1", ":1:0:99999:7:::"} {
		if !strings.Contains(string(recorded), shown) {
			t.Errorf("%q is not in the record: %s", shown, recorded)
		}
	}
	if after, _ := json.Marshal(r); string(after) != string(before) {
		t.Error("the request itself was changed")
	}
}

func TestHoldsHashes(t *testing.T) {
	for path, want := range map[string]bool{
		"/etc/shadow": true, "/etc/gshadow-": true, "/etc/shadow.rpmnew": true, "/etc/passwd": true,
		"/etc/shadows": false, "/etc/motd": false, "/usr/etc/shadow": false,
	} {
		if HoldsHashes(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

func TestConcealShadow(t *testing.T) {
	got := string(ConcealShadow([]byte("root:$6$a$b:1:0:99999:7:::\nbin:*:1::::::\nservo:!!:1::::::\n#x\nlast:$1$c$d:2")))
	if strings.Contains(got, "$") || !strings.Contains(got, "root:(a hash, ") || !strings.Contains(got, "bin:*:1:") || !strings.Contains(got, "servo:!!:1") || !strings.HasSuffix(got, "):2") {
		t.Errorf("%s", got)
	}
	first := ConcealHash("$6$a$b")
	if again := ConcealHash("$6$a$b"); first != again || first == ConcealHash("$6$a$c") {
		t.Error("hashes are not told apart")
	}
}
