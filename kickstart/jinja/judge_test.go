package jinja

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"testing"

	"lbimage/tests/needs"
)

// judgeProgram is Jinja2 itself: it answers each line of JSON with one.
const judgeProgram = `
import sys, json, warnings
warnings.simplefilter("ignore")
import jinja2
def thaw(v):
    if isinstance(v, dict):
        if list(v) == ["tuple"]: return tuple(thaw(x) for x in v["tuple"])
        return {k: thaw(x) for k, x in v.items()}
    if isinstance(v, list): return [thaw(x) for x in v]
    return v
for line in sys.stdin:
    q = json.loads(line)
    o = q["options"]
    kind = jinja2.Undefined if o["Lenient"] else jinja2.StrictUndefined
    try:
        env = jinja2.Environment(keep_trailing_newline=o["KeepTrailingNewline"], trim_blocks=o["TrimBlocks"], lstrip_blocks=o["LstripBlocks"], undefined=kind)
        answer = {"text": env.from_string(q["template"]).render(**thaw(q["vars"]))}
        answer["text"].encode("utf-8")
    except Exception as e:
        answer = {"error": type(e).__name__ + ": " + str(e)}
    print(json.dumps(answer), flush=True)
`

// judge asks Jinja2.
type judge struct {
	in  io.Writer
	out *bufio.Reader
}

type verdict struct{ Text, Error string }

func newJudge(t testing.TB) *judge {
	t.Helper()
	python := "/usr/bin/python3" // Debian's, which has Debian's modules
	if exec.Command(python, "-c", "import jinja2").Run() != nil {
		needs.Missing(t, "Debian's python3-jinja2 is not installed")
	}
	cmd := exec.Command(python, "-c", judgeProgram)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return &judge{in, bufio.NewReader(out)}
}

func (j *judge) ask(t testing.TB, template string, vars map[string]any, o Options) verdict {
	t.Helper()
	q, err := json.Marshal(map[string]any{"template": template, "vars": freeze(vars), "options": o})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.in.Write(append(q, '\n')); err != nil {
		t.Fatal(err)
	}
	line, err := j.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("the judge has gone: %v", err)
	}
	var v verdict
	if err := json.Unmarshal(line, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// freeze marks tuples, which JSON does not have.
func freeze(v any) any {
	switch v := v.(type) {
	case Tuple:
		return map[string]any{"tuple": freezeAll(v)}
	case []any:
		return freezeAll(v)
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			out[k] = freeze(x)
		}
		return out
	}
	return v
}

func freezeAll(all []any) []any {
	out := []any{}
	for _, x := range all {
		out = append(out, freeze(x))
	}
	return out
}
