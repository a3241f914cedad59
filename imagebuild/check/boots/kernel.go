package boots

import (
	"context"
	"fmt"
	"path"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
)

var kernelMissing = check.Rule{
	Name:     "kernel-missing",
	Group:    check.GroupBoots,
	Severity: check.SeverityError,
	Why:      "a boot loader that does not find the kernel stops, and the machine never comes up",
	Mend:     "name a kernel that is there, or put the kernel back, in the recipe: `edits: [{line: {path: FILE, match: '(.*)NAME(.*)', set: '${1}OTHER${2}', expand: true}}]`",
}

var initramfsMissing = check.Rule{
	Name:     "initramfs-missing",
	Group:    check.GroupBoots,
	Severity: check.SeverityError,
	Why:      "the drivers of the disk are in the initramfs: without it the kernel finds no root file system and panics",
	Mend:     "a new one is made by dracut or update-initramfs, on a machine; to name one that is there, in the recipe: `edits: [{line: {path: FILE, match: '(.*)NAME(.*)', set: '${1}OTHER${2}', expand: true}}]`",
}

var kernelModules = check.Rule{
	Name:     "kernel-modules",
	Group:    check.GroupBoots,
	Severity: check.SeverityError,
	Why:      "drivers, that of the network among them, are modules of the very kernel that runs; modprobe finds them by modules.dep",
	Mend:     "lay the modules of that kernel over the image with 'overlay' in the recipe ('depmod -b FOLDER VERSION' makes modules.dep), or start the kernel whose modules are there",
}

func findKernel(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	var out []check.Finding
	for _, d := range defaults(s) {
		if _, ok := survey.BootFile(s.Tree, d.Kernel); ok {
			continue
		}
		if apart(s) {
			f := at(kernelMissing, check.SeverityInfo, d.file, d.KernelLine, d.Kernel+" is on /boot, a file system of its own, which is not looked at")
			f.Hint = ""
			out = append(out, f)
			continue
		}
		f := at(kernelMissing, d.severity, d.file, d.KernelLine, fmt.Sprintf("%s starts the kernel %s, which is not there%s", d.loader, d.Kernel, instead(kernelPaths(s), "kernel")))
		if have := kernelPaths(s); len(have) == 1 {
			f.Hint = replace(d.file, d.Kernel, like(d.Kernel, have[0]))
		}
		out = append(out, f)
	}
	return out, nil
}

// like writes a path as a boot loader has it that finds /boot at its root: without /boot, where the other is.
func like(written, path string) string {
	if strings.HasPrefix(written, "/") && !strings.HasPrefix(written, "/boot/") {
		return strings.TrimPrefix(path, "/boot")
	}
	return path
}

func kernelPaths(s *check.Subject) []string {
	var have []string
	for _, k := range s.Survey.Boot.Kernels {
		if k.Path != "" {
			have = append(have, k.Path)
		}
	}
	return have
}

func initramfsPaths(s *check.Subject) []string {
	var have []string
	for _, i := range s.Survey.Boot.Initramfs {
		have = append(have, i.Path)
	}
	return have
}

// instead tells which others there are in /boot.
func instead(have []string, what string) string {
	switch len(have) {
	case 0:
		return "; there is no " + what + " in /boot"
	case 1, 2, 3:
		return "; there is " + strings.Join(have, ", ")
	}
	return fmt.Sprintf("; there are %d others, the latest is %s", len(have), have[len(have)-1])
}

func findInitramfs(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	var out []check.Finding
	for _, d := range defaults(s) {
		if apart(s) {
			continue
		}
		if root, _ := d.Arg("root"); len(d.Initrd) == 0 && (strings.HasPrefix(root, "UUID=") || strings.HasPrefix(root, "LABEL=")) {
			out = append(out, at(initramfsMissing, d.severity, d.file, d.Line, fmt.Sprintf("the entry %q has no initramfs, and a kernel alone does not find root=%s", d.Title, root)))
			continue
		}
		for _, name := range d.Initrd {
			r, ok := survey.BootFile(s.Tree, name)
			switch {
			case !ok:
				f := at(initramfsMissing, d.severity, d.file, d.InitrdLine, fmt.Sprintf("%s loads %s, which is not there%s", d.loader, name, instead(initramfsPaths(s), "initramfs")))
				if have := initramfsPaths(s); len(have) == 1 {
					f.Hint = replace(d.file, name, like(name, have[0]))
				}
				out = append(out, f)
			case r.Info.Size() == 0:
				out = append(out, at(initramfsMissing, d.severity, r.Path(), 0, fmt.Sprintf("it is empty, and %s loads it", d.loader)))
			case survey.InitramfsFormat(s.Tree, r) == "":
				out = append(out, at(initramfsMissing, d.severity, r.Path(), 0, fmt.Sprintf("it is no cpio archive in any compression that a kernel knows, and %s loads it", d.loader)))
			}
		}
	}
	return out, nil
}

func findModules(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	var out []check.Finding
	seen := map[string]bool{}
	look := func(version, what string, severity check.Severity) {
		if version == "" || seen[version] {
			return
		}
		seen[version] = true
		folder := "/lib/modules/" + version
		for _, k := range s.Survey.Boot.Kernels {
			switch {
			case k.Version != version || k.Modules == "":
				continue
			case !k.Depends:
				out = append(out, at(kernelModules, severity, k.Modules, 0, "there is no modules.dep, by which the modules of "+what+" are found"))
			}
			return
		}
		message := "the modules of " + what + " are not there"
		for _, k := range s.Survey.Boot.Kernels {
			if k.Modules != "" {
				message += "; there is " + k.Modules
				break
			}
		}
		out = append(out, at(kernelModules, severity, folder, 0, message))
	}
	for _, d := range defaults(s) {
		if r, ok := survey.BootFile(s.Tree, d.Kernel); ok {
			look(survey.KernelVersion(s.Tree, r), d.Kernel+", which "+d.loader+" starts,", d.severity)
		}
	}
	// The kernel beside an image is told by its name.
	if kernel := beside(s); kernel != "" && len(s.Survey.Boot.Menus) == 0 {
		if _, version, ok := strings.Cut(path.Base(kernel), "vmlinuz-"); ok {
			look(version, "the kernel beside the image, "+kernel+",", check.SeverityWarning)
		}
	}
	return out, nil
}
