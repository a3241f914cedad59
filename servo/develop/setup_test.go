package develop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// setups are calls as people write them.
var setups = map[string]string{
	"plain":       "from distutils.core import setup\nsetup(name='x', packages=['a', 'b.c'], scripts=['s'])\n",
	"blank":       "setup (name = \"x\" , packages = [ 'a' , ] ,)\n",
	"comments":    "# setup(packages=['no'])\nsetup(packages=['a', # one, two ['\n'b'], # )\n)\n",
	"strings":     "setup(name='a' \"b\" '''c''', description=r'\\d', author='it\\'s', license=\"\"\"two\nlines\"\"\", url=u'x', keywords='a\\\nb')\n",
	"tuple":       "setup(packages=('a', 'b'), scripts=('s',), data_files=[('d', ['e', 'f']), ('/g/', ()), 'h'])\n",
	"brackets":    "setup(name=('x'), packages=(['a']), scripts=[('s')])\n",
	"method":      "import distutils.core as d\nd.setup(packages=['a'])\n",
	"after":       "def setup_all():\n    pass\nif __name__ == '__main__':\n    setup(packages=['a'])\n",
	"nested call": "setup(version=get('a', [1, (2)]), packages=['a'])\n",
	"joined":      "setup(packages=['a'] + ['b'], name='x' + 'y', scripts=names, data_files=[('d', glob('*'))])\n",
	"conditional": "setup(name='x' if a else 'y', packages=['a', 'b'][:1], url={'a': ['b']}['a'])\n",
}

// reference does with Python's own parser what readSetup does: literals, or null for what is none.
const reference = `
import ast, json, sys
def lit(n):
    if isinstance(n, ast.Constant) and isinstance(n.value, str):
        return n.value
    if isinstance(n, (ast.List, ast.Tuple)):
        return [lit(e) for e in n.elts]
    return None
def read(src):
    for n in ast.walk(ast.parse(src)):
        if isinstance(n, ast.Call) and getattr(n.func, 'id', getattr(n.func, 'attr', '')) == 'setup':
            return {k.arg: lit(k.value) for k in n.keywords}
print(json.dumps({name: read(src) for name, src in json.load(sys.stdin).items()}))
`

func plain(v value) any {
	switch v.kind {
	case text:
		return v.text
	case list:
		out := []any{}
		for _, e := range v.list {
			out = append(out, plain(e))
		}
		return out
	}
	return nil
}

func TestCallAsPython(t *testing.T) {
	python := judge(t, "python3")
	all := map[string]string{"the servo's": source("1.4.1")["setup.py"]}
	for name, src := range setups {
		all[name] = src
	}
	in, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-W", "ignore", "-c", reference)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string]any
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	for name, src := range all {
		args, err := call(src, "setup")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := map[string]any{}
		for k, v := range args {
			got[k] = plain(v)
		}
		if len(want[name]) == 0 || !reflect.DeepEqual(got, want[name]) {
			t.Errorf("%s: %v, Python reads %v", name, got, want[name])
		}
	}
}

func TestReadSetup(t *testing.T) {
	found := func() []string { return []string{"servo", "servo/x"} }
	s, notes, err := readSetup("setup(packages=find_packages(), data_files=[('share/x', ['a/b']), 'c'])", found)
	if err != nil || !slices.Equal(s.packages, found()) || len(notes) != 1 || !slices.Equal(s.data, []dataFile{{"a/b", "/usr/share/x"}, {"c", "/usr"}}) {
		t.Errorf("%+v %q %v", s, notes, err)
	}
	s, _, err = readSetup("setup(packages=['servo.ws', 'servo', 'servo/ws'], py_modules=[])", nil)
	if err != nil || !slices.Equal(s.packages, []string{"servo", "servo/ws"}) {
		t.Errorf("%+v %v", s, err)
	}
	for src, words := range map[string][]string{
		"":                                   {"setup.py:1", "does not call setup()"},
		"setup(":                             {"setup.py:1", "does not end"},
		"setup(a='x\n')":                     {"setup.py:1", "does not end"},
		"\nsetup(a=1,\na=2)":                 {"setup.py:3", "twice"},
		"\n\nsetup(**config)":                {"setup.py:3", "without a name"},
		"setup(a='x', 'b'], c={}['a'])":      {"not understood"},
		"setup(config)":                      {"without a name"},
		"setup(ext_modules=[1])":             {"ext_modules", "not done here"},
		"setup(scripts=glob('x'))":           {"scripts are computed"},
		"setup(data_files=x)":                {"data_files"},
		"setup(data_files=[('a', [b])])":     {"data_files"},
		"setup(packages=['../x'])":           {"not a name in the source"},
		"setup(packages=['/etc'])":           {"/etc"},
		"setup(scripts=['/etc/passwd'])":     {"/etc/passwd"},
		"setup(x=" + strings.Repeat("[", 40): {"nested"},
	} {
		_, _, err := readSetup(src, found)
		t.Run(src, func(t *testing.T) { refuses(t, err, words...) })
	}
}

// Whatever stands in setup.py: no panic, no endless loop, and no name that leads elsewhere.
func FuzzReadSetup(f *testing.F) {
	for _, s := range setups {
		f.Add(s)
	}
	f.Add(source("1.4.1")["setup.py"])
	f.Fuzz(func(t *testing.T, src string) {
		s, _, err := readSetup(src, func() []string { return nil })
		if err != nil {
			return
		}
		for _, n := range slices.Concat(s.packages, s.scripts) {
			if !filepath.IsLocal(n) {
				t.Errorf("%q", n)
			}
		}
		for _, d := range s.data {
			if !filepath.IsLocal(d.from) || !filepath.IsAbs(d.dir) || filepath.Clean(d.dir) != d.dir {
				t.Errorf("%+v", d)
			}
		}
	})
}

func TestShebang(t *testing.T) {
	for in, want := range map[string]string{
		"#!/usr/bin/python -tt\nx":         "#!/usr/bin/python -tt\nx",
		"#!/usr/bin/env python\nx":         "#!/usr/bin/python\nx",
		"#! /usr/local/bin/python2.6\nx\n": "#!/usr/bin/python\nx\n",
		"#!/usr/bin/python":                "#!/usr/bin/python\n",
		"#!/bin/sh\npython\n":              "#!/bin/sh\npython\n",
		"":                                 "",
	} {
		if got := string(adjustShebang(interpreter)([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// The stand-in of what install-servo.sh and the RPM do beside setup.py, with the real install(1) and sed(1): the same
// tree comes out of our edit, file by file.
func TestAsInstall(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("owners need root")
	}
	bash := judge(t, "bash")
	judge(t, "install")
	for _, release := range []string{"1.0.4", "1.2.1", "1.3.0", "1.4.1"} {
		dir, root := t.TempDir(), t.TempDir()
		write(t, dir, source(release))
		s := mustOpen(t, Request{Source: dir})
		var b strings.Builder
		fmt.Fprintf(&b, "set -e; umask 022; cd %s; R=%s; mkdir -p $R/etc/init.d\n", dir, root)
		b.WriteString(`
install -d -m 700 -o 500 -g 500 $R/etc/load-balancer-servo
for f in haproxy_template.conf boto.cfg 503.http; do [ ! -f scripts/$f ] || install -m 644 -o 500 -g 500 scripts/$f $R/etc/load-balancer-servo/; done
install -m 440 -D scripts/servo-sudoers.conf $R/etc/sudoers.d/servo
install -m 755 -D scripts/load-balancer-servo-init $R/etc/rc.d/init.d/load-balancer-servo
sed -i 's/LOGLEVEL=info/LOGLEVEL=debug/' $R/etc/rc.d/init.d/load-balancer-servo
install -m 6700 -o 500 -g 500 -d $R/var/run/load-balancer-servo $R/var/lib/load-balancer-servo $R/var/log/load-balancer-servo
for f in ntp-update dns-update; do [ ! -f scripts/servo-$f ] || install -m 755 -D scripts/servo-$f $R/usr/libexec/load-balancer-servo/$f; done
[ ! -f scripts/servo-prep ] || install -m 755 -D scripts/servo-prep $R/usr/libexec/load-balancer-servo/servo-prep
[ ! -f scripts/log4j.xml ] || install -m 755 -o 500 -g 500 scripts/log4j.xml $R/var/lib/load-balancer-servo/log4j.xml
`)
		if !atLeast(release, "1.3.0") {
			b.WriteString("install -m 640 -D load-balancer-servo.cron $R/etc/cron.d/load-balancer-servo\n")
		} else {
			b.WriteString("install -m 644 -o 500 -g 500 -D load-balancer-servo.tmpfiles $R/usr/lib/tmpfiles.d/load-balancer-servo.conf\n")
		}
		if out, err := exec.Command(bash, "-c", b.String()).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		before := map[string]bool{}
		tree := image(nil)
		for _, n := range tree.Names() {
			before[n] = true
		}
		installed(t, tree, s, EditOptions{})
		theirs := listing(t, root)
		for name, want := range theirs {
			info, err := tree.Lstat(name)
			if err != nil {
				t.Errorf("%s: %s: %v", release, name, err)
				continue
			}
			if before[name] {
				continue
			}
			host, _ := os.Lstat(filepath.Join(root, name))
			if info.Mode() != want.mode || owner(t, info) != owner(t, host) {
				t.Errorf("%s: %s: %v %s, install gives %v %s", release, name, info.Mode(), owner(t, info), want.mode, owner(t, host))
			}
			if data, _ := tree.ReadFile(name); !info.IsDir() && string(data) != string(want.data) {
				t.Errorf("%s: %s: another content", release, name)
			}
		}
		for _, name := range tree.Names() {
			_, known := theirs[name]
			if !known && !before[name] && !strings.Contains(name, "site-packages") && !strings.HasPrefix(name, "etc/rc.d/rc") && name != "usr/bin/load-balancer-servo" && !strings.HasSuffix(name, "-") {
				t.Errorf("%s: %s: install makes none", release, name)
			}
		}
	}
}
