package develop

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"time"

	"lbimage/overlay"
)

// Bootstrap lays a script that cloud-init runs at each boot: it fetches the servo's repository, installs it in
// the running machine with the source's own install-servo.sh, mends what that leaves undone, and starts the
// servo. What the image says of the servo's configuration stays: files in /etc/load-balancer-servo that do not
// come from an earlier run are put back, and the source's lie beside them with the ending .new.
//
// The image needs cloud-init and git, and the machine a network that reaches the repository. When it does not,
// the last source that was fetched is used. All is told in /var/log/load-balancer-servo-bootstrap.log.
type Bootstrap struct {
	// URL is where the repository lies, for the machine at boot. It holds no password: the image would.
	URL string
	// Ref is a branch, a tag or a commit; empty: the repository's own first branch.
	Ref string
	// Time is given to the script. Zero leaves it to the tree.
	Time time.Time
}

// BootstrapPath is the script that a [Bootstrap] lays.
const BootstrapPath = "/var/lib/cloud/scripts/per-boot/load-balancer-servo.sh"

//go:embed bootstrap.sh
var bootstrapText string

// refText bounds what a ref may be: what git allows, without what a shell or an option could be made of.
var refText = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./+@=-]{0,199}$`)

// NewBootstrap makes the edit, or says what is wrong with the request.
func NewBootstrap(b Bootstrap) (overlay.Edit, error) {
	u, err := url.Parse(b.URL)
	scp := scpURL.MatchString(b.URL)
	switch {
	case b.URL == "":
		return nil, errors.New("bootstrap: no URL: give that of the servo's repository")
	case strings.ContainsFunc(b.URL, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return nil, fmt.Errorf("bootstrap: %q: a URL has no blanks and no letters beyond ASCII: escape them as %%20", b.URL)
	case scp:
	case err != nil || u.Host == "" && u.Scheme != "file" || strings.HasPrefix(u.Host, "-"):
		return nil, fmt.Errorf("bootstrap: %s: no URL that git understands: give https://…, ssh://…, git://…, file:///… or user@host:path", redact(b.URL))
	case !remoteSchemes[u.Scheme]:
		return nil, fmt.Errorf("bootstrap: %s: a scheme that is not for this: give https, http, ssh, git or file", redact(b.URL))
	}
	if !scp && u.User != nil {
		if _, secret := u.User.Password(); secret || u.Scheme == "https" || u.Scheme == "http" {
			return nil, fmt.Errorf("bootstrap: %s: the password would lie in the image: use a public URL, or ssh with a key", redact(b.URL))
		}
	}
	if b.Ref != "" && (!refText.MatchString(b.Ref) || strings.Contains(b.Ref, "..") || strings.Contains(b.Ref, "@{")) {
		return nil, fmt.Errorf("bootstrap: ref %q: not the name of a branch, tag or commit", b.Ref)
	}
	return bootstrap{b}, nil
}

var remoteSchemes = map[string]bool{"https": true, "http": true, "ssh": true, "git": true, "file": true}

// scpURL is user@host:path, neither part of which may be taken for an option.
var scpURL = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^-/:][^:]*$|^[A-Za-z0-9_][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:/[^:]*$`)

type bootstrap struct{ b Bootstrap }

func (b bootstrap) Describe() string {
	if b.b.Ref == "" {
		return "fetch the servo at each boot from " + redact(b.b.URL)
	}
	return fmt.Sprintf("fetch the servo at each boot from %s (%s)", redact(b.b.URL), b.b.Ref)
}

func (b bootstrap) Paths() []string { return []string{BootstrapPath} }

// script fills the text in. The values are quoted for the shell, whatever was let through before.
func (b bootstrap) script() string {
	return strings.NewReplacer("@URL@", quote(b.b.URL), "@REF@", quote(b.b.Ref)).Replace(bootstrapText)
}

// quote writes a word for the shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func (b bootstrap) Apply(t overlay.Tree) ([]overlay.Change, error) {
	for _, need := range []struct {
		what  string
		paths []string
	}{
		{"cloud-init", []string{"/usr/bin/cloud-init", "/usr/bin/cloud-init-cfg"}},
		{"git", []string{"/usr/bin/git"}},
	} {
		found := false
		for _, p := range need.paths {
			ok, err := has(t, p)
			if err != nil {
				return nil, err
			}
			found = found || ok
		}
		if !found {
			return nil, fmt.Errorf("%s: %w: fetching the servo at each boot needs %s: take an image that has it, or install the source into this one",
				need.paths[0], fs.ErrNotExist, need.what)
		}
	}
	notes, err := b.look(t)
	if err != nil {
		return nil, err
	}
	mode := fs.FileMode(0o755)
	owner := rootOwned
	changes, err := overlay.File{Path: BootstrapPath, Content: []byte(b.script()), Mode: &mode, Owner: &owner}.Apply(t)
	if err != nil {
		return nil, err
	}
	last := &changes[len(changes)-1]
	last.Notes = append(last.Notes, notes...)
	a := applying{install: install{o: EditOptions{Time: b.b.Time}}, t: t, changes: changes}
	return changes, a.stamp()
}

// minBoto is the oldest boto that the servo works with.
const minBoto = "2.8.0"

// look says what will keep the script from working at boot.
func (b bootstrap) look(t overlay.ReadTree) ([]string, error) {
	var notes []string
	r, err := overlay.Resolve(t, "/etc/cloud/cloud.cfg")
	if err != nil && !overlay.LeadsNowhere(err) {
		return nil, err
	}
	if err == nil && r.Exists() && r.Info.Mode().IsRegular() && r.Info.Size() < maxSetup {
		text, err := t.ReadFile(r.Name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Path(), err)
		}
		if !strings.Contains(string(text), "scripts-per-boot") && !strings.Contains(string(text), "scripts_per_boot") {
			notes = append(notes, r.Path()+" does not name scripts-per-boot: cloud-init will not run the script")
		}
	}
	p, err := findPython(t)
	if err != nil {
		return append(notes, "the image has no Python that is found: "+err.Error()), nil
	}
	version, err := botoVersion(t, p)
	if err != nil {
		return nil, err
	}
	switch {
	case version == "":
		notes = append(notes, "the image does not have boto, a module of Python: the script will say so and end")
	case olderThan(version, minBoto):
		notes = append(notes, fmt.Sprintf("the image has boto %s, and the servo needs %s: the script will say so and end", version, minBoto))
	}
	return notes, nil
}
