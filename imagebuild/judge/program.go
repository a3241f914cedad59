package judge

import (
	"context"
	"errors"
	"fmt"
	"os"

	"lbimage/imagebuild/ldso"
	"lbimage/overlay"
)

// Options say how a program is taken and run. The zero value is safe.
type Options struct {
	// TempDir is where the program and its libraries are copied to, as a file without a name: the system's
	// temporary folder when empty.
	TempDir string
	// MaxFiles and MaxBytes limit what is copied: 256 files, 256 MiB.
	MaxFiles int
	MaxBytes int64
	// Limits are for each run.
	Limits Limits
	// AllowUnsandboxed lets a program from an image run without a sandbox where this machine gives none. It
	// then has the rights of the user (of nobody, where the user is root) and the network: set it for images
	// that are trusted as one's own programs are. Such a run has a folder lbimage-judge-* in TempDir; a SIGKILL
	// meanwhile leaves it there.
	AllowUnsandboxed bool
	// NoSandbox does not even try.
	NoSandbox bool
}

// Program is a HAProxy that is ready to judge. It may be asked by several goroutines at the same time.
type Program struct {
	path    string
	image   bool
	binary  Binary
	tree    Tree
	options Options
	store   *os.File // with the closure's files; anonymous
	closure closure
	lacking error // why there is no closure, and with it no sandbox
}

// FromTree takes a HAProxy out of an image, with all it needs. That this machine cannot run it, or that the
// image lacks a part of it, is an [ErrNoVerdict].
//
// The tree is read again when a configuration names files; it must stay open as long as the program.
func FromTree(t Tree, name string, o Options) (*Program, error) {
	r, err := overlay.Resolve(t, name)
	if overlay.LeadsNowhere(err) || err == nil && !r.Exists() {
		return nil, silent("%s: the image has no such file", name)
	}
	if err != nil {
		return nil, err
	}
	b, err := InspectTree(t, name)
	var bad ldso.Damaged
	if errors.As(err, &bad) {
		return nil, silent("the image's HAProxy cannot be used: %w", err)
	}
	if err != nil {
		return nil, err
	}
	if err := b.Runs(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &Program{path: name, image: true, binary: b, tree: t, options: o}
	if err := p.copy(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// copy makes the closure, in a file without a name: a process that is killed leaves nothing behind.
func (p *Program) copy() error {
	maxFiles, maxBytes := p.options.MaxFiles, p.options.MaxBytes
	if maxFiles <= 0 {
		maxFiles = defaultFiles
	}
	if maxBytes <= 0 {
		maxBytes = defaultBytes
	}
	store, err := anonymous(p.options.TempDir)
	if err != nil {
		return err
	}
	c, err := collect(p.tree, p.path, p.binary, store, maxFiles, maxBytes)
	if err != nil {
		store.Close()
		return err
	}
	p.store, p.closure = store, c
	return nil
}

// Binary is what the program tells of itself.
func (p *Program) Binary() Binary { return p.binary }

// Path is where it lies: in the image, or on this machine.
func (p *Program) Path() string { return p.path }

// Close gives the space of the copy back. A second call does nothing.
func (p *Program) Close() error {
	if p.store == nil {
		return nil
	}
	if err := p.store.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// Check has the program judge a configuration. That it could not, or did not answer, is an [ErrNoVerdict].
func (p *Program) Check(ctx context.Context, c Config) (Verdict, error) {
	if err := ctx.Err(); err != nil {
		return Verdict{}, err
	}
	files, err := place(c)
	if err != nil {
		return Verdict{}, err
	}
	tree := c.Tree
	if tree == nil {
		tree = p.tree
	}
	if tree != nil {
		if err := files.gather(tree, p.closure); err != nil {
			return Verdict{}, err
		}
	}
	if err := files.check(p.closure); err != nil {
		return Verdict{}, err
	}
	a := p.adaptation(c, files)
	why := errors.New("it is switched off")
	if !p.options.NoSandbox {
		if why = p.lacking; why == nil {
			v, err := p.sandboxed(ctx, files, a)
			var none noSandbox
			if !errors.As(err, &none) {
				return v, err
			}
			why = none
		}
	}
	if p.image && !p.options.AllowUnsandboxed {
		return Verdict{}, silent("the image's HAProxy was not run, because there is no sandbox here to run it in: %w; "+
			"allow user namespaces, name a HAProxy of this machine, or allow it to run without a sandbox if the image is trusted", why)
	}
	v, err := p.unsandboxed(ctx, files, a)
	if err != nil {
		return Verdict{}, err
	}
	v.Notes = append([]string{fmt.Sprintf("HAProxy was run without a sandbox: %v", why)}, v.Notes...)
	return v, nil
}

// adaptation is what has to change in the texts, wherever they are judged. The image's own program in a
// sandbox finds everything as in the image; one of this machine lacks the image's users and files.
func (p *Program) adaptation(c Config, files placed) adaptation {
	a := adaptation{why: "this machine has none of that name"}
	if p.image {
		return adaptation{}
	}
	a.hasUser = p.names(files, "/etc/passwd")
	a.hasGroup = p.names(files, "/etc/group")
	if c.Tree == nil { // the files that are not given need not be missing where the configuration will be used
		a.hasFile = func(name string) bool {
			clean, err := cleanName(name)
			return err == nil && files.has[clean]
		}
	}
	return a
}

// names gives who is in the passwd or group that the program will see; nil when the caller gives one, which
// then is as it has to be.
func (p *Program) names(files placed, name string) func(string) bool {
	if files.has[name] {
		return nil
	}
	b, err := ldso.Small(p.tree, name, maxSmall)
	if err != nil {
		b = nil
	}
	have := accounts(b)
	return func(n string) bool { return have[n] }
}
