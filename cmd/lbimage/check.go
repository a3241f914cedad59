package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/recipe"
	"lbimage/kickstart/grammar"
)

type checkOptions struct {
	source    sourceOptions
	format    format
	judging   judgingOptions
	purpose   string
	installer string
	recipe    string
	profile   string
	list      bool
	explain   string

	kickstart        string
	kickstartVersion string
	ownKickstart     bool
	allStatements    bool
}

func newCheck(s stdio) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check SOURCE [--for production|development] [-f RECIPE] [--kickstart FILE] | --list | --explain RULE",
		Short: "Find what is wrong with an image",
		Long: `check asks whether an image is fit: whether it has what a load balancer consists of,
whether it boots, whether its file system is consistent, what the HAProxy template
is worth, as it is and as the servo would write it, judged by rules and by the
image's own HAProxy in a sandbox, how the system around it is configured, what of
those who made it is left in it, and what the installers will make of the tarball.
It changes nothing.

Every finding names its rule. --list lists the rules, --explain tells why there is
one and how to mend what it finds. With -f the checks of a recipe's profile apply:
rules that it turns off or lowers, bounds that it sets.

With --kickstart the image is held against the kickstart file that it claims to come
from: what of the file it has is counted, what it has not is an error with both sides,
and what cannot be told is listed with the reason, once for all that has the same one.
--own-kickstart takes the file that an RPM brings beside its image. --all-statements
shows everything that the file says by itself, also what the image has and what says
nothing of an image.

With --format json docs/schema/check-v1.schema.json describes what is printed.

An image is checked for production; --for development makes remarks of what only
hurts there.

` + exitHelp,
		Example: `  lbimage check updated.tgz
  lbimage check updated.tgz -f lbimage.yaml --profile production
  lbimage check updated.tgz --kickstart eucalyptus-load-balancer-image.ks
  lbimage check --explain ssh-host-keys`,
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf(cmd, "list", "explain"); err != nil {
				return err
			}
			switch {
			case (o.list || o.explain != "") && len(args) > 0:
				return usagef("--list and --explain tell of the rules: leave %s out", args[0])
			case o.list:
				return listRules(s, o.format)
			case o.explain != "":
				return explainRule(s, o.format, o.explain)
			case len(args) == 0:
				return usagef("SOURCE (an RPM, a .tgz or a raw disk image) is missing")
			}
			return runCheck(cmd.Context(), s, args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.purpose, "for", "", "what the image is for: `production|development` (default: by the recipe's profile, else production)")
	f.StringVar(&o.installer, "installer", "", "the `GENERATION` of euca-install-load-balancer that it is for: 1.0, 1.1 or 4.1 (default: the one that its layout is made for)")
	f.StringVarP(&o.recipe, "file", "f", "", "the recipe, `FILE`, whose checks apply")
	f.StringVar(&o.profile, "profile", "", "the profile `NAME` of the recipe, where it has several")
	f.StringVar(&o.kickstart, "kickstart", "", "hold the image against the kickstart `FILE` that it claims to come from, - is standard input (default: the recipe's)")
	f.BoolVar(&o.ownKickstart, "own-kickstart", false, "hold the image of an RPM against the kickstart file that the RPM brings")
	f.StringVar(&o.kickstartVersion, "kickstart-version", "", "read it as the `RELEASE` does, RHEL5 to RHEL9 (default: the image's own, else the file's, else RHEL6)")
	f.BoolVar(&o.allStatements, "all-statements", false, "show all that the kickstart file says, one by one, also what the image has and what says nothing of an image")
	f.BoolVar(&o.list, "list", false, "list the rules")
	f.StringVar(&o.explain, "explain", "", "tell why there is a `RULE`, and how to mend what it finds")
	o.judging.addFlags(cmd, "the recipe's, else the image's")
	o.source.addFlags(cmd)
	o.format.addFlag(cmd)
	return cmd
}

// checks is the way from flags and a recipe to what is checked, and how the template is judged.
func (o *checkOptions) checks() (imagebuild.Checks, check.HAProxyOptions, error) {
	c, haproxy := imagebuild.Checks{For: check.Production}, o.judging.options()
	if o.recipe == "" && o.profile != "" {
		return c, haproxy, usagef("--profile %s is one of a recipe: name it with -f", o.profile)
	}
	if o.recipe != "" {
		r, err := recipe.Load(o.recipe)
		if err != nil {
			return c, haproxy, err
		}
		profile, err := oneProfile(r, o.profile)
		if err != nil {
			return c, haproxy, err
		}
		if err := imagebuild.ValidateChecks(r, profile); err != nil {
			return c, haproxy, err
		}
		resolved, err := r.Resolve(profile)
		if err != nil {
			return c, haproxy, &usageError{err}
		}
		c = imagebuild.ChecksOf(resolved)
		if err := imagebuild.SetHAProxy(&haproxy, resolved.HAProxy); err != nil {
			return c, haproxy, &usageError{err}
		}
	}
	switch p := check.Profile(o.purpose); p {
	case "":
	case check.Production, check.Development:
		c.For = p
	default:
		return c, haproxy, usagef("--for %s: an image is for production or for development", o.purpose)
	}
	if err := o.kickstartOf(&c); err != nil {
		return c, haproxy, err
	}
	switch o.installer {
	case "":
	case "1.0", "1.1", "4.1":
		c.Installer = o.installer
	default:
		return c, haproxy, usagef("--installer %s: the generations are 1.0, 1.1 and 4.1", o.installer)
	}
	return c, haproxy, nil
}

// kickstartOf takes over which kickstart file the image is held against.
func (o *checkOptions) kickstartOf(c *imagebuild.Checks) error {
	if o.kickstart != "" {
		c.KickstartPath = o.kickstart
	}
	if o.ownKickstart {
		if o.kickstart != "" {
			return usagef("--own-kickstart and --kickstart name two files: leave one of them out")
		}
		c.KickstartPath, c.OwnKickstart = "", true
	}
	if c.KickstartPath == "" && !o.ownKickstart && (o.kickstartVersion != "" || o.allStatements) {
		return usagef("--kickstart-version and --all-statements are about a kickstart file: name it with --kickstart")
	}
	if o.kickstartVersion != "" {
		v, err := grammar.ParseVersion(o.kickstartVersion)
		if err != nil {
			return usagef("--kickstart-version: %w", err)
		}
		c.KickstartVersion = v
	}
	return nil
}

// oneProfile is the profile that is named, or the only one.
func oneProfile(r *recipe.Recipe, name string) (string, error) {
	names := r.ProfileNames()
	if name == "" && len(names) > 1 {
		return "", usagef("%s has several profiles: choose one with --profile: %s", r.File, quotedList(names))
	}
	if name == "" {
		return names[0], nil
	}
	return name, nil
}

func runCheck(ctx context.Context, s stdio, src string, o checkOptions) error {
	checks, haproxy, err := o.checks()
	if err != nil {
		return err
	}
	if checks.KickstartPath == "-" {
		checks.KickstartPath = ""
		if err := checks.ReadKickstart(s.in, "standard input"); err != nil {
			return err
		}
	}
	bar := newProgress(s.err)
	open, err := o.source.open(bar)
	if err != nil {
		return err
	}
	haproxy.Judge.TempDir = open.TempDir
	found, err := imagebuild.Check(ctx, src, haproxy, checks, open)
	bar.close()
	if err != nil {
		return err
	}
	if o.format == formatJSON {
		if err := writeJSON(s.out, found.Report()); err != nil {
			return err
		}
		return verdictOf(found.Findings)
	}
	for _, w := range found.Warnings {
		fmt.Fprintln(s.out, "warning ", check.OneLine(w))
	}
	printFindings(s, bySeverity(withoutKickstart(found.Findings)))
	printOverrides(s, found.Overrides)
	printJudges(s, found.Template)
	printConformity(s, found.Kickstart, found.Findings, o.allStatements)
	fmt.Fprintln(s.out, summary(src, found.Findings))
	return verdictOf(found.Findings)
}

// printOverrides tells of rules that the recipe turns off, lowers or raises.
func printOverrides(s stdio, overrides []check.Override) {
	for _, over := range overrides {
		fmt.Fprintf(s.out, "override %s is %s: %s\n", over.Rule, over.Severity, check.OneLine(over.Reason))
	}
}

// bySeverity puts the gravest findings first, each in the order of places.
func bySeverity(findings []check.Finding) []check.Finding {
	out := []check.Finding{}
	for _, severity := range []check.Severity{check.SeverityError, check.SeverityWarning, check.SeverityInfo} {
		for _, f := range findings {
			if f.Severity == severity {
				out = append(out, f)
			}
		}
	}
	return out
}
