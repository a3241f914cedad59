package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lbimage/haproxy-config/nearest"
	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/rpmout"
)

// rpmOptions are the flags that ask for a package of the image.
type rpmOptions struct {
	path      string // "" for none, besideImage for the package's own name
	tags      []string
	kickstart string
	license   string
	script    string
}

// besideImage stands for --rpm without a path.
const besideImage = "beside OUT.tgz"

func (o *rpmOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.path, "rpm", "", "write the image as an RPM too, beside OUT.tgz under the package's own name, or to `PATH` (--rpm=PATH)")
	f.Lookup("rpm").NoOptDefVal = besideImage
	f.StringArrayVar(&o.tags, "rpm-tag", nil, "give the RPM another `NAME=VALUE` than the source's: "+strings.Join(rpmTagNames(), ", "))
	f.StringVar(&o.kickstart, "kickstart", "", "put the kickstart `FILE` into the RPM")
	f.StringVar(&o.license, "license", "", "put the licence `FILE` of what is in the image into the RPM")
	f.StringVar(&o.script, "install-script", "", "put `FILE` into the RPM as the installer, euca-install-load-balancer")
}

// rpmTags finds a tag by its name.
func rpmTags(t *rpmout.Tags) map[string]*string {
	return map[string]*string{
		"name": &t.Name, "version": &t.Version, "release": &t.Release, "arch": &t.Arch, "summary": &t.Summary,
		"description": &t.Description, "license": &t.License, "group": &t.Group, "url": &t.URL, "vendor": &t.Vendor, "packager": &t.Packager,
	}
}

func rpmTagNames() []string { return slices.Sorted(maps.Keys(rpmTags(&rpmout.Tags{}))) }

// output is what the flags ask for; nil for no package.
func (o *rpmOptions) output() (*imagebuild.RPMOutput, error) {
	if o.path == "" {
		if len(o.tags) > 0 || o.kickstart != "" || o.license != "" || o.script != "" {
			return nil, usagef("--rpm-tag, --kickstart, --license and --install-script are about a package: give --rpm")
		}
		return nil, nil
	}
	out := &imagebuild.RPMOutput{Path: o.path}
	if o.path == besideImage {
		out.Path = ""
	}
	out.Kickstart, out.License, out.Script = o.kickstart, o.license, o.script
	known := rpmTags(&out.Tags)
	for _, text := range o.tags {
		name, value, ok := strings.Cut(text, "=")
		to := known[name]
		switch {
		case !ok:
			return nil, usagef("--rpm-tag %q: write NAME=VALUE", text)
		case to == nil:
			return nil, usagef("--rpm-tag %q: there is no tag %q here%s; there are %s", text, name, nearest.Suggestion(name, rpmTagNames()), strings.Join(rpmTagNames(), ", "))
		case value == "":
			return nil, usagef("--rpm-tag %q: the value is missing", text)
		case *to != "":
			return nil, usagef("--rpm-tag %q: %s is given twice", text, name)
		}
		*to = value
	}
	return out, nil
}

// printRPM prints the package of an image: what it is, what lies in it and where that comes from.
func printRPM(s stdio, r *imagebuild.Result) {
	if r.RPM == nil {
		return
	}
	tail := ""
	if r.Record != nil {
		for _, o := range r.Record.Outputs {
			if o.Role == imagebuild.RoleRPM {
				tail = fmt.Sprintf(", %s, sha256 %s", bytesText(o.Size), o.SHA256)
			}
		}
	}
	fmt.Fprintf(s.out, "rpm      %s%s\n", check.OneLine(r.RPM.Path), tail)
	for _, p := range r.RPM.Parts {
		if p.From != "" {
			fmt.Fprintf(s.out, "         %s: %s\n", check.OneLine(p.Path), check.OneLine(p.From))
		}
	}
	for _, n := range r.RPM.Notes {
		fmt.Fprintf(s.out, "         note: %s\n", check.OneLine(n))
	}
}
