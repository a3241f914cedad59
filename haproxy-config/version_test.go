package haproxyconfig

import (
	"slices"
	"testing"
)

func TestVersions(t *testing.T) {
	ordered := []string{"1.4.6", "1.5-dev18", "1.5-dev22", "1.5", "1.5.18", "1.6.0", "2.6.12-1+deb12u4", "2.10", "3.0-dev1", "3.0.0"}
	var all []Version
	for _, s := range ordered {
		v, err := ParseVersion(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	for i, v := range all {
		for j, w := range all {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := v.Compare(w); got != want {
				t.Errorf("%s and %s compare as %d", ordered[i], ordered[j], got)
			}
			if v.Since(w) != (want >= 0) || v.Before(w) != (want < 0) {
				t.Errorf("%s since or before %s is wrong", ordered[i], ordered[j])
			}
		}
	}
	var strings []string
	for _, v := range all {
		strings = append(strings, v.String())
	}
	want := []string{"1.4.6", "1.5-dev18", "1.5-dev22", "1.5.0", "1.5.18", "1.6.0", "2.6.12", "2.10.0", "3.0-dev1", "3.0.0"}
	if !slices.Equal(strings, want) {
		t.Errorf("versions read %v", strings)
	}
	for _, bad := range []string{"", "1", "1.x", "x.5", "0.0", "1.5-dev", "-1.5", "1..5", "1.99999999999"} {
		if v, err := ParseVersion(bad); err == nil {
			t.Errorf("%q is taken for %s", bad, v)
		}
	}
	var unknown Version
	if unknown.Known() || unknown.Since(all[0]) || unknown.Before(all[0]) || unknown.String() != "unknown" {
		t.Error("the zero version is not unknown")
	}
	if DialectOf(unknown) != Modern || DialectOf(all[4]) != Legacy || DialectOf(all[5]) != Modern {
		t.Error("a version has the wrong dialect")
	}
}
