package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
	"fmt"
)

func TestAsk(t *testing.T) {
	stop := make(chan bool)
	go func() {
		best := uint64(0)
		for {
			select {
			case <-stop:
				fmt.Println("heap", best>>20)
				return
			case <-time.After(20 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				if m.HeapAlloc > best+(8<<20) {
					best = m.HeapAlloc
					f, _ := os.Create("/tmp/hz/heap.prof")
					_ = pprof.WriteHeapProfile(f)
					f.Close()
				}
			}
		}
	}()
	code, out := called(t, strings.Fields(os.Getenv("ASK"))...)
	stop <- true
	fmt.Println(code, len(out))
}
