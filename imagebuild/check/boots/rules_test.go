package boots_test

import (
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/boots"
	"lbimage/imagebuild/check/checktest"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/survey"
	"lbimage/overlay/treetest"
)

const (
	version = "2.6.32-431.el6.x86_64"
	uuid    = "0f6b8a52-1c7d-4d8e-9a59-0212e1600003"
	conf    = "/boot/grub/grub.conf"
)

// kernel is the head of one, that tells its version.
func kernel(version string) string {
	b := make([]byte, 0x700)
	copy(b[0x202:], "HdrS")
	b[0x20f] = 4
	copy(b[0x600:], version+" (mock) #1")
	return string(b)
}

// sound is an image of CentOS 6 that starts.
func sound() (map[string]string, check.Subject) {
	files := map[string]string{
		conf[1:]: "default=0\ntimeout=0\nserial --unit=0\ntitle CentOS (" + version + ")\n\troot (hd0,0)\n\tkernel /boot/vmlinuz-" + version +
			" ro root=LABEL=lb-root console=tty0 console=ttyS0,115200\n\tinitrd /boot/initramfs-" + version + ".img\n",
		"boot/vmlinuz-" + version:                 kernel(version),
		"boot/initramfs-" + version + ".img":      "\x1f\x8b\x08 and more",
		"lib/modules/" + version + "/modules.dep": "",
		"etc/fstab": "LABEL=lb-root / ext3 defaults 1 1\nproc /proc proc defaults 0 0\ntmpfs /dev/shm tmpfs defaults 0 0\n/dev/vdb /mnt auto defaults,nofail 0 0\n",
		"proc/":     "", "dev/shm/": "", "mnt/": "",
	}
	return files, check.Subject{
		Info: ext.Info{Type: "ext3", UUID: uuid, Label: "lb-root", Features: []string{"has_journal"}},
		Disk: check.Disk{Size: 1 << 30, Table: "mbr", Partitions: []check.Partition{{Number: 1, Start: 1 << 20, Size: 1<<30 - 1<<20, UUID: "000b07a9-01", Root: true}}},
	}
}

// bundle is the tarball of 1.0.
func bundle(s *check.Subject) {
	s.Disk = check.Disk{Size: 1 << 30, Table: "none"}
	s.Tarball = &check.Tarball{Name: "eucalyptus-load-balancer-image.tgz", Members: []check.Member{
		{Name: "lb/"}, {Name: "lb/vmlinuz-" + version}, {Name: "lb/initramfs-" + version + ".img"}, {Name: "lb/lb.img"}}}
}

func instead(file, from, to string) func(map[string]string, *check.Subject) {
	return func(files map[string]string, _ *check.Subject) {
		if !strings.Contains(files[file], from) {
			panic(from)
		}
		files[file] = strings.ReplaceAll(files[file], from, to)
	}
}

// change makes one of several.
func change(all ...func(map[string]string, *check.Subject)) func(map[string]string, *check.Subject) {
	return func(files map[string]string, s *check.Subject) {
		for _, c := range all {
			c(files, s)
		}
	}
}

func remove(names ...string) func(map[string]string, *check.Subject) {
	return func(files map[string]string, _ *check.Subject) {
		for _, n := range names {
			if _, ok := files[n]; !ok {
				panic(n)
			}
			delete(files, n)
		}
	}
}

func fstab(lines string) func(map[string]string, *check.Subject) {
	return func(files map[string]string, _ *check.Subject) { files["etc/fstab"] += lines }
}

func TestRules(t *testing.T) {
	const grub, vmlinuz, initramfs = "boot/grub/grub.conf", "boot/vmlinuz-" + version, "boot/initramfs-" + version + ".img"
	grub2 := func(files map[string]string, _ *check.Subject) {
		delete(files, grub)
		files["boot/grub2/grub.cfg"] = "set default=0\nmenuentry 'CentOS 7' {\n\tset root='hd0,msdos1'\n\tsearch --no-floppy --fs-uuid --set=root " + uuid +
			"\n\tlinux16 /" + vmlinuz + " root=UUID=" + uuid + " ro console=ttyS0\n\tinitrd16 /" + initramfs + "\n}\n"
	}
	tripped := map[string]bool{}
	for name, c := range map[string]struct {
		spoil func(map[string]string, *check.Subject)
		want  []string // how the findings begin and what they hold, parted by "…"
	}{
		"sound":     {change(), nil},
		"grub 2":    {grub2, nil},
		"no loader": {remove(grub), []string{"error boot-loader-missing /boot: there is no configuration"}},
		"no loader, bare": {change(remove(grub), func(_ map[string]string, s *check.Subject) { s.Disk = check.Disk{Table: "none"} }),
			[]string{"info boot-loader-missing : the image has no boot loader, and needs none: it is a file system"}},
		"1.0":                 {change(remove(grub, vmlinuz, initramfs), func(_ map[string]string, s *check.Subject) { bundle(s) }), []string{"info boot-loader-missing : …the kernel beside it, lb/vmlinuz-"}},
		"1.0 without modules": {change(remove(grub, vmlinuz, initramfs, "lib/modules/"+version+"/modules.dep"), func(_ map[string]string, s *check.Subject) { bundle(s) }), []string{"info boot-loader-missing", "warning kernel-modules /lib/modules/" + version + ": the modules of the kernel beside the image"}},
		"nothing known":       {change(remove(grub), func(_ map[string]string, s *check.Subject) { s.Disk = check.Disk{} }), nil},
		"no entry":            {instead(grub, "title", "#"), []string{"error boot-loader-missing " + conf + ": GRUB legacy has nothing to start"}},
		"beyond":              {instead(grub, "default=0", "default=3"), []string{"error boot-loader-missing " + conf + ": GRUB legacy is to start entry \"3\", and has 1"}},
		"no kernel line":      {instead(grub, "\tkernel ", "\t#kernel "), []string{"error boot-loader-missing " + conf + ":4: the entry …loads no kernel"}},
		"kernel":              {remove(vmlinuz), []string{"error kernel-missing " + conf + ":6: GRUB legacy starts the kernel /" + vmlinuz + ", which is not there; there is no kernel in /boot"}},
		"another kernel": {func(f map[string]string, _ *check.Subject) {
			f["boot/vmlinuz-2.6.32-5"] = f[vmlinuz]
			delete(f, vmlinuz)
		}, []string{"error kernel-missing …there is /boot/vmlinuz-2.6.32-5"}},
		"a link that leads out": {func(f map[string]string, _ *check.Subject) { f[vmlinuz] = "-> /nowhere/kernel" }, []string{"error kernel-missing"}},
		"through a link":        {func(f map[string]string, _ *check.Subject) { f["boot/k"] = f[vmlinuz]; f[vmlinuz] = "-> /boot/k" }, nil},
		"in /boot of its own":   {change(instead(grub, " /boot/", " /")), nil},
		"boot apart": {change(fstab("LABEL=boot /boot ext3 defaults 1 2\n"), remove(vmlinuz, initramfs), func(_ map[string]string, s *check.Subject) {
			s.Disk.Partitions = append(s.Disk.Partitions, check.Partition{Number: 2})
		}), []string{"info kernel-missing " + conf + ":6: …is on /boot"}},
		"boot apart with grub": {change(fstab("LABEL=boot /boot ext3 defaults 1 2\n"), remove(grub, vmlinuz, initramfs), func(f map[string]string, s *check.Subject) {
			f["boot/"] = ""
			s.Disk.Partitions = append(s.Disk.Partitions, check.Partition{Number: 2})
		}), []string{"info boot-loader-missing /boot: what starts the image is on /boot"}},
		"grub 2 kernel":          {change(grub2, remove(vmlinuz)), []string{"error kernel-missing /boot/grub2/grub.cfg:5: GRUB 2 starts"}},
		"initramfs":              {remove(initramfs), []string{"error initramfs-missing " + conf + ":7: GRUB legacy loads /" + initramfs + ", which is not there; there is no initramfs in /boot"}},
		"empty initramfs":        {func(f map[string]string, _ *check.Subject) { f[initramfs] = "" }, []string{"error initramfs-missing /" + initramfs + ": it is empty"}},
		"junk initramfs":         {func(f map[string]string, _ *check.Subject) { f[initramfs] = "junk and more junk" }, []string{"error initramfs-missing /" + initramfs + ": it is no cpio archive"}},
		"no initramfs":           {instead(grub, "\tinitrd", "\t#"), []string{"error initramfs-missing " + conf + ":4: the entry …has no initramfs, and a kernel alone does not find root=LABEL=lb-root"}},
		"no initramfs, a device": {change(instead(grub, "\tinitrd", "\t#"), instead(grub, "root=LABEL=lb-root", "root=/dev/vda1")), nil},
		"modules":                {remove("lib/modules/" + version + "/modules.dep"), []string{"error kernel-modules /lib/modules/" + version + ": the modules of"}},
		"modules.dep": {func(f map[string]string, _ *check.Subject) {
			delete(f, "lib/modules/"+version+"/modules.dep")
			f["lib/modules/"+version+"/kernel/"] = ""
		}, []string{"error kernel-modules /lib/modules/" + version + ": there is no modules.dep"}},
		"modules of another":  {func(f map[string]string, _ *check.Subject) { f[vmlinuz] = kernel("2.6.32-999") }, []string{"error kernel-modules /lib/modules/2.6.32-999: …there is /lib/modules/" + version}},
		"label":               {func(_ map[string]string, s *check.Subject) { s.Info.Label = "other" }, []string{"error fstab-device /etc/fstab:1: the root is to be LABEL=lb-root, and the root file system has label \"other\"", "error root-device " + conf + ":6: the kernel is told root=LABEL=lb-root, and the root file system has label \"other\""}},
		"no label":            {func(_ map[string]string, s *check.Subject) { s.Info.Label = "" }, []string{"error fstab-device", "error root-device …has no label"}},
		"uuid":                {instead(grub, "LABEL=lb-root", "UUID=11111111-2222-3333-4444-555555555555"), []string{"error root-device " + conf + ":6: …has UUID " + uuid}},
		"uuid in capitals":    {instead(grub, "LABEL=lb-root", "UUID="+strings.ToUpper(uuid)), nil},
		"by-label":            {instead(grub, "LABEL=lb-root", "/dev/disk/by-label/lb-root"), nil},
		"by-uuid of another":  {instead(grub, "LABEL=lb-root", "/dev/disk/by-uuid/1-2"), []string{"error root-device"}},
		"partuuid":            {instead(grub, "LABEL=lb-root", "PARTUUID=000B07A9-01"), nil},
		"another partuuid":    {instead(grub, "LABEL=lb-root", "PARTUUID=000b07a9-02"), []string{"error root-device …has 000b07a9-01"}},
		"xvda1":               {instead(grub, "LABEL=lb-root", "/dev/xvda1"), nil},
		"vda2":                {instead(grub, "LABEL=lb-root", "/dev/vda2"), []string{"error root-device …the root file system is partition 1"}},
		"whole disk":          {instead(grub, "LABEL=lb-root", "/dev/sda"), []string{"error root-device …that is the whole disk"}},
		"a volume":            {instead(grub, "LABEL=lb-root", "/dev/mapper/VolGroup-lv_root"), []string{"error root-device " + conf + ":6: …no volume of LVM but lies in partition 1"}},
		"lvm's own name":      {instead(grub, "LABEL=lb-root", "/dev/VolGroup00/LogVol00"), []string{"error root-device …no volume of LVM"}},
		"grub's partition":    {instead(grub, "root (hd0,0)", "root (hd0,1)"), []string{"error root-device " + conf + ":5: GRUB legacy looks for the kernel on (hd0,1), and the root file system is partition 1, (hd0,0) for GRUB"}},
		"grub's disk":         {instead(grub, "root (hd0,0)", "rootnoverify (hd1,0)"), []string{"error root-device " + conf + ":5: …another disk"}},
		"grub's whole disk":   {instead(grub, "root (hd0,0)", "root (hd0)"), []string{"error root-device …that is the whole disk"}},
		"grub's kernel":       {change(instead(grub, "root (hd0,0)", "root (hd0,5)"), instead(grub, " /boot/vmlinuz", " (hd0,0)/boot/vmlinuz")), nil},
		"grub without root":   {instead(grub, "\troot (hd0,0)\n", ""), nil},
		"grub's bare disk":    {change(instead(grub, "root (hd0,0)", "root (hd0)"), func(_ map[string]string, s *check.Subject) { s.Disk = check.Disk{Table: "none"} }), nil},
		"no root":             {instead(grub, " root=LABEL=lb-root", ""), []string{"warning root-device " + conf + ":6: the entry …does not say root="}},
		"search":              {change(grub2, instead("boot/grub2/grub.cfg", "--set=root "+uuid, "--set=root 1-2")), []string{"warning root-device /boot/grub2/grub.cfg:4: GRUB 2 looks for a file system with UUID 1-2"}},
		"search by label":     {change(grub2, instead("boot/grub2/grub.cfg", "--fs-uuid --set=root "+uuid, "--label --set=root other")), []string{"warning root-device …label \"other\""}},
		"console":             {instead(grub, "console=tty0 console=ttyS0,115200", ""), []string{"warning serial-console " + conf + ":6: the kernel of entry …no console="}},
		"console on a screen": {instead(grub, "console=ttyS0,115200", ""), []string{"warning serial-console …console=tty0, which is no serial line"}},
		"screen last":         {instead(grub, "console=tty0 console=ttyS0,115200", "console=ttyS0 console=tty0"), []string{"info serial-console …the last console …is tty0"}},
		"xen's console":       {instead(grub, "console=tty0 console=ttyS0,115200", "console=hvc0"), nil},
		"fstab root":          {instead("etc/fstab", "LABEL=lb-root", "UUID=1-2"), []string{"error fstab-device /etc/fstab:1: the root is to be UUID=1-2"}},
		"no fstab":            {remove("etc/fstab"), []string{"warning fstab-root /etc/fstab: it is not there"}},
		"no root in fstab":    {instead("etc/fstab", "LABEL=lb-root / ext3", "#"), []string{"warning fstab-root /etc/fstab: it has no line for /"}},
		"xfs":                 {instead("etc/fstab", "/ ext3", "/ xfs"), []string{"warning fstab-root /etc/fstab:1: the root is to be mounted as xfs, and is ext3"}},
		"ext4 for ext3":       {instead("etc/fstab", "/ ext3", "/ ext4"), nil},
		"ext3 for ext4":       {func(_ map[string]string, s *check.Subject) { s.Info.Type = "ext4" }, []string{"warning fstab-root /etc/fstab:1: …ext3, which does not know"}},
		"ro":                  {instead("etc/fstab", "defaults 1 1", "ro 1 1"), []string{"warning fstab-root /etc/fstab:1: …to be read alone"}},
		"another disk":        {fstab("/dev/vdb /mnt ext3 defaults 0 0\n"), []string{"warning fstab-device /etc/fstab:5: /mnt is mounted by line 4 already", "warning fstab-device /etc/fstab:5: /dev/vdb is none of the image's"}},
		"swap":                {fstab("UUID=5-5 swap swap defaults 0 0\n"), []string{"warning fstab-device /etc/fstab:5: UUID=5-5 is none of the image's: a machine without it starts without that swap"}},
		"swap file":           {fstab("/swapfile none swap sw 0 0\n"), []string{"warning fstab-device /etc/fstab:5: /swapfile is not there"}},
		"nfs":                 {fstab("server:/x /mnt/ nfs defaults 0 0\n"), nil},
		"bind":                {fstab("/mnt /dev/shm none bind 0 0\n"), []string{"warning fstab-device /etc/fstab:5: /dev/shm is mounted by line 3 already"}},
		"bind nothing":        {fstab("/srv /mnt/ none bind 0 0\n"), []string{"warning fstab-device /etc/fstab:5: /srv is not there"}},
		"folder":              {fstab("none /gone tmpfs defaults 0 0\n"), []string{"warning fstab-device /etc/fstab:5: none is to be mounted on /gone, which is not there"}},
		"short":               {fstab("LABEL=x\n"), []string{"warning fstab-device /etc/fstab:5: it has fewer words"}},
		"partitions": {change(fstab("/dev/vda2 /mnt2 ext3 defaults 0 0\n/dev/vda7 /mnt3 ext3 defaults 0 0\nUUID=7-7 /mnt4 ext3 defaults 0 0\n"), func(f map[string]string, s *check.Subject) {
			s.Disk.Partitions = append(s.Disk.Partitions, check.Partition{Number: 2})
			f["mnt2/"], f["mnt3/"], f["mnt4/"] = "", "", ""
		}), []string{"warning fstab-device /etc/fstab:6: /dev/vda7 is no partition of the image's disk"}},
		"menu.lst beside grub.cfg": {change(grub2, func(f map[string]string, _ *check.Subject) {
			f["boot/grub/menu.lst"] = "title old\nkernel /boot/gone root=LABEL=lb-root console=hvc0\ninitrd /" + initramfs + "\n"
		}),
			[]string{"warning kernel-missing /boot/grub/menu.lst:2: GRUB legacy starts the kernel /boot/gone"}},
		"escapes": {instead(grub, "/boot/vmlinuz-"+version, "/boot/\x1b[2J"), []string{"error kernel-missing"}},
	} {
		files, s := sound()
		c.spoil(files, &s)
		m := treetest.Fill(files)
		found, err := survey.Of(t.Context(), m, survey.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.Tree, s.Survey = m, found
		all, err := check.Run(t.Context(), &s, boots.Rules())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range all {
			got = append(got, string(f.Severity)+" "+f.Rule+" "+f.Place()+": "+f.Message)
			tripped[f.Rule] = true
			if f.Hint == "" && f.Severity != check.SeverityInfo {
				t.Errorf("%s: no hint: %v", name, f)
			}
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if len(got) != len(c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			continue
		}
		for n := range got {
			if !checktest.Holds(got[n], c.want[n]) {
				t.Errorf("%s:\n%s\nwant\n%s", name, got[n], c.want[n])
			}
		}
	}
	for _, r := range boots.Rules() {
		if !tripped[r.Name] {
			t.Errorf("nothing trips %s", r.Name)
		}
		if r.Group != check.GroupBoots || r.Why == "" || r.Mend == "" || r.Find == nil {
			t.Errorf("%+v", r)
		}
	}
}
