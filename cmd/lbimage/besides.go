package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/sbom"
)

// besideOptions are the flags for what is written beside an image.
type besideOptions struct {
	sbom       []string
	provenance bool
	sums       bool
}

func (o *besideOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&o.sbom, "sbom", nil, "write bills of materials beside the image, `FORMATS` of spdx and cyclonedx: OUT.spdx.json, OUT.cdx.json")
	f.BoolVar(&o.provenance, "provenance", false, "write where the image comes from beside it, as a statement of in-toto and SLSA: OUT.intoto.json")
	f.BoolVar(&o.sums, "sums", false, "write "+imagebuild.SumsName+" into the folder of the image, for 'sha256sum -c'")
}

// apply tells a job what to write; of a build, besides what the recipe says.
func (o *besideOptions) apply(job *imagebuild.Job) error {
	for _, word := range o.sbom {
		format, err := sbom.ParseFormat(word)
		if err != nil {
			return usagef("--sbom: %w", err)
		}
		if !slices.Contains(job.SBOM, format) {
			job.SBOM = append(job.SBOM, format)
		}
	}
	job.Provenance, job.Sums = job.Provenance || o.provenance, job.Sums || o.sums
	return nil
}

// given tells whether one of the flags was given.
func (o *besideOptions) given() bool { return len(o.sbom) > 0 || o.provenance || o.sums }

// printBeside prints what was written beside an image: record and package have lines of their own.
func printBeside(s stdio, r *imagebuild.Result) {
	for _, o := range r.Written {
		if word := besideWords[o.Role]; word != "" {
			fmt.Fprintf(s.out, "%-8s %s, %s, sha256 %s\n", word, o.Path, bytesText(o.Size), o.SHA256)
		}
	}
}

// printSums prints where the sums of all files are.
func printSums(s stdio, r *imagebuild.Result) {
	for _, o := range r.Written {
		if o.Role == imagebuild.RoleSums {
			fmt.Fprintf(s.out, "sums     %s\n", o.Path)
		}
	}
}

// besideWords are what outputs are called in eight letters.
var besideWords = map[imagebuild.Role]string{
	imagebuild.RoleSPDX: "sbom", imagebuild.RoleCycloneDX: "sbom", imagebuild.RoleProvenance: "origin", imagebuild.RoleReport: "report",
}
