package survey

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"lbimage/overlay/treetest"
)

// A list that a configuration of sshd spreads over a hundred thousand lines is put together once, not line by line.
func TestLongListOfSSHD(t *testing.T) {
	var text strings.Builder
	n := 0
	for ; text.Len() < 1<<20-40; n++ {
		fmt.Fprintf(&text, "AllowUsers u%d\n", n)
	}
	tree := treetest.Fill(map[string]string{"etc/ssh/sshd_config": text.String()})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := sshdOf(tree, nil)
	runtime.ReadMemStats(&after)
	o, _ := got.Option("AllowUsers")
	if words := strings.Fields(o.Value); len(words) != n || words[n-1] != fmt.Sprintf("u%d", n-1) || o.Line != 1 {
		t.Errorf("%d words of %d, line %d", len(words), n, o.Line)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
		t.Errorf("%d MiB were taken", used>>20)
	}
}
