package haproxyconfig

import (
	"errors"
	"fmt"
	"lbimage/haproxy-config/internal/haproxytest"
	"strings"
	"testing"
	"time"
)

var goodTimes = map[string]time.Duration{
	"0": 0, "0s": 0, "1000": time.Second, "500ms": 500 * time.Millisecond, "5us": 5 * time.Microsecond, "10s": 10 * time.Second,
	"2m": 2 * time.Minute, "1h": time.Hour, "1d": 24 * time.Hour, "24d": 24 * 24 * time.Hour, "00005s": 5 * time.Second,
	"2147483647": MaxTime, "596h": 596 * time.Hour,
}

var badTimes = map[string]string{ // a word of the reason
	"": "empty", "10x": "unknown unit", "-5": "negative", "+5s": "sign", "1.5s": "fraction", "5S": "capitals", "5MS": "capitals",
	"0x10": "unknown unit", "1w": "unknown unit", "abc": "no number", "s": "no number", "ms": "no number", "5u": "unknown unit",
	"25d": "limit", "2147483648": "limit", "99999999999999999999": "limit", "597h": "limit", "2 m": "blank", " 5s": "no number", "5s\xff": "after its unit",
	"1m30s": "after its unit", "5s,": "after its unit", "5ss": "after its unit", "5msx": "after its unit", "5sm": "after its unit", "5s ": "after its unit",
}

func TestParseTime(t *testing.T) {
	for value, want := range goodTimes {
		if got, err := ParseTime(value); got != want || err != nil {
			t.Errorf("%q gives %v, %v", value, got, err)
		}
	}
	for value, want := range badTimes {
		got, err := ParseTime(value)
		var te *TimeError
		if !errors.As(err, &te) || !strings.Contains(err.Error(), want) || got != 0 {
			t.Errorf("%q gives %v, %v; not a word of %q", value, got, err, want)
			continue
		}
		if te.Misread != (want == "after its unit") {
			t.Errorf("%q is misread: %v", value, te.Misread)
		}
	}
	var te *TimeError
	if _, err := ParseTime("1m30s"); !errors.As(err, &te) || te.ReadAs != time.Minute {
		t.Errorf("1m30s: %v", err)
	}
	if got, err := ParseTimeUnit("5", time.Second); got != 5*time.Second || err != nil {
		t.Errorf("5 in seconds is %v, %v", got, err)
	}
}

// TestTimesAgreeWithHAProxy: what is good here is good there, what is misread
// here is taken there, and the rest is refused.
func TestTimesAgreeWithHAProxy(t *testing.T) {
	t.Parallel()
	j := haproxytest.New(t)
	if versionOf(j).Before(Version{Major: 2, Minor: 4}) {
		t.Skipf("haproxy %s takes more", j.Version)
	}
	for value := range goodTimes {
		if v := j.Check(t, fmt.Appendf(nil, "defaults\n timeout queue %s\n", value)); !v.Good() || strings.Contains(v.Output, "WARNING") {
			t.Errorf("haproxy refuses %q: %s", value, v.Output)
		}
	}
	for value, reason := range badTimes {
		if strings.Contains(value, " ") || strings.Contains(value, "\xff") || value == "" {
			continue // not one word, or none
		}
		v := j.Check(t, fmt.Appendf(nil, "defaults\n timeout queue %s\n", value))
		misread := reason == "after its unit"
		if v.Good() != misread || misread != strings.Contains(v.Output, "after the timer value") {
			t.Errorf("haproxy on %q (%s): exit %d, %s", value, reason, v.Exit, v.Output)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for v := range goodTimes {
		f.Add(v)
	}
	for v := range badTimes {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		d, err := ParseTime(value)
		if d < 0 || d > MaxTime || err != nil && d != 0 {
			t.Fatalf("%q gives %v, %v", value, d, err)
		}
		if err == nil && (!isDigit(value[0]) || strings.ContainsAny(value, " +-.")) {
			t.Fatalf("%q is taken for %v", value, d)
		}
	})
}
