package rpm

import "time"

// Change is an entry of a package's changelog.
type Change struct {
	Time time.Time // UTC; rpmbuild takes noon of the day
	Name string    // who, and often in which version: "A B <a@b.c> - 1.0-1"
	Text string    // what, in lines
}

// readChangelog reads the changelog, the latest entry first as it stands there.
func readChangelog(t *tags) ([]Change, error) {
	times, err := t.ints(tagChangelogTime)
	if err != nil {
		return nil, err
	}
	names, err := t.strings(tagChangelogName)
	if err != nil {
		return nil, err
	}
	texts, err := t.strings(tagChangelogText)
	if err != nil {
		return nil, err
	}
	if len(times) != len(names) || len(times) != len(texts) {
		return nil, damaged("header", "its changelog has %d times, %d names and %d texts", len(times), len(names), len(texts))
	}
	var out []Change
	for i := range times {
		out = append(out, Change{time.Unix(int64(uint32(times[i])), 0).UTC(), names[i], texts[i]})
	}
	return out, nil
}
