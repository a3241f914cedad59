package verify

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"lbimage/imagebuild"
	"lbimage/imagebuild/sbom"
)

// buildAll builds with everything that can stand beside an image.
func (s shop) buildAll(t testing.TB) {
	t.Helper()
	b := imagebuild.Builder{Recipe: s.recipe(t)}
	b.Job = imagebuild.Job{Version: "v1", Replace: true, Provenance: true, SBOM: []sbom.Format{sbom.SPDX, sbom.CycloneDX}, RPM: &imagebuild.RPMOutput{}}
	b.Job.HAProxy.LintOnly, b.Job.Open.TempDir = true, s.dir
	_, err := b.Build(ctx)
	must(t, err)
}

const theRPM = "eucalyptus-load-balancer-image-1.1.0-0.213.el6.x86_64.rpm"

var besideNames = []string{theRPM, "lb-production.spdx.json", "lb-production.cdx.json", "lb-production.intoto.json", "lb-production.tgz.json"}

func verdicts(r *Report) string {
	var out []string
	for _, b := range r.Beside {
		out = append(out, b.Role+" "+string(b.Verdict))
	}
	return strings.Join(out, ", ")
}

// What stands beside an output is made once more, and each of these files that was changed is named.
func TestBeside(t *testing.T) {
	s := newShop(t, "ext3")
	s.write(t, "lbimage.yaml", []byte(strings.Replace(recipeText, `output: {name: "lb-{profile}"}`, `output: {name: "lb-{profile}", rpm: {release: 0.213.el6}}`, 1)))
	s.buildAll(t)
	const all = "rpm same, sbom-spdx same, sbom-cyclonedx same, provenance same, record same"
	for _, by := range append([]string{"lb-production.tgz"}, besideNames...) {
		r := s.verify(t, Options{Output: s.path(by)})
		if !r.OK() || verdicts(r) != all || r.Output.Name != s.path("lb-production.tgz") {
			t.Errorf("by %s: %s: %+v", by, verdicts(r), r.Beside)
		}
	}
	// By another version the same is made, as the record claims.
	if r := s.verify(t, Options{Version: "v2"}); !r.OK() || verdicts(r) != all || len(r.Keys) != 1 {
		t.Errorf("%+v", r)
	}
	for i, name := range besideNames {
		was, err := os.ReadFile(s.path(name))
		must(t, err)
		b := bytes.Clone(was)
		at := len(b) / 2
		if name == "lb-production.tgz.json" {
			at = bytes.Index(b, []byte(`"changed":`)) + 30
			for b[at] < '0' || b[at] > '9' {
				at++
			}
		}
		if name == "lb-production.intoto.json" {
			at = bytes.Index(b, []byte(`"sha256": "`)) + 20
		}
		b[at] ^= 1
		s.write(t, name, b)
		r := s.verify(t, Options{})
		var bad []string
		for _, x := range r.Beside {
			if x.Verdict == VerdictDiffers {
				bad = append(bad, x.Path)
				if x.Note == "" || x.Actual.SHA256 == x.Rebuild.SHA256 {
					t.Errorf("%+v", x)
				}
			}
		}
		if !r.Same || r.OK() || !slices.Equal(bad, []string{s.path(name)}) {
			t.Errorf("%s changed: %q", name, bad)
		}
		if name == "lb-production.tgz.json" && !strings.HasPrefix(r.Beside[i].Note, "changed.") {
			t.Errorf("%q", r.Beside[i].Note)
		}
		s.write(t, name, was[:len(was)-1])
		if r = s.verify(t, Options{}); i < 4 && (r.OK() || !strings.Contains(r.Beside[i].Note, "it ends at byte")) {
			t.Errorf("%s cut off: %+v", name, r.Beside)
		}
		s.write(t, name, was)
	}
	must(t, os.Remove(s.path("lb-production.cdx.json")))
	if r := s.verify(t, Options{}); !r.OK() || r.Beside[2].Verdict != VerdictMissing {
		t.Errorf("one is missing: %+v", r.Beside)
	}
	// Without a record the recipe tells what there is.
	must(t, os.Remove(s.path("lb-production.tgz.json")))
	if r := s.verify(t, Options{}); !r.OK() || verdicts(r) != "rpm same" {
		t.Errorf("without a record: %s", verdicts(r))
	}
}

// The recipe may have learned to ask for more, and a comment in it changes nothing of the image.
func TestBesideOfAnotherRecipe(t *testing.T) {
	s := newShop(t, "ext3")
	s.write(t, "lbimage.yaml", []byte("# a comment\n"+strings.Replace(recipeText, `output: {name: "lb-{profile}"}`, `output: {name: "lb-{profile}", sbom: [spdx]}`, 1)))
	r := s.verify(t, Options{})
	if !r.Same || len(r.Keys) > 0 || len(r.Beside) != 2 || r.Beside[0].Verdict != VerdictMissing || !strings.Contains(r.Beside[0].Note, "the recipe asks for it") {
		t.Errorf("%+v", r)
	}
	if b := r.Beside[1]; b.Verdict != VerdictDiffers || !strings.Contains(b.Note, "outputs") {
		t.Errorf("%+v", b)
	}
	s.write(t, "lbimage.yaml", []byte(recipeText))
	s.buildAll(t)
	s.write(t, "lbimage.yaml", []byte("# a comment\n"+recipeText))
	r = s.verify(t, Options{})
	if !r.OK() || r.Beside[3].Note != butForPlaces || r.Beside[4].Note != butForPlaces || r.Beside[2].Note != "" {
		t.Errorf("a comment: %+v", r.Beside)
	}
	s.write(t, "lbimage.yaml", []byte(strings.Replace(recipeText, "edits:", "attributes: keep\nedits:", 1))) // it makes no difference here
	r = s.verify(t, Options{})
	if !r.Same || r.OK() || !strings.Contains(r.Beside[3].Note, "request.attributes is nothing in the record, keep now") {
		t.Errorf("an option: %+v", r.Beside)
	}
	// What nobody made with an output does not lead to one.
	s.write(t, "odd.spdx.json", []byte("{}"))
	if _, err := s.try(t, Options{Output: s.path("odd.spdx.json")}); err == nil || !strings.Contains(err.Error(), "no record beside it tells") {
		t.Errorf("%v", err)
	}
}

// The source may lie where the package that has its name was.
func TestBesideTheSource(t *testing.T) {
	s := newShop(t, "ext3")
	const name = "eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm"
	must(t, os.Rename(s.path("base.rpm"), s.path(name)))
	s.write(t, "lbimage.yaml", []byte(strings.Replace(recipeText, "base.rpm", name, 1)))
	b := imagebuild.Builder{Recipe: s.recipe(t), Folder: s.path("out")}
	b.Job = imagebuild.Job{Version: "v1", RPM: &imagebuild.RPMOutput{}}
	b.Job.HAProxy.LintOnly, b.Job.Open.TempDir = true, s.dir
	_, err := b.Build(ctx)
	must(t, err)
	if r := s.verify(t, Options{Output: s.path("out/lb-production.tgz")}); !r.OK() || verdicts(r) != "rpm same, record same" {
		t.Errorf("%+v", r.Beside)
	}
	for _, n := range []string{"lb-production.tgz", "lb-production.tgz.json"} {
		must(t, os.Rename(s.path("out/"+n), s.path(n)))
	}
	if r := s.verify(t, Options{}); !r.OK() || verdicts(r) != "rpm missing, record same" || !strings.Contains(r.Beside[0].Note, "is the source") {
		t.Errorf("%+v", r.Beside)
	}
}
