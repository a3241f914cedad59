package recipe

import "testing"

func TestTry(t *testing.T) {
	s, _ := Starter("a.rpm")
	r, err := Parse("lbimage.yaml", "", []byte(s))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range r.ProfileNames() {
		v, err := r.Resolve(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := v.YAML(ShowOptions{})
		t.Logf("%s %v\n%+v", text, err, v)
	}
	_, err = Parse("lbimage.yaml", "", []byte(`apiVersion: lbimage/v1
sorce: {path: x}
haproxy: {timeout: {connect: 5s}, lintOnly: yes}
edits:
  - {file: {path: etc/motd, content: a, mode: 644}}
  - {line: {path: /x, match: '(', set: a}, remove: /y}
  - &a [*a]
rpm: x
profiles: {a: {extends: b}, b: {extends: a}, c: {servo: {rpm: x, ref: y}}}
`))
	t.Log(err)
	_, err = Parse("lbimage.yaml", "", []byte("apiVersion: lbimage/v1\nsource: {path: x}\noutput: {name: a-{version}-{profile}}\n"))
	t.Log(err)
}
