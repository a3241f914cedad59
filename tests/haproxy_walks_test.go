package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGeneratedAgreeWithHAProxy holds the linter against haproxy on configurations made at
// random. HAPROXY_SEED and HAPROXY_COUNT ask for others and for more of them.
func TestGeneratedAgreeWithHAProxy(t *testing.T) {
	t.Parallel()
	h := findHAProxy(t)
	need(t, "python3")
	seed, count := os.Getenv("HAPROXY_SEED"), os.Getenv("HAPROXY_COUNT")
	if seed == "" {
		seed = "1"
	}
	if count == "" {
		count = "120"
	}
	folder := t.TempDir()
	if out, err := exec.Command("python3", "haproxy/generate.py", seed, count, folder).CombinedOutput(); err != nil {
		t.Fatalf("generate.py: %v\n%s", err, out)
	}
	each(configurations(t, folder), func(name string) {
		config, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
			return
		}
		found := lintDifferences(name, lintFile(folder, config), h.judge(t, folder, name), nil)
		for _, d := range found {
			t.Errorf("seed %s: %s", seed, d)
		}
		if len(found) > 0 {
			t.Logf("%s:\n%s", name, config)
		}
	})
}
