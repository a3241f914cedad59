package rpm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"
)

// record makes a package's header one of the database, with entries that were added.
func record(t testing.TB, r *raw, added map[int32]rawTag) []byte {
	t.Helper()
	region := putHeader(r.main, 63)
	n, size := binary.BigEndian.Uint32(region[8:]), binary.BigEndian.Uint32(region[12:])
	index, store := region[16:][:16*n], bytes.Clone(region[16+16*n:][:size])
	be := binary.BigEndian
	for _, tag := range slices.Sorted(maps.Keys(added)) {
		v := added[tag]
		for len(store)%8 != 0 {
			store = append(store, 0)
		}
		index = slices.Concat(index, be.AppendUint32(be.AppendUint32(be.AppendUint32(be.AppendUint32(nil, uint32(tag)), v.kind), uint32(len(store))), v.count))
		store = append(store, v.data...)
		n++
	}
	out := be.AppendUint32(be.AppendUint32(nil, n), uint32(len(store)))
	return slices.Concat(out, index, store)
}

func TestParseInstalled(t *testing.T) {
	b := writeBytes(t, small())
	want := mustOpen(t, b)
	states := make([]byte, len(want.Files))
	states[1] = 2
	got, err := ParseInstalled(record(t, takeApart(t, b), map[int32]rawTag{
		1008: int32Tag(1_400_000_000), 1029: {1, uint32(len(states)), states},
		1003: int32Tag(7), // an epoch that came later
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != "small-7:1.1.0-0.212.el6.x86_64" || !got.HasEpoch || !got.InstallTime.Equal(time.Unix(1_400_000_000, 0)) || !bytes.Equal(got.States, states) {
		t.Errorf("%v, %v, %v, %v", got, got.HasEpoch, got.InstallTime, got.States)
	}
	if len(got.Files) != len(want.Files) || got.Files[0].Path != want.Files[0].Path || got.Files[0].Digest != want.Files[0].Digest {
		t.Errorf("files: %v", got.Files)
	}
	if h := got.Files[0].NewDigest(); h == nil {
		t.Error("no way to compute its digest")
	}
	if _, err := got.VerifySignatures(t.Context(), new(Keyring)); !errors.Is(err, errNoPayload) {
		t.Errorf("signatures: %v", err)
	}
	if _, err := got.Payload(t.Context()); !errors.Is(err, errNoPayload) {
		t.Errorf("payload: %v", err)
	}
}

func TestParseInstalledRefuses(t *testing.T) {
	r := takeApart(t, writeBytes(t, small()))
	good := record(t, r, nil)
	var damage *DamageError
	for name, b := range map[string][]byte{
		"nothing":   {},
		"short":     good[:7],
		"truncated": good[:len(good)-1],
		"longer":    append(bytes.Clone(good), 0),
		"no entry":  make([]byte, 8),
		"entries":   append([]byte{0xff, 0xff, 0xff, 0xff}, good[4:]...),
		"values":    slices.Concat(good[:4], []byte{0x7f, 0xff, 0xff, 0xff}, good[8:]),
		"region":    slices.Concat(good[:16], []byte{0x7f, 0xff, 0xff, 0xff}, good[20:]),
		"states":    record(t, r, map[int32]rawTag{1029: {1, 2, []byte{0, 0}}}),
		"overlap":   slices.Concat(good[:32], []byte{0xff, 0xff, 0xff, 0xf0}, good[36:]),
	} {
		if _, err := ParseInstalled(b); !errors.As(err, &damage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseInstalled(f *testing.F) {
	f.Add(record(f, takeApart(f, writeBytes(f, small())), map[int32]rawTag{1008: int32Tag(1)}))
	f.Add(make([]byte, 8))
	f.Fuzz(func(t *testing.T, b []byte) {
		used := allocated(func() {
			p, err := ParseInstalled(b)
			if err == nil && p.Name == "" {
				t.Error("a package without a name")
			}
		})
		if used > 64<<20 && len(b) < 1<<20 {
			t.Errorf("%d bytes make it allocate %d MiB", len(b), used>>20)
		}
	})
}
