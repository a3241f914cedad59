package main

import (
	"io"
	"lbimage/imagebuild/source"
	"os"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/sys/unix"
)

// progress draws a bar a stage on standard error, where that is a terminal.
// A nil *progress draws nothing.
type progress struct {
	mu    sync.Mutex
	bars  *mpb.Progress
	stage source.Stage
	bar   *mpb.Bar
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if _, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err != nil {
		return nil
	}
	return &progress{bars: mpb.New(mpb.WithOutput(f), mpb.WithWidth(40))}
}

// update has the type of source.Progress.
func (p *progress) update(stage source.Stage, done, total int64) {
	if p == nil || total <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar == nil || p.stage != stage {
		p.finish()
		p.stage = stage
		p.bar = p.bars.AddBar(total, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(string(stage)+" ", decor.WCSyncSpaceR)),
			mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f"), decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 6})))
	}
	p.bar.SetCurrent(min(done, total))
}

func (p *progress) finish() {
	if p.bar != nil {
		p.bar.Abort(true)
		p.bar = nil
	}
}

// close takes the bars off the screen; what is printed afterwards stands alone.
func (p *progress) close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.finish()
	p.mu.Unlock()
	p.bars.Wait()
}
