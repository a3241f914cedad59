package hygiene_test

import (
	"testing"

	"lbimage/imagebuild/check/checktest"
	"lbimage/imagebuild/check/hygiene"
)

// What a mend says in a recipe's words mends what was found.
func TestMends(t *testing.T) { checktest.WalkMends(t, hygiene.Rules(), cases) }
