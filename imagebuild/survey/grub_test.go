package survey

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

// started tells what a menu starts, in one line.
func started(m Menu) string {
	e, ok := m.Started()
	if !ok {
		return "nothing"
	}
	out := e.Title + ": " + e.Kernel
	if e.Args != "" {
		out += " " + e.Args
	}
	for _, i := range e.Initrd {
		out += " + " + i
	}
	if e.SearchUUID+e.SearchLabel != "" {
		out += " on " + e.SearchUUID + e.SearchLabel
	}
	if e.Chain != "" {
		out += " chain " + e.Chain
	}
	return out
}

func TestGrubLegacy(t *testing.T) {
	const two = "title A\n root (hd0,0)\n kernel /boot/k1 ro root=LABEL=_/\n initrd /boot/i1\ntitle B (2.6)\n\troot (hd0,0)\n\tkernel --type=linux (hd0,0)/k2 ro\n\tinitrd /i2 /extra\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"first":        {map[string]string{"boot/grub/grub.conf": "default=0\ntimeout=5\nserial --unit=0\n" + two}, "A: /boot/k1 ro root=LABEL=_/ + /boot/i1"},
		"second":       {map[string]string{"boot/grub/menu.lst": "-> grub.conf", "boot/grub/grub.conf": "#default=0\ndefault = 1\n" + two}, "B (2.6): (hd0,0)/k2 ro + /i2 + /extra"},
		"blank":        {map[string]string{"boot/grub/menu.lst": "default\t1\n" + two}, "B (2.6): (hd0,0)/k2 ro + /i2 + /extra"},
		"none asked":   {map[string]string{"boot/grub/menu.lst": two}, "A: /boot/k1 ro root=LABEL=_/ + /boot/i1"},
		"saved":        {map[string]string{"boot/grub/menu.lst": "default saved\n" + two, "boot/grub/default": "1\n#\n#\n"}, "B (2.6): (hd0,0)/k2 ro + /i2 + /extra"},
		"saved none":   {map[string]string{"boot/grub/menu.lst": "default saved\n" + two}, "A: /boot/k1 ro root=LABEL=_/ + /boot/i1"},
		"beyond":       {map[string]string{"boot/grub/menu.lst": "default 7\n" + two}, "nothing"},
		"fallback":     {map[string]string{"boot/grub/menu.lst": "default 7\nfallback 1\n" + two}, "B (2.6): (hd0,0)/k2 ro + /i2 + /extra"},
		"empty":        {map[string]string{"boot/grub/menu.lst": "default 0\n"}, "nothing"},
		"chain":        {map[string]string{"boot/grub/menu.lst": "title C\nrootnoverify (hd0,0)\nchainloader +1\n"}, "C:  chain +1"},
		"uuid":         {map[string]string{"boot/grub/menu.lst": "title U\nuuid 1-2\nkernel /k\n"}, "U: /k on 1-2"},
		"hypervisor":   {map[string]string{"boot/grub/menu.lst": "title X\nkernel /xen.gz dom0_mem=1\nmodule /vmlinuz ro\nmodule /initrd\n"}, "X: /vmlinuz ro + /initrd"},
		"crlf":         {map[string]string{"boot/grub/menu.lst": "default 0\r\ntitle A\r\nkernel /k ro\r\n"}, "A: /k ro"},
		"in etc alone": {map[string]string{"etc/grub.conf": "title A\nkernel /k\n"}, "A: /k"},
	} {
		m, ok, err := grubLegacy(treetest.Fill(c.files))
		if err != nil || !ok || started(m) != c.want || m.Loader != GRUBLegacy {
			t.Errorf("%s: %q, want %q, %v", name, started(m), c.want, err)
		}
		if name == "first" && (!m.Serial || m.Entries[0].KernelLine != 6 || m.Entries[0].InitrdLine != 7 || m.Entries[1].Line != 8) {
			t.Errorf("%+v", m)
		}
	}
	if _, ok, err := grubLegacy(treetest.Fill(map[string]string{"boot/grub/grub.cfg": ""})); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

// grubScripts are scripts with what they start.
var grubScripts = map[string]struct {
	script string
	files  map[string]string
	want   string
}{
	"plain": {"set default=\"0\"\nmenuentry 'A' --class gnu {\n\tsearch --no-floppy --fs-uuid --set=root 1-2\n\tlinux /boot/vmlinuz root=UUID=1-2 ro\n\tinitrd /boot/initrd\n}\n", nil,
		"A: /boot/vmlinuz root=UUID=1-2 ro + /boot/initrd on 1-2"},
	"number":            {"default=1\nmenuentry A {\n linux /a\n}\nmenuentry B { linux16 /b; initrd16 /i /j\n}\n", nil, "B: /b + /i + /j"},
	"title":             {"set default='B b'\nmenuentry A {\n linux /a\n}\nmenuentry 'B b' {\n linuxefi /b\n}\n", nil, "B b: /b"},
	"id":                {"set default=x\nif [ x\"${feature_menuentry_id}\" = xy ]; then\n menuentry_id_option=\"--id\"\nelse\n menuentry_id_option=\"\"\nfi\nexport menuentry_id_option\nmenuentry A {\n linux /a\n}\nmenuentry 'B' $menuentry_id_option 'x' {\n linux /b\n}\n", nil, "B: /b"},
	"nowhere":           {"set default=gone\nmenuentry A {\n linux /a\n}\n", nil, "A: /a"},
	"submenu":           {"set default='1>1'\nmenuentry A {\n linux /a\n}\nsubmenu 'More' {\n menuentry B {\n  linux /b\n }\n menuentry C {\n  linux /c\n }\n}\n", nil, "C: /c"},
	"submenu by name":   {"set default='More>C'\nmenuentry A {\n linux /a\n}\nsubmenu 'More' {\n menuentry B {\n  linux /b\n }\n menuentry C {\n  linux /c\n }\n}\n", nil, "C: /c"},
	"title with a sign": {"set default='More>>x>C >> D'\nmenuentry A {\n linux /a\n}\nsubmenu 'More>x' {\n menuentry B {\n  linux /b\n }\n menuentry 'C > D' {\n  linux /c\n }\n}\n", nil, "C > D: /c"},
	"saved": {"if [ -s $prefix/grubenv ]; then\n load_env\nfi\nset default=\"${saved_entry}\"\nmenuentry A {\n linux /a\n}\nmenuentry B {\n linux /b\n}\n",
		map[string]string{"boot/grub2/grubenv": "# GRUB Environment Block\nsaved_entry=B\n####"}, "B: /b"},
	"next": {"if [ -s $prefix/grubenv ]; then\n load_env\nfi\nif [ \"${next_entry}\" ] ; then\n set default=\"${next_entry}\"\n set next_entry=\n save_env next_entry\nelse\n set default=\"${saved_entry}\"\nfi\nmenuentry A {\n linux /a\n}\nmenuentry B {\n linux /b\n}\n",
		map[string]string{"boot/grub2/grubenv": "next_entry=1\nsaved_entry=0\n"}, "B: /b"},
	"function": {"function f {\n set v=quiet\n}\nf\nmenuentry A {\n linux /a $v ${none} \"x y\"\n}\n", nil, "A: /a quiet x y"},
	"elif":     {"if false; then\n default=0\nelif [ 2 -gt 1 -a ! -f /none ]; then\n default=1\nelse\n default=0\nfi\nmenuentry A {\n linux /a\n}\nmenuentry B {\n linux /b\n}\n", nil, "B: /b"},
	"for":      {"for i in 2 0 1; do\n default=$i\ndone\nmenuentry A {\n linux /a\n}\nmenuentry B {\n linux /b\n}\n", nil, "B: /b"},
	"source":   {"source ${config_directory}/custom.cfg\n", map[string]string{"boot/grub2/custom.cfg": "menuentry S {\n linux /s\n}\n"}, "S: /s"},
	"bls": {"load_env\nsearch --fs-uuid --set=root 9-9\nset default=\"${saved_entry}\"\ninsmod blscfg\nblscfg\n", map[string]string{
		"boot/grub2/grubenv":                    "saved_entry=m-4.18.0-80\nkernelopts=root=UUID=9-9 ro console=ttyS0 \n",
		"boot/loader/entries/m-4.18.0-80.conf":  "title CentOS (4.18.0-80)\nversion 4.18.0-80\nlinux /boot/vmlinuz-80\ninitrd /boot/initrd-80 $tuned_initrd\noptions $kernelopts $tuned_params\n",
		"boot/loader/entries/m-4.18.0-193.conf": "title CentOS (4.18.0-193)\nlinux /boot/vmlinuz-193\n",
	}, "CentOS (4.18.0-80): /boot/vmlinuz-80 root=UUID=9-9 ro console=ttyS0 + /boot/initrd-80 on 9-9"},
	"bls newest": {"blscfg\n", map[string]string{
		"boot/loader/entries/m-4.18.0-80.conf":  "title old\nlinux /old\n",
		"boot/loader/entries/m-4.18.0-193.conf": "title new\nlinux /new\n",
	}, "new: /new"},
	"chain":        {"menuentry W {\n chainloader --force +1\n}\n", nil, "W:  chain +1"},
	"continuation": {"menuentry A {\n linux /a \\\n  quiet # no\n}\n", nil, "A: /a quiet"},
	"escapes":      {"menuentry \"A \\\"q\\\" \\$x\" {\n linux /a\\ b\n}\n", nil, "A \"q\" $x: /a b"},
	"empty":        {"", nil, "nothing"},
	"while":        {"while [ x$a != xiii ]; do a=i$a; done\nmenuentry $a {\n linux /a\n}\n", nil, "iii: /a"},
	"until":        {"until true; do a=1; done\nmenuentry A$a {\n linux /a\n}\n", nil, "A: /a"},
}

func TestGrubScript(t *testing.T) {
	check := needs.Program(t, "grub-script-check")
	for name, c := range grubScripts {
		cmd := exec.Command(check)
		cmd.Stdin = strings.NewReader(c.script)
		if out, err := cmd.CombinedOutput(); err != nil && c.script != "" {
			t.Errorf("%s: grub-script-check: %v\n%s", name, err, out)
		}
		files := map[string]string{"boot/grub2/grub.cfg": c.script}
		for k, v := range c.files {
			files[k] = v
		}
		m, ok, err := grub2(treetest.Fill(files))
		if err != nil || !ok || started(m) != c.want || m.Notes != nil {
			t.Errorf("%s: %q, want %q, %v, %q", name, started(m), c.want, err, m.Notes)
		}
	}
}

// What grub-script-check refuses is noted; what it takes is not.
func TestGrubScriptRefused(t *testing.T) {
	check := needs.Program(t, "grub-script-check")
	for _, script := range []string{
		"if true; then\n echo a\n", "menuentry A {\n linux /a\n", "}\n", "fi\n", "if true\n echo\nfi\n", "for i in a\n echo\ndone\n", "function f\n echo\n",
		"echo }\n", "echo a{b\n", "echo 'a\nb'\n", "echo \"a\nb\"\n", "echo {\n", "if [ a ]; then echo b; fi\n", "while true; do echo; done\n", "echo if then\n",
	} {
		cmd := exec.Command(check)
		cmd.Stdin = strings.NewReader(script)
		fine := cmd.Run() == nil
		_, err := parseGrub(script)
		if (err == nil) != fine {
			t.Errorf("%q: %v, and grub-script-check takes it: %v", script, err, fine)
		}
	}
}

// TestGrubEnds: a script that never ends, and blocks without end, are given up.
func TestGrubEnds(t *testing.T) {
	for name, script := range map[string]string{
		"while": "while true; do echo; done\n", "function": "function f {\n f\n}\nf\n", "source": "source /boot/grub2/grub.cfg\n",
		"nested": strings.Repeat("if true; then\n", 1000), "braces": strings.Repeat("submenu x {\n", 1000),
		"words": "set a=xxxxxxxxxxxxxxxx\n" + strings.Repeat("set a=$a$a\n", 64),
		"many":  strings.Repeat("menuentry A {\n linux /a\n}\n", 20000),
	} {
		m, ok, err := grub2(treetest.Fill(map[string]string{"boot/grub2/grub.cfg": script}))
		if err != nil || !ok || (m.Notes == nil && name != "words") || len(m.Entries) > maxEntries {
			t.Errorf("%s: %v, %v, %d notes, %d entries", name, ok, err, len(m.Notes), len(m.Entries))
		}
	}
}

// TestGrubMkconfig has GRUB's own scripts write a grub.cfg, as a distribution does, and follows it.
func TestGrubMkconfig(t *testing.T) {
	needs.Program(t, "grub-mkconfig")
	check := needs.Program(t, "grub-script-check")
	dir := t.TempDir()
	probe := filepath.Join(dir, "probe")
	// It stands for a machine with one disk.
	const answers = "#!/bin/sh\nfor a; do case $a in --target=*) t=${a#--target=};; -t) n=1;; *) [ \"$n\" ] && { t=$a; n=; };; esac; done\n" +
		"case $t in device) echo /dev/vda1;; fs_uuid) echo 11-22;; fs) echo ext2;; partmap) echo msdos;; abstraction) ;; disk) echo /dev/vda;;\n" +
		"hints_string) echo '--hint-bios=hd0,msdos1';; compatibility_hint) echo hd0,msdos1;; drive) echo '(hd0)';; *) exit 1;; esac\n"
	if err := os.WriteFile(probe, []byte(answers), 0o755); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, part := range []string{"00_header", "10_linux", "40_custom", "41_custom"} {
		script := filepath.Join("/etc/grub.d", part)
		if _, err := os.Stat(script); err != nil {
			needs.Missing(t, script+" is not there")
		}
		cmd := exec.Command("sh", script)
		cmd.Env = append(os.Environ(), "pkgdatadir=/usr/share/grub", "grub_probe="+probe, "GRUB_DEVICE=/dev/vda1", "GRUB_DEVICE_UUID=11-22", "GRUB_DEVICE_BOOT=/dev/vda1",
			"GRUB_DEVICE_BOOT_UUID=11-22", "GRUB_FS=ext2", "GRUB_DEFAULT=saved", "GRUB_TIMEOUT=5", "GRUB_DISTRIBUTOR=CentOS", "GRUB_TERMINAL_INPUT=console",
			"GRUB_TERMINAL_OUTPUT=serial", "GRUB_SERIAL_COMMAND=serial --unit=0", "GRUB_CMDLINE_LINUX=console=ttyS0", "LC_ALL=C", "GRUB_DEVICE_PARTUUID=")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", part, err)
		}
		text.Write(out)
	}
	cmd := exec.Command(check)
	cmd.Stdin = strings.NewReader(text.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("grub-script-check: %v\n%s", err, out)
	}
	kernels, _ := filepath.Glob("/boot/vmlinuz-*")
	more := "menuentry 'mine' --id mine {\n linux /boot/vmlinuz-mine root=/dev/vda1 console=ttyS0\n}\n"
	for _, saved := range []string{"mine", "0"} {
		m, ok, err := grub2(treetest.Fill(map[string]string{"boot/grub/grub.cfg": text.String() + more, "boot/grub/grubenv": "# GRUB Environment Block\nsaved_entry=" + saved + "\n#####"}))
		if err != nil || !ok || m.Notes != nil || !m.Serial || m.Asked != saved {
			t.Errorf("%v, %v, %q, %q", ok, err, m.Notes, m.Asked)
		}
		if want := "mine: /boot/vmlinuz-mine root=/dev/vda1 console=ttyS0"; saved == "mine" && started(m) != want {
			t.Errorf("%q", started(m))
		}
		e, _ := m.Started()
		if saved == "0" && len(kernels) > 0 && (!strings.HasPrefix(e.Kernel, "/boot/vmlinuz-") || e.SearchUUID != "11-22" || !strings.Contains(e.Args, "root=UUID=11-22") || !strings.Contains(e.Args, "console=ttyS0")) {
			t.Errorf("%+v", e)
		}
	}
}

func TestExtlinux(t *testing.T) {
	const text = "DEFAULT two\nSERIAL 0\nAPPEND quiet\nLABEL one\n KERNEL k1\n INITRD i1,i2\nLABEL two\n MENU LABEL ^The second\n LINUX /boot/k2\n APPEND ro initrd=/boot/i3\n"
	m, ok, err := extlinux(treetest.Fill(map[string]string{"boot/extlinux/extlinux.conf": text}))
	if want := "The second: /boot/k2 ro initrd=/boot/i3 + /boot/i3"; err != nil || !ok || started(m) != want || !m.Serial {
		t.Errorf("%q, %v", started(m), err)
	}
	m, _, _ = extlinux(treetest.Fill(map[string]string{"boot/syslinux/syslinux.cfg": strings.Replace(text, "LABEL one\n", "LABEL one\n MENU DEFAULT\n", 1)}))
	if want := "one: /boot/syslinux/k1 quiet + /boot/syslinux/i1 + /boot/syslinux/i2"; started(m) != want {
		t.Errorf("%q", started(m))
	}
}

func TestSystemdBoot(t *testing.T) {
	m, ok, err := systemdBoot(treetest.Fill(map[string]string{"boot/loader/loader.conf": "default b*\n", "boot/loader/entries/a.conf": "title A\nlinux /a\n",
		"boot/loader/entries/b1.conf": "title B\nlinux /b\ninitrd /i\noptions root=/dev/vda1\noptions ro\n"}))
	if want := "B: /b root=/dev/vda1 ro + /i"; err != nil || !ok || started(m) != want {
		t.Errorf("%q, %v", started(m), err)
	}
}

func TestArgs(t *testing.T) {
	e := Entry{Args: `ro root=LABEL="my root" console=tty0 console=ttyS0,115200n8 root=/dev/vda1 "a b=c"`}
	if v, ok := e.Arg("root"); v != "/dev/vda1" || !ok {
		t.Errorf("%q", v)
	}
	if got := fmt.Sprint(e.ArgAll("console"), e.ArgAll("a b"), e.ArgAll("root")); got != "[tty0 ttyS0,115200n8] [c] [LABEL=my root /dev/vda1]" {
		t.Error(got)
	}
}

func FuzzGrub(f *testing.F) {
	for _, c := range grubScripts {
		f.Add(c.script)
	}
	f.Fuzz(func(t *testing.T, script string) {
		m, _, err := grub2(treetest.Fill(map[string]string{"boot/grub2/grub.cfg": script}))
		if err != nil || m.Default >= len(m.Entries) || m.Default < 0 && len(m.Entries) > 0 {
			t.Errorf("%v, %d of %d", err, m.Default, len(m.Entries))
		}
	})
}

// FuzzBoot reads anything as each configuration of a boot loader, as fstab and as a kernel.
func FuzzBoot(f *testing.F) {
	f.Add("default 0\ntitle A\nkernel /k root=LABEL=x\ninitrd /i\n")
	f.Add("DEFAULT a\nLABEL a\n KERNEL k\n APPEND initrd=i\n")
	f.Add("title A\nlinux /k\ninitrd /i $x\noptions ${y} ro\n")
	f.Add("/dev/vda1 / ext3 defaults 1 1\nLABEL=\"x\\040y\" /mnt auto\n")
	f.Add(strings.Repeat("\x00", 0x202) + "HdrS\x0a\x02\x00\x00\x00\x00\x00\x00\x10\x00" + strings.Repeat("\x01", 100))
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"boot/grub/menu.lst", "boot/extlinux/extlinux.conf", "boot/loader/loader.conf", "boot/loader/entries/a.conf", "etc/fstab", "boot/vmlinuz-1", "etc/inittab"} {
			files := map[string]string{name: text}
			if name == "boot/loader/entries/a.conf" {
				files["boot/loader/loader.conf"] = ""
			}
			if strings.HasPrefix(text, "-> ") {
				continue
			}
			b, err := boot(treetest.Fill(files))
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range b.Menus {
				if m.Default >= len(m.Entries) || len(m.Entries) > maxEntries {
					t.Errorf("%s: %d of %d", name, m.Default, len(m.Entries))
				}
				if e, ok := m.Started(); ok {
					e.Arg("root")
				}
			}
		}
	})
}
