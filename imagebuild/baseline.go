package imagebuild

import (
	"context"
	"sync"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/all"
	"lbimage/imagebuild/source"
	"lbimage/kickstart/grammar"
)

// baseline is what the checks find in a source before any edit. It is looked for beside other work, and once for all
// profiles that are checked for the same.
type baseline struct {
	src  *source.Source
	mu   sync.Mutex
	kept map[baselineKey]func() ([]check.Finding, error)
}

// baselineKey is what the findings of a source depend on.
type baselineKey struct {
	purpose   check.Profile
	kickstart string // its path
	version   grammar.Version
}

func newBaseline(src *source.Source) *baseline {
	return &baseline{src: src, kept: map[baselineKey]func() ([]check.Finding, error){}}
}

// begin starts to look; what it gives waits for the findings.
func (b *baseline) begin(ctx context.Context, c Checks, tempDir string) func() ([]check.Finding, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c.Asked = check.Asked{} // that a source lacks what a recipe asks for is no excuse: it is why the recipe asks
	key := baselineKey{c.For, c.KickstartPath, c.KickstartVersion}
	if wait := b.kept[key]; wait != nil {
		return wait
	}
	type answer struct {
		found []check.Finding
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		found, err := original(b.src, tempDir).look(ctx, c, check.Inheritable(all.Rules()))
		done <- answer{found.findings, err}
	}()
	wait := sync.OnceValues(func() ([]check.Finding, error) {
		a := <-done
		return a.found, a.err
	})
	b.kept[key] = wait
	return wait
}
