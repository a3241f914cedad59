package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/rpminstall"
)

// installOptions are the flags that say which servo is put into an image, and on which terms.
type installOptions struct {
	rpm        string
	source     string
	keyring    []string
	scriptlets string
	noDeps     bool
	allowDirty bool
	logLevel   string
	attributes string
}

func (o *installOptions) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.rpm, "servo-rpm", "", "install the servo's package `FILE`, without running it")
	f.StringVar(&o.source, "servo-source", "", "install the servo from a folder or git repository: `DIR[@REF]` or URL[@REF]")
	f.StringArrayVar(&o.keyring, "keyring", nil, "refuse packages that no OpenPGP key in `FILE` has signed; may be repeated")
	f.StringVar(&o.scriptlets, "scriptlets", "", "what becomes of a package's scripts: `native|skip` (default native)")
	f.BoolVar(&o.noDeps, "nodeps", false, "install a package although the image lacks what it requires")
	f.BoolVar(&o.allowDirty, "allow-dirty", false, "take a source with changes that are not committed")
	f.StringVar(&o.logLevel, "log-level", "", "what a servo from source logs, `LEVEL`: debug (default), info, warning, error, critical")
	f.StringVar(&o.attributes, "attributes", "", "what becomes of capabilities and access control lists of replaced files: `copy|keep|drop` (default copy)")
}

// servo is the servo that the flags ask for; nil for none.
func (o *installOptions) servo() (*recipe.Servo, error) {
	switch {
	case o.rpm != "" && o.source != "":
		return nil, usagef("--servo-rpm and --servo-source both bring a servo: leave one of them out")
	case o.rpm == "" && (o.scriptlets != "" || o.noDeps):
		return nil, usagef("--scriptlets and --nodeps are about a package: give --servo-rpm")
	case o.source == "" && (o.allowDirty || o.logLevel != ""):
		return nil, usagef("--allow-dirty and --log-level are about a source: give --servo-source")
	case o.rpm != "":
		switch rpminstall.Scriptlets(o.scriptlets) {
		case "", rpminstall.Native, rpminstall.Skip:
		default:
			return nil, usagef("--scriptlets %q: write native or skip", o.scriptlets)
		}
		return &recipe.Servo{RPM: o.rpm, Scriptlets: o.scriptlets, NoDeps: o.noDeps}, nil
	case o.source != "":
		source, ref := splitRef(o.source)
		return &recipe.Servo{Source: source, Ref: ref, AllowDirty: o.allowDirty, LogLevel: o.logLevel}, nil
	}
	return nil, nil
}

// splitRef parts DIR@REF and URL@REF. The @ of a URL's user, as in git@host:path, is none, and neither is one in the name
// of a folder that is there.
func splitRef(text string) (source, ref string) {
	from := 0
	if recipe.IsURL(text) {
		from = strings.IndexByte(text, ':') + 1
		if rest, ok := strings.CutPrefix(text[from:], "//"); ok {
			if from = strings.IndexByte(rest, '/') + len(text) - len(rest); from < len(text)-len(rest) {
				return text, ""
			}
		}
	} else if st, err := os.Stat(text); err == nil && st.IsDir() {
		return text, ""
	}
	i := strings.LastIndexByte(text[from:], '@')
	if i < 0 || from+i == 0 || from+i == len(text)-1 {
		return text, ""
	}
	return text[:from+i], text[from+i+1:]
}
