package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/servo"

	"golang.org/x/crypto/openpgp" //nolint:staticcheck // the one that verifies signatures here
)

// theBase is the image that the examples of the documentation start from.
const theBase = "eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm"

// yamlBlocks gives the examples of a page: the text between ```yaml and ```, by the line on which it begins.
func yamlBlocks(page string) map[int]string {
	blocks, begin := map[int]string{}, 0
	for i, line := range strings.SplitAfter(page, "\n") {
		switch {
		case strings.TrimSpace(line) == "```yaml":
			begin = i + 2
		case strings.HasPrefix(line, "```"):
			begin = 0
		case begin > 0:
			blocks[begin] += line
		}
	}
	return blocks
}

// recipeOf makes a whole recipe of an example that leaves out how recipes begin.
func recipeOf(block string) string {
	if !strings.Contains(block, "\nsource:") && !strings.HasPrefix(block, "source:") {
		block = "source: " + theBase + "\n" + block
	}
	if !strings.Contains(block, "apiVersion:") {
		block = "apiVersion: lbimage/v1\n" + block
	}
	return block
}

// recipePage is docs/recipe.md.
func recipePage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/recipe.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// examples are those of the recipe's page and of the README, by file and line.
func examples(t *testing.T) map[string]string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for name, text := range map[string]string{"README.md": string(readme), "docs/recipe.md": recipePage(t)} {
		blocks := yamlBlocks(text)
		if len(blocks) == 0 {
			t.Fatalf("%s has no example", name)
		}
		for line, block := range blocks {
			out[fmt.Sprintf("%s:%d", name, line)] = block
		}
	}
	if len(out) < 11 {
		t.Fatalf("only %d examples were found", len(out))
	}
	return out
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// exampleFiles lays what the examples name besides packages and sources.
func exampleFiles(t *testing.T, dir string) {
	t.Helper()
	version, err := haproxyconfig.ParseVersion("1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	template, err := servo.StockTemplate(version)
	if err != nil {
		t.Fatal(err)
	}
	kickstart, err := os.ReadFile("../imagebuild/sample/package/eucalyptus-load-balancer-image.ks")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"haproxy_template.conf":      string(template),
		"app.conf":                   "a = 1\n",
		"developers.pub":             "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFRwyXPJcI14dLx0AXUkJMA1WLpJ5qJo3O6bGFdkQRFz dev@example.com\n",
		"release.asc":                publicKey(t),
		"files/etc/app/a.conf":       "a = 1\n",
		"lb.ks":                      string(kickstart),
		"IMAGE-LICENSE":              "As you like.\n",
		"euca-install-load-balancer": "#!/bin/sh\n",
		"tools-1.2-3.el6.noarch.rpm": "a package\n",
		"load-balancer-servo-1.1.0-0.el6.noarch.rpm": "a package\n",
		theBase:                            "an image\n",
		"../load-balancer-servo/README.md": "a source\n",
	} {
		if name = filepath.Join(dir, name); !exists(name) {
			write(t, name, text)
		}
	}
}

// publicKey is an OpenPGP key as 'gpg --export' gives it.
func publicKey(t *testing.T) string {
	t.Helper()
	e, err := openpgp.NewEntity("Release", "", "release@example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	var key strings.Builder
	if err := e.Serialize(&key); err != nil {
		t.Fatal(err)
	}
	return key.String()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Every example is a recipe that is nothing to complain of.
func TestRecipePage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "recipe")
	exampleFiles(t, dir)
	for where, block := range examples(t) {
		write(t, filepath.Join(dir, "lbimage.yaml"), recipeOf(block))
		if r := call(t, dir, nil, lbimage, "recipe", "check"); r.code != 0 {
			t.Errorf("%s: %s%s\n%s", where, r.stdout, r.stderr, recipeOf(block))
		}
	}
	// The judge is judged.
	write(t, filepath.Join(dir, "lbimage.yaml"), recipeOf("sysctls: {}\n"))
	if r := call(t, dir, nil, lbimage, "recipe", "check"); r.code != 3 {
		t.Errorf("a wrong example: exit %d", r.code)
	}
}

// Every example that needs no network and no key does something to the sample.
func TestRecipePagePlans(t *testing.T) {
	top := buildFolder(t, sampleRPM(t))
	dir := filepath.Join(top, "recipe")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		"eucalyptus-load-balancer-image.rpm": filepath.Join("recipe", theBase),
		"servo.rpm":                          "recipe/load-balancer-servo-1.1.0-0.el6.noarch.rpm",
		"servo":                              "load-balancer-servo",
	} {
		if err := os.Rename(filepath.Join(top, from), filepath.Join(top, to)); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("git", "-C", filepath.Join(top, "load-balancer-servo"), "tag", "v1.1.0").CombinedOutput(); err != nil {
		t.Fatalf("git tag: %v\n%s", err, out)
	}
	exampleFiles(t, dir)
	planned := 0
	for where, block := range examples(t) {
		if strings.Contains(block, "https://") || strings.Contains(block, "keyring") {
			continue
		}
		write(t, filepath.Join(dir, "lbimage.yaml"), recipeOf(block))
		r := call(t, dir, nil, lbimage, "build", "--plan", "--lint-only")
		switch planned++; {
		case r.code != 0:
			t.Errorf("%s: %s\n%s", where, r.stderr, recipeOf(block))
		case !strings.Contains(r.stdout, "\ncreate ") && !strings.Contains(r.stdout, "\nmodify "):
			t.Errorf("%s: nothing would be changed\n%s", where, r.stdout)
		}
	}
	if planned < 8 {
		t.Errorf("only %d examples were planned", planned)
	}
}

// The page has every key of a recipe, and the schema's line for editors.
func TestRecipePageHasEveryKey(t *testing.T) {
	page := recipePage(t)
	var schema any
	if err := json.Unmarshal([]byte(must(t, "", lbimage, "recipe", "schema")), &schema); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	schemaKeys(schema, keys)
	if len(keys) < 60 {
		t.Errorf("only %d keys are in the schema", len(keys))
	}
	for key := range keys {
		if !strings.Contains(page, "`"+key+"`") {
			t.Errorf("docs/recipe.md does not speak of %s", key)
		}
	}
	if !strings.Contains(page, "# yaml-language-server: $schema=") {
		t.Error("docs/recipe.md does not say how editors find the schema")
	}
}

// schemaKeys collects the names of properties.
func schemaKeys(node any, keys map[string]bool) {
	switch n := node.(type) {
	case map[string]any:
		if properties, ok := n["properties"].(map[string]any); ok {
			for key := range properties {
				keys[key] = true
			}
		}
		for _, inner := range n {
			schemaKeys(inner, keys)
		}
	case []any:
		for _, inner := range n {
			schemaKeys(inner, keys)
		}
	}
}

// The table of rooms is the one that the imports are held against.
func TestRoomsPage(t *testing.T) {
	text, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	rooms := map[string]string{}
	for _, line := range strings.Split(string(text), "\n") {
		if cells := strings.Split(line, "|"); len(cells) == 6 {
			if name := strings.Split(cells[2], "`"); len(name) == 3 || len(name) == 5 {
				rooms[name[1]] = strings.TrimSpace(cells[1])
			}
		}
	}
	for _, p := range listPackages(t) {
		name := room(p.ImportPath)
		if name == "tests" || strings.HasPrefix(name, "tests/") {
			continue
		}
		if got, want := rooms[name], strconv.Itoa(floors[name]); got != want {
			t.Errorf("docs/architecture.md: %s stands on floor %q, not %s", name, got, want)
		}
	}
	for name := range rooms {
		if !exists("../" + name) {
			t.Errorf("docs/architecture.md: there is no room %s", name)
		}
	}
}
