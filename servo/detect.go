package servo

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"lbimage/haproxy-config"
	"lbimage/overlay"
)

// Installed is what an image has of the servo and its HAProxy.
type Installed struct {
	// Present says that the servo's program or its Python package is there. The template and other
	// configuration alone are no servo.
	Present bool `json:"present"`
	// Version is told by the package's own metadata; empty where nothing tells it.
	Version string `json:"version,omitempty"`
	// AtLeast and AtMost are bounds from the files that are there, where there is no Version.
	AtLeast string `json:"atLeast,omitempty"`
	AtMost  string `json:"atMost,omitempty"`
	// Evidence says where version and bounds come from, one sentence each.
	Evidence []string `json:"evidence,omitempty"`
	// Files are those of the servo that are there, in the order of the table of its releases.
	Files []Found `json:"files"`
	// SitePackages is the folder that holds the servo's Python package.
	SitePackages string `json:"sitePackages,omitempty"`
	// Folders hold nothing but the servo's: its Python package, the package's metadata (which may be a file), its
	// documentation.
	Folders []string `json:"folders,omitempty"`
	// Template is the template in force: absent when there is none.
	Template *Found `json:"template,omitempty"`
	// HAProxy is the program that the servo starts, or else one found elsewhere; absent when there is none.
	HAProxy *Found `json:"haproxy,omitempty"`
}

// Found is a file in the image.
type Found struct {
	Path string `json:"path"` // symbolic links followed
	Mode string `json:"mode"` // 0644
	UID  uint32 `json:"uid"`
	GID  uint32 `json:"gid"`
	Size int64  `json:"size"`
	What string `json:"what,omitempty"`
}

// Summary is the servo in a few words: "servo 1.1.0", "servo, from 1.0.1 to 1.2.1", "no servo".
func (in Installed) Summary() string {
	switch {
	case !in.Present:
		return "no servo"
	case in.Version != "":
		return "servo " + in.Version
	case in.AtLeast != "" && in.AtMost == in.AtLeast:
		return "servo, by its files " + in.AtLeast
	case in.AtLeast != "" && in.AtMost != "":
		return "servo, by its files from " + in.AtLeast + " to " + in.AtMost
	case in.AtLeast != "":
		return "servo, by its files at least " + in.AtLeast
	}
	return "servo of unknown version"
}

// PackageName is the name of the servo's RPM.
const PackageName = "load-balancer-servo"

// misnamed is the version that release 1.4.1 calls itself, as does what was developed after it.
const misnamed = "1.5.0"

// Known gives the version where it is told and understood, else the zero value. What calls itself 1.5.0 is taken for the
// release 1.4.1.
func (in Installed) Known() Version {
	if in.Version == misnamed {
		return parse("1.4.1")
	}
	v, err := haproxyconfig.ParseVersion(in.Version)
	if err != nil {
		return Version{}
	}
	return v
}

// haproxyPaths are the places to look for HAProxy. The servo starts the first, and no other.
var haproxyPaths = []string{"usr/sbin/haproxy", "usr/local/sbin/haproxy", "usr/bin/haproxy"}

// Detect looks what is in a tree. Nothing is run.
func Detect(t overlay.ReadTree) (Installed, error) {
	d := detector{t: t, Installed: Installed{Files: []Found{}}}
	if err := d.python(); err != nil {
		return Installed{}, err
	}
	if err := d.files(); err != nil {
		return Installed{}, err
	}
	for _, p := range haproxyPaths {
		f, err := d.find(p, "", false)
		if err != nil {
			return Installed{}, err
		}
		if f != nil {
			d.HAProxy = f
			break
		}
	}
	if err := d.docs(); err != nil {
		return Installed{}, err
	}
	return d.Installed, nil
}

type detector struct {
	t overlay.ReadTree
	Installed
}

// find looks for a file or, if asked, a folder; anything else, and a path that leads nowhere, is not there.
func (d *detector) find(name, what string, dir bool) (*Found, error) {
	r, err := overlay.Resolve(d.t, name)
	if err != nil && !overlay.LeadsNowhere(err) {
		return nil, err
	}
	if err != nil || !r.Exists() || r.Info.IsDir() != dir || !dir && !r.Info.Mode().IsRegular() {
		return nil, nil
	}
	uid, gid, err := overlay.OwnerOf(r.Info)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path(), err)
	}
	s := overlay.FileState{Mode: r.Info.Mode()}
	f := &Found{Path: r.Path(), Mode: fmt.Sprintf("%04o", s.Unix()), UID: uid, GID: gid, What: what}
	if !dir {
		f.Size = r.Info.Size()
	}
	return f, nil
}

// files goes through the table, and draws bounds from the files that not every release brings.
func (d *detector) files() error {
	var least, most Version
	for _, s := range table {
		name := s.Path
		if rest, ok := strings.CutPrefix(name, SitePackages); ok {
			if d.SitePackages == "" {
				continue
			}
			name = d.SitePackages + rest
		}
		f, err := d.find(name, s.What, s.Mode.IsDir())
		if other := elsewhere[name]; err == nil && f == nil && other != "" {
			f, err = d.find(other, s.What, s.Mode.IsDir())
		}
		if err != nil {
			return err
		}
		if f == nil {
			continue
		}
		d.Files = append(d.Files, *f)
		switch s.Path {
		case "/" + TemplatePath:
			d.Template = f
		case "/usr/bin/load-balancer-servo":
			d.Present = true
		}
		if s.since == releases[0] && s.until == "" {
			continue
		}
		told := fmt.Sprintf("%s is there, which comes with %s", f.Path, s.since)
		switch s.until {
		case "":
			told += " and later"
		case s.since:
			told += " alone"
		default:
			told += " to " + s.until
		}
		d.Evidence = append(d.Evidence, told)
		if v := parse(s.since); !least.Known() || v.Compare(least) > 0 {
			least = v
		}
		if s.until == "" {
			continue
		}
		if v := parse(s.until); !most.Known() || v.Compare(most) < 0 {
			most = v
		}
	}
	switch {
	case !d.Present || d.Version != "" || !least.Known():
	case most.Known() && most.Before(least):
		d.Evidence = append(d.Evidence, "these contradict each other: files of several releases are mixed")
	default:
		d.AtLeast = least.String()
		if most.Known() {
			d.AtMost = most.String()
		}
	}
	return nil
}

// pythonDirs are the folders below which Python keeps packages, in folders by version.
var pythonDirs = []string{"usr/lib", "usr/lib64", "usr/local/lib", "usr/local/lib64"}

// metadata is the name of what distutils and its successors write beside a package. The servo calls
// itself "Eucalyptus Loadbalancer Servo". In a version they write what is no letter, digit or dot as "_".
var metadata = regexp.MustCompile(`^Eucalyptus_Loadbalancer_Servo-([0-9][0-9A-Za-z.+_]*)(-py[0-9.]+)?\.(egg-info|dist-info)$`)

// python looks for the servo's package and what its metadata says.
func (d *detector) python() error {
	for _, base := range pythonDirs {
		versions, err := d.names(base)
		if err != nil {
			return err
		}
		for _, python := range versions {
			if !strings.HasPrefix(python, "python") {
				continue
			}
			for _, kind := range []string{"site-packages", "dist-packages"} {
				if err := d.packages(path.Join(base, python, kind)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// packages looks into one folder of Python packages.
func (d *detector) packages(dir string) error {
	if f, err := d.find(path.Join(dir, "servo/__init__.py"), "", false); err != nil || f == nil {
		return err
	}
	if !d.Present {
		d.Present, d.SitePackages = true, "/"+dir
	}
	d.Folders = append(d.Folders, "/"+dir+"/servo")
	names, err := d.names(dir)
	for _, name := range names {
		m := metadata.FindStringSubmatch(name)
		if m != nil {
			d.Folders = append(d.Folders, "/"+path.Join(dir, name))
		}
		if m != nil && m[1] != "0" { // 0 is what setup.py writes when it finds no VERSION
			d.tells("/"+path.Join(dir, name), m[1])
		}
	}
	return err
}

// docs looks for the documentation folder of the RPM, whose name holds the version on EL6.
func (d *detector) docs() error {
	if !d.Present {
		return nil
	}
	names, err := d.names("usr/share/doc")
	for _, name := range names {
		if version, ok := strings.CutPrefix(name, "load-balancer-servo-"); ok {
			if _, err := haproxyconfig.ParseVersion(version); err == nil {
				d.Folders = append(d.Folders, "/usr/share/doc/"+name)
				d.tells("/usr/share/doc/"+name, version)
			}
		}
	}
	return err
}

// tells takes down what a path says of the version. The first to speak is believed; one that says
// otherwise is shown.
func (d *detector) tells(name, version string) {
	says := fmt.Sprintf("%s says %s", name, version)
	if version == misnamed {
		says += ", which is what release 1.4.1 calls itself"
	}
	d.Evidence = append(d.Evidence, says)
	if d.Version == "" {
		d.Version, d.AtLeast, d.AtMost = version, "", ""
	}
}

// names lists a folder; one that is not there has no names.
func (d *detector) names(dir string) ([]string, error) {
	r, err := overlay.Resolve(d.t, dir)
	if err != nil && !overlay.LeadsNowhere(err) {
		return nil, err
	}
	if err != nil || !r.Exists() || !r.Info.IsDir() {
		return nil, nil
	}
	entries, err := d.t.ReadDir(r.Name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path(), err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out, nil
}
