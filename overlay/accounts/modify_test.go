package accounts_test

import (
	"errors"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/accounts"
	"lbimage/overlay/treetest"
)

func TestModify(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/bash\n# kept\nagent:x:52:52:old words:/old:/bin/false\nlast:x:53:53::/:/bin/sh\n"
	files := map[string]string{"etc/passwd": passwd, "etc/group": "root:x:0:\n"}
	ptr := func(s string) *string { return &s }
	for name, c := range map[string]struct {
		edit accounts.Modify
		want string // what stands in place of the user's line
	}{
		"home":    {accounts.Modify{Home: ptr("/var/lib/agent")}, "agent:x:52:52:old words:/var/lib/agent:/bin/false"},
		"all":     {accounts.Modify{Home: ptr("/h"), Shell: ptr("/sbin/nologin"), Comment: ptr("")}, "agent:x:52:52::/h:/sbin/nologin"},
		"so":      {accounts.Modify{Home: ptr("/old")}, "agent:x:52:52:old words:/old:/bin/false"},
		"nothing": {accounts.Modify{}, "agent:x:52:52:old words:/old:/bin/false"},
	} {
		tree := treetest.Fill(files)
		c.edit.User = "agent"
		e, err := accounts.NewModify(c.edit)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := e.Apply(tree); err != nil {
				t.Fatal(err)
			}
			got, _ := tree.ReadFile("etc/passwd")
			if want := strings.Replace(passwd, "agent:x:52:52:old words:/old:/bin/false", c.want, 1); string(got) != want {
				t.Errorf("%s: got\n%swant\n%s", name, got, want)
			}
		}
	}
	for _, m := range []accounts.Modify{{User: "agent", Home: ptr("rel")}, {User: "agent", Comment: ptr("a:b")}, {User: "a:b"}, {User: "agent", Shell: ptr("/x\ny")}} {
		if _, err := accounts.NewModify(m); err == nil {
			t.Errorf("%+v is taken", m)
		}
	}
	e, err := accounts.NewModify(accounts.Modify{User: "nobody9", Home: ptr("/x")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Apply(treetest.Fill(files)); !errors.Is(err, overlay.ErrNoAccount) {
		t.Errorf("a user that is not there: %v", err)
	}
}
