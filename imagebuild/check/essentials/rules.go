package essentials

import "lbimage/imagebuild/check"

// Rules lists the rules of this package.
func Rules() []check.Rule { return nil }
