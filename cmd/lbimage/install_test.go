package main

import "testing"

func TestSplitRef(t *testing.T) {
	for text, want := range map[string][2]string{
		"../servo":                             {"../servo", ""},
		"../servo@master":                      {"../servo", "master"},
		"/src/a@b/servo@v1.4.0":                {"/src/a@b/servo", "v1.4.0"},
		"https://example.com/servo.git":        {"https://example.com/servo.git", ""},
		"https://example.com/servo.git@v1.4.0": {"https://example.com/servo.git", "v1.4.0"},
		"https://me@example.com/servo.git":     {"https://me@example.com/servo.git", ""},
		"git@example.com:servo.git":            {"git@example.com:servo.git", ""},
		"https://example.com":                  {"https://example.com", ""},
		"git@example.com:servo.git@main":       {"git@example.com:servo.git", "main"},
		"servo@feature/x":                      {"servo", "feature/x"},
	} {
		if source, ref := splitRef(text); source != want[0] || ref != want[1] {
			t.Errorf("%s: %q and %q", text, source, ref)
		}
	}
}
