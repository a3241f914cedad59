package accounts_test

import (
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/accounts"
	"lbimage/overlay/treetest"
)

// TestNeeds has what accounts take in an image: the inodes are those that they take in fact, the bytes no less.
func TestNeeds(t *testing.T) {
	const block = 4096
	for name, edits := range map[string][]overlay.Edit{
		"a user":              {user(t, accounts.User{Name: "human", CreateHome: true})},
		"a user of a group":   {edit(t)(accounts.NewGroup(accounts.Group{Name: "g"})), user(t, accounts.User{Name: "human", Group: "g", CreateHome: true})},
		"no home":             {user(t, accounts.User{Name: "servo", System: true})},
		"there already":       {user(t, accounts.User{Name: "root", Groups: []string{"root"}, CreateHome: true})},
		"groups and password": {edit(t)(accounts.NewMembership(accounts.Membership{User: "root", Groups: []string{"root"}})), edit(t)(accounts.NewPassword(accounts.Password{User: "root", Hash: "!"}))},
	} {
		files := image("debian")
		files["etc/skel/deep/er/x"], files["etc/skel/l"] = "text", "-> x"
		tree := treetest.Fill(files)
		bytes, inodes, err := overlay.Needs(tree, edits, block)
		if err != nil {
			t.Fatal(err)
		}
		var made, content int64
		for _, c := range apply(t, tree, edits...) {
			if c.Op == overlay.OpCreate {
				made++
				content += (c.After.Size + block - 1) / block * block
			}
		}
		if inodes != made || bytes < content {
			t.Errorf("%s: %d inodes and %d bytes estimated, made were %d with %d bytes", name, inodes, bytes, made, content)
		}
	}
	// An image without account files takes no accounts, which is for the edit itself to say.
	if bytes, inodes, err := overlay.Needs(treetest.NewMemory(), []overlay.Edit{user(t, accounts.User{Name: "human"})}, block); bytes != 0 || inodes != 0 || err != nil {
		t.Error(bytes, inodes, err)
	}
}

func edit(t *testing.T) func(overlay.Edit, error) overlay.Edit {
	return func(e overlay.Edit, err error) overlay.Edit {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
}
