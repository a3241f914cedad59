package sbom

import (
	"strings"
	"testing"

	"github.com/github/go-spdx/v2/spdxexp"
)

func TestExpression(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "NOASSERTION",
		" \n":                               "NOASSERTION",
		"MIT":                               "MIT",
		"mit":                               "MIT",
		"GPLv2+":                            "GPL-2.0-or-later",
		"GPLv2 or later":                    "GPL-2.0-or-later",
		"GPL+ or Artistic":                  "GPL-1.0-or-later OR Artistic-1.0-Perl",
		"GPLv2+ and LGPLv2+ and BSD":        "GPL-2.0-or-later AND LGPL-2.0-or-later AND LicenseRef-BSD",
		"(GPLv2+ or MIT) and ASL 2.0":       "(GPL-2.0-or-later OR MIT) AND Apache-2.0",
		"GPLv3+ and GPLv3+ with exceptions": "GPL-3.0-or-later AND LicenseRef-GPLv3--with-exceptions-",
		"GPL-2.0":                           "GPL-2.0-only",
		"GPL-2.0+":                          "GPL-2.0-or-later",
		"GPL-2.0-or-later WITH GCC-exception-2.0":         "GPL-2.0-or-later WITH GCC-exception-2.0",
		"gpl-2.0-or-later with gcc-exception-2.0 AND mit": "GPL-2.0-or-later WITH GCC-exception-2.0 AND MIT",
		"GPL-2+ and (LGPL-2.1+ or MIT)":                   "GPL-2.0-or-later AND (LGPL-2.1-or-later OR MIT)",
		"GPL-2+, and Expat":                               "GPL-2.0-or-later AND MIT",
		"GPL-1+ or Artistic, and BSD-3-clause":            "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND BSD-3-Clause",
		"A1 and MIT, or ISC":                              "LicenseRef-A1 AND MIT OR ISC",
		"((MIT or ISC)) and zlib":                         "(MIT OR ISC) AND Zlib",
		"(MIT) or (ISC or curl), and (zlib)":              "(MIT OR (ISC OR curl)) AND Zlib",
		"MIT, ISC":                                        "MIT AND ISC",
		"MIT and MIT":                                     "MIT",
		"((((MIT))))":                                     "MIT",
		"Public Domain":                                   "LicenseRef-Public-Domain-",
		"LicenseRef-mine":                                 "LicenseRef-mine",
		"MIT and":                                         "LicenseRef-MIT-and-",
		"(MIT":                                            "LicenseRef--MIT-",
		"pubkey":                                          "LicenseRef-pubkey",
		"a\u202eb":                                        "LicenseRef-a-b-",
		"\x01":                                            "LicenseRef---",
	} {
		l := newLicenses()
		got := l.expression(text)
		if strings.HasSuffix(want, "-") && len(got) == len(want)+8 {
			got = got[:len(want)]
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
		if first, second := l.expression(text), l.expression(text); first != second {
			t.Errorf("%q: two answers: %s, %s", text, first, second)
		}
	}
}

// Two licences never share a name.
func TestRefsDiffer(t *testing.T) {
	l := newLicenses()
	seen := map[string]string{}
	for _, text := range []string{"a b", "a-b", "a/b", "a_b", "LicenseRef-a-b", strings.Repeat("x", 90), strings.Repeat("x", 91), "é", "è"} {
		ref := l.ref(text)
		if other, ok := seen[ref]; ok && !(text == "LicenseRef-a-b" && other == "a-b") {
			t.Errorf("%q and %q are both %s", other, text, ref)
		}
		seen[ref] = text
	}
}

// All that the tables say is in SPDX's list, and not among what it gave up.
func TestTables(t *testing.T) {
	for _, table := range []map[string]string{shortNames, withExceptions} {
		for name, id := range table {
			if name != strings.ToLower(name) {
				t.Errorf("%q is not in small letters", name)
			}
			valid, bad := spdxexp.ValidateAndNormalizeLicensesWithOptions([]string{id}, spdxexp.ValidateLicensesOptions{FailDeprecatedLicenses: true})
			if len(bad) > 0 || len(valid) != 1 || valid[0] != id {
				t.Errorf("%s: SPDX has no %s", name, id)
			}
		}
	}
}

// Whatever a package says, what comes out is an expression, and each LicenseRef in it has its text.
func FuzzExpression(f *testing.F) {
	for _, s := range []string{"GPLv2+ and (MIT or BSD)", "GPLv2+ with exceptions", "((", "LicenseRef-x AND DocumentRef-y:LicenseRef-z", "a and/or b, c", "MIT+", "NONE"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := newLicenses()
		e := l.expression(text)
		if e == noAssertion {
			return
		}
		if ok, bad := spdxexp.ValidateLicenses([]string{e}); !ok {
			t.Errorf("%q: %s is no expression: %q", text, e, bad)
		}
		for _, w := range strings.FieldsFunc(e, func(c rune) bool { return c == ' ' || c == '(' || c == ')' }) {
			if _, ok := l.texts[w]; strings.HasPrefix(w, "LicenseRef-") && !ok {
				t.Errorf("%q: %s has no text", text, w)
			}
		}
	})
}
