package survey

import (
	"io/fs"
	"strings"
	"testing"

	"lbimage/overlay/treetest"
)

// chmod makes files executable.
func chmod(t *testing.T, m *treetest.Memory, mode fs.FileMode, names ...string) *treetest.Memory {
	t.Helper()
	for _, name := range names {
		if err := m.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// el6 is what a CentOS 6 image has of the essentials.
var el6 = map[string]string{
	"usr/bin/load-balancer-servo":                       "#!/usr/bin/python -tt\n",
	"usr/lib/python2.6/site-packages/servo/__init__.py": "",
	"usr/bin/python":                                    "\x7fELF\x00" + "2.6.6\x00",
	"usr/bin/python2":                                   "-> python",
	"usr/lib64/python2.6/os.py":                         "",
	"usr/lib/python2.6/site-packages/boto/__init__.py":  "#\n__version__ = '2.8.0'\nVersion = __version__\n",
	"usr/bin/sudo":                                      "\x7fELF Sudo version %s\x00x1.8.6p3\x001.8.6p3\x00",
	"usr/share/doc/x/example.py":                        "#!/usr/local/bin/python\n",
	"usr/bin/tool":                                      "#!/usr/bin/env perl\n",
	"usr/bin/dos":                                       "#!/bin/sh\r\nexit\n",
	"usr/bin/not":                                       "#!/bin/false\n",
	"usr/local/lib/python3.9/site-packages/boto/__init__.py":     "",
	"usr/local/lib/python3.9/site-packages/boto-2.49.0.egg-info": "Metadata-Version: 1.1\nName: boto\nVersion: 2.49.0\n",
	"usr/local/bin/python3.9":                                    "stand-in",
	"bin/sh":                                                     "x",
}

func TestEssentials(t *testing.T) {
	m := chmod(t, treetest.Fill(el6), 0o755, "usr/bin/load-balancer-servo", "usr/bin/python", "usr/share/doc/x/example.py", "usr/bin/tool", "usr/bin/dos",
		"usr/local/bin/python3.9", "bin/sh")
	chmod(t, m, 0o111|fs.ModeSetuid, "usr/bin/sudo")
	s, err := Of(t.Context(), m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := s.Essentials
	if e.Sudo.Path != "/usr/bin/sudo" || e.Sudo.Version != "1.8.6p3" || !e.Sudo.Setuid || e.Sudo.Mode != "4111" {
		t.Errorf("sudo: %+v", e.Sudo)
	}
	if e.Servo.ShebangLine != "/usr/bin/python -tt" || e.Servo.Interpreter != "/usr/bin/python" {
		t.Errorf("servo: %+v", e.Servo)
	}
	if len(e.Pythons) != 2 {
		t.Fatalf("%+v", e.Pythons)
	}
	p := e.Pythons[0]
	if !p.Servo || p.Version != "2.6.6" || p.Branch != "2.6" || p.Library != "/usr/lib64/python2.6" || strings.Join(p.Names, " ") != "/usr/bin/python /usr/bin/python2" ||
		strings.Join(p.Folders, " ") != "/usr/lib/python2.6/site-packages" || p.Boto == nil || p.Boto.Version != "2.8.0" || p.Boto.How != "/usr/lib/python2.6/site-packages/boto/__init__.py" {
		t.Errorf("%+v %+v", p, p.Boto)
	}
	p = e.Pythons[1]
	if p.Servo || p.Branch != "3.9" || p.Boto == nil || p.Boto.Version != "2.49.0" || !strings.HasSuffix(p.Boto.How, "egg-info") {
		t.Errorf("%+v %+v", p, p.Boto)
	}
	got := map[string]string{}
	for _, i := range e.Scripts {
		got[i.Name] = i.Resolved + " " + strings.Join(i.ProgramPaths, ",") + " " + strings.Join(i.OtherPaths, ",")
	}
	for name, want := range map[string]string{
		"/usr/bin/python": "/usr/bin/python /usr/bin/load-balancer-servo ", "/usr/local/bin/python": "  /usr/share/doc/x/example.py",
		"perl": " /usr/bin/tool ", "/bin/sh\r": " /usr/bin/dos ",
	} {
		if got[name] != want {
			t.Errorf("%q: %q, want %q", name, got[name], want)
		}
	}
	if len(got) != 4 {
		t.Errorf("%q", got)
	}
}

func TestShebangs(t *testing.T) {
	for line, want := range map[string]string{
		"/bin/sh": "/bin/sh", "/usr/bin/env python": "env python", "/usr/bin/env -S LANG=C python3 -u": "env python3", "/usr/bin/env -i A=b perl": "env perl",
		"/usr/bin/env -Spython3 -u": "env python3", "/usr/bin/env /bin/x": "/bin/x", "/usr/bin/env": "/usr/bin/env", "": "", "python": "python", "/usr/bin/env -u X ruby": "env ruby",
	} {
		i := named(line)
		got := i.Name
		if i.Env {
			got = "env " + got
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestPythonVersions(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		exec  []string
		want  string
	}{
		"by name":      {map[string]string{"usr/bin/python2.7": "x"}, []string{"usr/bin/python2.7"}, "2.7 its name /usr/bin/python2.7"},
		"by link":      {map[string]string{"usr/bin/python3": "-> ../lib/py", "usr/lib/py": "x", "usr/bin/python3.11": "-> python3"}, []string{"usr/lib/py"}, "3.11 its name /usr/bin/python3.11"},
		"by modules":   {map[string]string{"usr/bin/python": "x", "usr/lib/python2.6/os.py": ""}, []string{"usr/bin/python"}, "2.6 the only folder of modules"},
		"two branches": {map[string]string{"usr/bin/python": "x", "usr/lib/python2.6/os.py": "", "usr/lib/python3.4/os.py": ""}, []string{"usr/bin/python"}, " "},
		"by bytes":     {map[string]string{"usr/bin/python3": "\x003.1\x00 \x00127.0.0.1\x003.12.4\x00"}, []string{"usr/bin/python3"}, "3.12.4 the bytes of /usr/bin/python3"},
		"other branch": {map[string]string{"usr/bin/python3.9": "\x003.40.1\x00"}, []string{"usr/bin/python3.9"}, "3.9 its name /usr/bin/python3.9"},
	} {
		found, err := pythons(chmod(t, treetest.Fill(c.files), 0o755, c.exec...), Servo{}, &Packages{})
		if err != nil || len(found) != 1 || found[0].Version+" "+found[0].How != c.want {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
}

func TestBotos(t *testing.T) {
	const site = "usr/lib/python2.6/site-packages/"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"init":       {map[string]string{site + "boto/__init__.py": "__version__ = \"2.5.2\"\n"}, "2.5.2"},
		"old init":   {map[string]string{site + "boto/__init__.py": "Version = '1.9b'\n"}, "1.9b"},
		"dist-info":  {map[string]string{site + "boto/__init__.py": "", site + "boto-2.30.0.dist-info/METADATA": "Name: boto\nVersion: 2.30.0\n"}, "2.30.0"},
		"egg name":   {map[string]string{site + "boto/__init__.py": "", site + "boto-2.8.0-py2.6.egg-info/x": ""}, "2.8.0"},
		"egg folder": {map[string]string{site + "easy-install.pth": "import sys\n./boto-2.9.0-py2.6.egg\n", site + "boto-2.9.0-py2.6.egg/boto/__init__.py": "", site + "boto-2.9.0-py2.6.egg/EGG-INFO/PKG-INFO": "Version: 2.9.0\n"}, "2.9.0"},
		"egg file":   {map[string]string{site + "easy-install.pth": "./boto-2.9.1-py2.6.egg\n", site + "boto-2.9.1-py2.6.egg": "PK"}, "2.9.1"},
		"no pth":     {map[string]string{site + "boto-2.9.1-py2.6.egg": "PK"}, "none"},
		"compiled":   {map[string]string{site + "boto/__init__.pyc": "", site + "boto-2.8.0.egg-info": "Version: 2.8.0\n"}, "2.8.0"},
		"boto3":      {map[string]string{site + "boto3/__init__.py": "__version__ = '1.0'"}, "none"},
		"unknown":    {map[string]string{site + "boto/__init__.py": ""}, ""},
		"other":      {map[string]string{"usr/lib/python2.7/site-packages/boto/__init__.py": ""}, "none"},
		"64":         {map[string]string{"usr/lib64/python2.6/site-packages/boto/__init__.py": "__version__='3'", site + "boto/__init__.py": "__version__='2'"}, "3"},
	} {
		c.files["usr/bin/python2.6"] = "x"
		found, err := pythons(chmod(t, treetest.Fill(c.files), 0o755, "usr/bin/python2.6"), Servo{}, &Packages{})
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %+v, %v", name, found, err)
		}
		got := "none"
		if found[0].Boto != nil {
			got = found[0].Boto.Version
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestVirtualEnvironment(t *testing.T) {
	files := map[string]string{
		"usr/bin/load-balancer-servo": "#!/opt/servo/bin/python\n", "opt/servo/bin/python": "-> /usr/bin/python3.6", "usr/bin/python3.6": "x", "opt/servo/pyvenv.cfg": "home = /usr/bin\n",
		"opt/servo/lib/python3.6/site-packages/boto/__init__.py": "__version__ = '2.49.0'\n", "usr/lib/python3.6/site-packages/boto/__init__.py": "__version__ = '2.1.0'\n",
	}
	s, err := Of(t.Context(), chmod(t, treetest.Fill(files), 0o755, "usr/bin/load-balancer-servo", "usr/bin/python3.6"), Options{})
	if err != nil || len(s.Essentials.Pythons) != 1 || !s.Essentials.Pythons[0].Servo || s.Essentials.Pythons[0].Boto.Version != "2.49.0" {
		t.Errorf("%+v, %v", s.Essentials.Pythons, err)
	}
}

func TestFstab(t *testing.T) {
	m := treetest.Fill(map[string]string{"etc/fstab": "# x\nLABEL=\"my\\040root\" / ext3 defaults,noatime 1 1\n\n/dev/vdb\t/mnt auto nofail\nshort\n"})
	got, err := fstab(m)
	if err != nil || len(got) != 3 || got[0].Device != "LABEL=my root" || got[0].Line != 2 || got[0].Pass != 1 || !got[0].Has("noatime") || !got[1].Has("nofail") || !got[2].Short {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestKernels(t *testing.T) {
	head := make([]byte, 0x700)
	copy(head[0x202:], "HdrS")
	head[0x20f] = 4 // the text begins at 0x400 + 0x200
	copy(head[0x600:], "2.6.32-431.el6.x86_64 (mock@host) #1")
	m := treetest.Fill(map[string]string{
		"boot/vmlinuz-2.6.32-431.el6.x86_64": string(head), "boot/initramfs-2.6.32-431.el6.x86_64.img": "\x1f\x8b\x08", "boot/initrd-plymouth.img": "junk",
		"lib": "-> usr/lib", "usr/lib/modules/2.6.32-431.el6.x86_64/modules.dep": "", "usr/lib/modules/2.6.32-5.el6/": "", "boot/vmlinuz": "-> vmlinuz-2.6.32-431.el6.x86_64",
	})
	k := kernels(m)
	if len(k) != 2 || k[0].Version != "2.6.32-5.el6" || k[0].Path != "" || k[0].Depends || !k[1].Depends || k[1].Told != "2.6.32-431.el6.x86_64" || k[1].Modules != "/lib/modules/2.6.32-431.el6.x86_64" {
		t.Errorf("%+v", k)
	}
	i := initramfs(m)
	if len(i) != 2 || i[0].Format != "gzip" || i[1].Format != "" {
		t.Errorf("%+v", i)
	}
}

func TestConsoles(t *testing.T) {
	s, err := Of(t.Context(), treetest.Fill(map[string]string{
		"boot/grub/grub.conf": "serial --unit=0\ntitle A\nkernel /k console=tty0 console=ttyS0,115200\n", "etc/inittab": "#s0:2345:respawn:/sbin/agetty ttyS1\ns0:2345:respawn:/sbin/agetty ttyS0 9600\n",
		"etc/init/ttyS0.conf": "start on x\nexec /sbin/agetty ttyS0\n", "etc/securetty": "tty1\nttyS0\n", "etc/systemd/system/getty.target.wants/serial-getty@hvc0.service": "-> /x",
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range s.Boot.Consoles {
		got = append(got, c.How+" "+c.Device)
	}
	if want := "boot loader ,kernel ttyS0,login ttyS0,login ttyS0,login hvc0,securetty ttyS0"; strings.Join(got, ",") != want {
		t.Errorf("%q", got)
	}
}
