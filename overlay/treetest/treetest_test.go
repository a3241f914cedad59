package treetest_test

import (
	"testing"

	"lbimage/overlay"
	"lbimage/overlay/treetest"
)

func TestMemory(t *testing.T) {
	treetest.Run(t, func(*testing.T) overlay.Tree { return treetest.NewMemory() })
}
