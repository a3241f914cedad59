package servo

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

// nine are the edits of the administrator's example.
var nine = TemplateRequest{
	Timeouts: []Setting{{Name: "connect", Value: "5s"}, {Name: "client", Value: "2m"}, {Name: "server", Value: "2m"},
		{Name: "http-keep-alive", Value: "10s"}, {Name: "queue", Value: "1m"}, {Name: "check", Value: "5s"}},
	Settings: []Setting{{Name: "retries", Value: "3"}},
	Options:  []string{"dontlognull", "redispatch"},
}

func TestTemplateEdit(t *testing.T) {
	m := el6(t, "1.0.4")
	m.SetXattr(TemplatePath, "security.selinux", []byte("etc_t\x00"))
	edit, err := TemplateEdit(nine)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := edit.Apply(m)
	if err != nil {
		t.Fatal(err)
	}
	c := changes[0]
	if len(changes) != 1 || c.Op != overlay.OpModify || c.After.UID != 498 || c.After.GID != 497 || c.After.Mode != 0o644 {
		t.Errorf("%+v", changes)
	}
	notes := strings.Join(c.Notes, "\n")
	if !strings.Contains(notes, "was the template that servo 1.0.4 ships") {
		t.Errorf("notes:\n%s", notes)
	}
	text, err := m.ReadFile(TemplatePath)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"timeout connect ", "timeout client ", "timeout server ", "timeout http-keep-alive ", "timeout queue ",
		"timeout check ", "retries", "option dontlognull", "option redispatch", "option http-server-close # affects KA on/off", "#drop privileges"} {
		if strings.Count(string(text), word) != 1 {
			t.Errorf("%q stands %d times in\n%s", word, strings.Count(string(text), word), text)
		}
	}
	if strings.Contains(string(text), "contimeout") {
		t.Errorf("contimeout is still there:\n%s", text)
	}
	again, err := edit.Apply(m)
	if err != nil || again[0].Changed() {
		t.Errorf("a second time: %v, %v", again, err)
	}
	accepted(t, text)
}

// accepted asks HAProxy whether it takes the text. Its 2 says that there is no listener, as in a template.
func accepted(t *testing.T, text []byte) {
	t.Helper()
	haproxy, err := exec.LookPath("haproxy")
	if err != nil {
		if haproxy, err = exec.LookPath("/usr/sbin/haproxy"); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal("haproxy is not installed")
			}
			t.Skip("haproxy is not installed")
		}
	}
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	// The account is the image's, not this machine's.
	local := strings.NewReplacer(" user servo", " # user servo", " group servo", " # group servo").Replace(string(text))
	if err := os.WriteFile(file, []byte(local), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(haproxy, "-c", "-f", file).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 2) {
		t.Errorf("haproxy -c: %v\n%s\n%s", err, out, text)
	}
}

func TestTemplateReplacement(t *testing.T) {
	text := []byte("global\n maxconn 1\n\ndefaults\n timeout client 1m\n")
	q := TemplateRequest{Replacement: text, Timeouts: []Setting{{Name: "client", Value: "2m"}}}
	want := strings.Replace(string(text), "1m", "2m", 1)
	for name, c := range map[string]struct {
		tree *treetest.Memory
		op   overlay.Op
		uid  uint32
		gid  uint32
	}{
		"in place":   {el6(t, "1.2.0"), overlay.OpModify, 498, 497},
		"missing":    {el6(t, ""), overlay.OpCreate, 498, 497},
		"no account": {treetest.NewMemory(), overlay.OpCreate, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			edit, err := TemplateEdit(q)
			if err != nil {
				t.Fatal(err)
			}
			changes, err := edit.Apply(c.tree)
			if err != nil {
				t.Fatal(err)
			}
			last := changes[len(changes)-1]
			if last.Op != c.op || last.After.UID != c.uid || last.After.GID != c.gid || last.After.Mode != 0o644 {
				t.Errorf("%+v", last)
			}
			if got, _ := c.tree.ReadFile(TemplatePath); string(got) != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestTemplateMissing(t *testing.T) {
	edit, err := TemplateEdit(nine)
	if err != nil {
		t.Fatal(err)
	}
	bare := el6(t, "1.1.0")
	bare.Remove(TemplatePath)
	for want, m := range map[string]*treetest.Memory{
		"no servo is installed in this image either":                                                             treetest.NewMemory(),
		"the image has servo, by its files from 1.0.1 to 1.2.1 and lacks its template: --template FILE makes it": bare,
	} {
		_, err := edit.Apply(m)
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), TemplatePath) != 1 {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestTemplateRequestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		q    TemplateRequest
		want string
	}{
		"nothing":             {TemplateRequest{}, "nothing is asked for"},
		"an empty file":       {TemplateRequest{Replacement: []byte("\n \n")}, "empty"},
		"an unknown time-out": {TemplateRequest{Timeouts: []Setting{{Name: "klient", Value: "1m"}}}, "klient"},
		"a wrong time":        {TemplateRequest{Timeouts: []Setting{{Name: "client", Value: "10x"}}}, "client"},
		"an unknown option":   {TemplateRequest{Options: []string{"redispatsh"}}, "redispatsh"},
	} {
		if _, err := TemplateEdit(c.q); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTemplateDescribe(t *testing.T) {
	edit, err := TemplateEdit(TemplateRequest{Replacement: []byte("global\ndefaults\n"), Settings: []Setting{{Name: "retries", Value: "3"}}, Options: []string{"redispatch", "no dontlognull"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := edit.Describe(), "replace the HAProxy template and set retries 3, option redispatch, no option dontlognull"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := edit.Paths(); len(got) != 1 || got[0] != "/"+TemplatePath {
		t.Errorf("%q", got)
	}
}
