package fsck

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestCLI(t *testing.T) {
	for _, p := range strings.Fields(os.Getenv("IMGS")) {
		f, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		st, _ := f.Stat()
		var off int64
		if strings.Contains(p, "-mbr") || strings.Contains(p, "-gpt") {
			off = 1 << 20
		}
		for i := 0; i < 2; i++ {
			t0 := time.Now()
			ps, err := Check(context.Background(), offReader{f, off}, st.Size()-off, Options{Now: time.Now()})
			var ms runtime.MemStats
			runtime.ReadMemStats(&ms)
			fmt.Println(p, len(ps), err, time.Since(t0), "sys", ms.Sys>>20, "alloc", ms.TotalAlloc>>20)
			if i == 0 {
				for j, pr := range ps {
					if j < 8 {
						fmt.Println("   ", pr)
					}
				}
			}
		}
		f.Close()
	}
}

type offReader struct {
	f   *os.File
	off int64
}

func (r offReader) ReadAt(b []byte, o int64) (int, error) { return r.f.ReadAt(b, o+r.off) }
