package access_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/access"
	"lbimage/overlay/treetest"
)

// Fifty thousand parameters whose values are right cost no more than their file: it is not read again for each.
func TestManySysctls(t *testing.T) {
	var text strings.Builder
	for i := 0; text.Len() < 1<<20-40; i++ {
		fmt.Fprintf(&text, "net.a%d = %d\n", i, i)
	}
	text.WriteString("net.ipv4.ip_forward = maybe\n")
	s := &check.Subject{Tree: treetest.Fill(map[string]string{"etc/sysctl.conf": text.String()})}
	for _, r := range access.Rules() {
		if r.Name != "sysctl-value" {
			continue
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		found, err := r.Find(context.Background(), s)
		runtime.ReadMemStats(&after)
		if err != nil || len(found) != 1 {
			t.Errorf("%v, %v", found, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
			t.Errorf("%d MiB were taken", used>>20)
		}
		return
	}
	t.Error("there is no such rule")
}
