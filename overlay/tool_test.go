package overlay_test

import "lbimage/tests/needs"

// judge finds a program that judges a test.
var judge = needs.Program
