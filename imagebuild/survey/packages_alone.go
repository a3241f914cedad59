package survey

import (
	"context"

	"lbimage/overlay"
)

// PackagesOf reads the packages alone, without their files, owners and dependencies, which are most of what [Of] keeps.
func PackagesOf(ctx context.Context, t overlay.ReadTree, o Options) (Packages, error) {
	o.noFiles = true
	return packagesOf(ctx, t, o)
}
