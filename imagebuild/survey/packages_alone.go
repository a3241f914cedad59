package survey

import (
	"context"

	"lbimage/overlay"
)

// PackagesOf reads the packages alone, as [Of] does with all the rest.
func PackagesOf(ctx context.Context, t overlay.ReadTree, o Options) (Packages, error) {
	return packagesOf(ctx, t, o)
}
