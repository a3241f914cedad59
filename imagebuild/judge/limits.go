package judge

import "time"

// Limits are what one run may use. A zero means the default.
type Limits struct {
	// Time is how long it may take: 10 seconds.
	Time time.Duration
	// CPU is how much computing it may do, in whole seconds: 10.
	CPU time.Duration
	// Memory is how many bytes of address space each process may have: 1 GiB.
	Memory int64
	// Output is how many bytes of its output are kept: 1 MiB. Sixteen times that is taken for a fault of
	// the program, and ends it.
	Output int64
}

func (l Limits) orDefault() Limits {
	if l.Time <= 0 {
		l.Time = 10 * time.Second
	}
	if l.CPU <= 0 {
		l.CPU = 10 * time.Second
	}
	if l.Memory <= 0 {
		l.Memory = 1 << 30
	}
	if l.Output <= 0 {
		l.Output = 1 << 20
	}
	return l
}

// What cannot be chosen: HAProxy needs no more for looking at a configuration.
const (
	limitProcesses = 16
	limitOpenFiles = 1024
	limitFile      = 16 << 20 // without a sandbox: 2.7 to 3.0 keep their messages in shared memory
)

// bounded keeps the beginning of what is written to it, and calls stop when there is no end to it.
type bounded struct {
	limit, seen int64
	kept        []byte
	stop        func()
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.limit - int64(len(b.kept)); room > 0 {
		b.kept = append(b.kept, p[:min(room, int64(len(p)))]...)
	}
	before := b.seen
	b.seen += int64(len(p))
	if flood := 16 * b.limit; before <= flood && b.seen > flood {
		b.stop()
	}
	return len(p), nil
}

func (b *bounded) truncated() bool { return b.seen > int64(len(b.kept)) }
func (b *bounded) flooded() bool   { return b.seen > 16*b.limit }
