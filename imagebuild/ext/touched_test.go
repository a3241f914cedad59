package ext

import (
	"io"
	"os"
	"strings"
	"testing"
)

func newMeter(dev ReadWriterAt) *meter { return &meter{dev, map[int64]bool{}, map[int64]bool{}} }

// The meter counts blocks that are touched in part, too, and each once.
func TestMeter(t *testing.T) {
	dev, err := os.Create(t.TempDir() + "/dev")
	must(t, err)
	defer dev.Close()
	must(t, dev.Truncate(1<<20))
	for i, c := range []struct{ off, n, want int64 }{{0, 4096, 1}, {4095, 2, 2}, {10, 0, 0}, {8192, 12288, 3}, {4096, 4097, 2}} {
		m := newMeter(dev)
		for range 2 {
			_, err := m.ReadAt(make([]byte, c.n), c.off)
			must(t, err)
			_, err = m.WriteAt(make([]byte, c.n), c.off)
			must(t, err)
		}
		if len(m.reads) != int(c.want) || len(m.writes) != int(c.want) {
			t.Errorf("%d: read %d, wrote %d, want %d", i, len(m.reads), len(m.writes), c.want)
		}
	}
}

// Opening a file system of the size of a whole root, changing one file and Sync
// touch few blocks, however many there are.
func TestFewBlocksOfMany(t *testing.T) {
	const size, most = 1536 << 20, 64
	for name, args := range map[string]string{
		"ext3": "-b 4096 -I 128 -O none,large_file," + feat3,
		"ext4": "-b 4096 -I 256 -O none," + feat4,
		"csum": "-b 4096 -I 256 -O none," + feat8,
		"1k":   "-b 1024 -I 256 -O none," + feat4,
	} {
		t.Run(name, func(t *testing.T) {
			img := makeImage(t, size, 0, strings.Fields(args)...)
			f := edit(t, img)
			must(t, f.MkdirAll("etc/load-balancer-servo", 0o755))
			for i := range 500 {
				must(t, f.WriteFile("etc/file"+itoa(uint32(i)), data("f", i*97), 0o644))
			}
			must(t, f.WriteFile("etc/load-balancer-servo/haproxy_template.conf", data("t", 900), 0o644))
			must(t, f.WriteFrom("large", io.LimitReader(zeroes{}, 100<<20), 0o644))
			must(t, f.Sync())
			for what, change := range map[string]func(f *FS) error{
				"replace": func(f *FS) error {
					return f.WriteFile("etc/load-balancer-servo/haproxy_template.conf", data("u", 1100), 0o644)
				},
				"add":      func(f *FS) error { return f.WriteFile("etc/added", data("new", 20_000), 0o644) },
				"append":   func(f *FS) error { return appendTo(f, "etc/file77", "more") },
				"remove":   func(f *FS) error { return f.Remove("etc/file99") },
				"truncate": func(f *FS) error { return f.Truncate("etc/file98", 11) },
			} {
				m := newMeter(img)
				f, err := OpenWritable(m, size, Options{Time: editTime})
				must(t, err)
				must(t, change(f))
				must(t, f.Sync())
				t.Logf("%s: %d blocks read, %d written", what, len(m.reads), len(m.writes))
				if len(m.reads)+len(m.writes) >= most {
					t.Errorf("%s: %d blocks read, %d written: as many as %d are too many", what, len(m.reads), len(m.writes), most)
				}
			}
			// The meter sees what touches more.
			m := newMeter(img)
			f, err := OpenWritable(m, size, Options{Time: editTime})
			must(t, err)
			must(t, f.Truncate("large", 1))
			must(t, f.WriteFile("etc/large", data("large", most*4096), 0o644))
			must(t, f.Sync())
			if len(m.reads)+len(m.writes) < most {
				t.Errorf("%d blocks read, %d written for %d blocks of data", len(m.reads), len(m.writes), most)
			}
			judge(t, img.Name())
		})
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func appendTo(f *FS, name, text string) error {
	w, err := f.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = w.Write([]byte(text))
	return err
}
