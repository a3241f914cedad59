package sample

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"

	"lbimage/imagebuild/rpm"
)

// The package's name and version, those of Eucalyptus 4.0's.
const (
	imageName    = "eucalyptus-load-balancer-image"
	imageVersion = "1.1.0"
	imageBuild   = "212"
)

//go:embed package
var packageFiles embed.FS

// writePackage writes the RPM: installer, documentation and tarball.
func writePackage(w io.Writer, tarball []byte, o Options) error {
	s := rpm.Spec{
		Name: imageName, Version: imageVersion, Release: "0." + imageBuild + ".el6", Arch: "x86_64",
		Summary: "Sample of a Eucalyptus load balancer image",
		License: "BSD-2-Clause",
		Group:   "Applications/System",
		Description: "A small load balancer image to try lbimage on. It has the layout of the real one\n" +
			"and the configuration that counts; its programs, kernel and boot code are\nstand-ins that say so. It does not boot.",
		BuildTime: o.Time,
		Requires:  []rpm.Dependency{{Name: "euca2ools", Op: ">=", Version: "3.1.0"}, {Name: "python-boto"}},
	}
	doc := "/usr/share/doc/" + imageName + "-" + imageVersion
	for _, f := range []struct {
		dir, name string
		mode      fs.FileMode
		flags     rpm.FileFlags
	}{
		{"/usr/bin", "euca-install-load-balancer", 0o755, 0},
		{doc, "IMAGE-LICENSE", 0o644, rpm.FlagDoc},
		{doc, imageName + ".ks", 0o644, rpm.FlagDoc},
	} {
		content, err := packageFiles.ReadFile("package/" + f.name)
		if err != nil {
			return err
		}
		content = bytes.ReplaceAll(content, []byte("--fstype ext3"), []byte("--fstype "+o.FSType))
		content = bytes.ReplaceAll(content, []byte("--size 63"), fmt.Appendf(nil, "--size %d", (o.Size-partitionStart)/mib))
		s.Files = append(s.Files, rpm.SpecFile{Path: f.dir + "/" + f.name, Mode: f.mode, Content: content, Flags: f.flags})
	}
	s.Files = append(s.Files,
		rpm.SpecFile{Path: doc, Mode: fs.ModeDir | 0o755},
		rpm.SpecFile{Path: "/usr/share/" + imageName, Mode: fs.ModeDir | 0o755},
		rpm.SpecFile{
			Path: "/usr/share/" + imageName + "/" + imageName + "-" + imageVersion + "-" + imageBuild + ".tgz",
			Mode: 0o644, Content: tarball,
		})
	return rpm.Write(w, s)
}
