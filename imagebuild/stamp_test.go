package imagebuild

import "testing"

func TestParseEpoch(t *testing.T) {
	if stamp, err := ParseEpoch("1400000000"); err != nil || stamp.Unix() != 1400000000 {
		t.Errorf("%v, %v", stamp, err)
	}
	if stamp, err := ParseEpoch(""); err != nil || !stamp.IsZero() {
		t.Errorf("unset: %v, %v", stamp, err)
	}
	for _, bad := range []string{"yesterday", "-1", "1.5", "99999999999999"} {
		if _, err := ParseEpoch(bad); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}
