package access_test

import (
	"testing"

	"lbimage/imagebuild/check/access"
	"lbimage/imagebuild/check/checktest"
)

// What a mend says in a recipe's words mends what was found.
func TestMends(t *testing.T) { checktest.WalkMends(t, access.Rules(), cases) }
