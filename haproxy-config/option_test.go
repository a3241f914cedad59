package haproxyconfig

import (
	"strings"
	"testing"
)

func TestOption(t *testing.T) {
	for name, test := range map[string]struct {
		option        string
		before, after string
	}{
		"added":                      {"redispatch", " mode http\n", " mode http\n option redispatch\n"},
		"added with arguments":       {"forwardfor except 127.0.0.1", " mode http\n", " mode http\n option forwardfor except 127.0.0.1\n"},
		"added in the negative":      {"no redispatch", " mode http\n", " mode http\n no option redispatch\n"},
		"there already":              {"redispatch", " option redispatch # x\n", " option redispatch # x\n"},
		"off already":                {"no redispatch", " no option redispatch # x\n", " no option redispatch # x\n"},
		"turned on":                  {"redispatch", "\tno  option   redispatch  # x\n", "\toption redispatch  # x\n"},
		"turned off":                 {"no redispatch", " option redispatch 3 # x\n", " no option redispatch # x\n"},
		"default turned on":          {"option redispatch", " default option redispatch\n", " option redispatch\n"},
		"arguments kept":             {"forwardfor", " option forwardfor except 10.0.0.1\n", " option forwardfor except 10.0.0.1\n"},
		"arguments replaced":         {"forwardfor header X", " option forwardfor  except 10.0.0.1 # x\n", " option forwardfor  header X # x\n"},
		"arguments added":            {"redispatch 3", " no option redispatch # x\n", " option redispatch 3 # x\n"},
		"last of several":            {"redispatch", " option redispatch\n no option redispatch\n", " option redispatch\n option redispatch\n"},
		"bare spelling":              {"redispatch", " redispatch # x\n", " option redispatch # x\n"},
		"bare spelling off":          {"no redispatch", " redispatch # x\n", " no option redispatch # x\n"},
		"bare and modern":            {"redispatch", " redispatch\n option redispatch\n", " option redispatch\n"},
		"bare behind the negative":   {"redispatch", " no option redispatch\n redispatch # x\n", " option redispatch\n # x\n"},
		"bare twice":                 {"redispatch", " redisp # a\n redispatch # b\n", " # a\n option redispatch # b\n"},
		"bare in a block":            {"redispatch", " redispatch\n .if 1\n redispatch\n .endif\n", " option redispatch\n .if 1\n option redispatch\n .endif\n"},
		"negative in a block":        {"redispatch", " option redispatch\n .if 1\n no option redispatch\n .endif\n", " option redispatch\n .if 1\n option redispatch\n .endif\n"},
		"another option":             {"redispatch", " option dontlognull\n", " option dontlognull\n option redispatch\n"},
		"column of its neighbours":   {"redispatch 3", " option forwardfor      except 127.0.0.1\n", " option forwardfor      except 127.0.0.1\n option redispatch      3\n"},
		"bare is of redispatch only": {"dontlognull", " dontlognull\n", " dontlognull\n option dontlognull\n"},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := ParseOption(test.option)
			if err != nil {
				t.Fatal(err)
			}
			set := func(e *Editor) error { return e.Option(inDefaultsRef, o) }
			got, changes := edited(t, "defaults\n"+test.before, set)
			if want := "defaults\n" + test.after; got != want {
				t.Fatalf("gives\n%q, not\n%q", got, want)
			}
			if (test.before == test.after) != (len(changes) == 0) {
				t.Errorf("changes %+v", changes)
			}
			if again, changes := edited(t, got, set); again != got || len(changes) > 0 {
				t.Errorf("a second time gives\n%q", again)
			}
			if on, ok := Parse([]byte(got)).OptionState(inDefaultsRef, o.Name); !ok || on == o.Off {
				t.Errorf("reads back as %v, %v", on, ok)
			}
		})
	}
}

func TestOptionRefuses(t *testing.T) {
	for _, text := range []string{"", "no", "option", "no option", "no redispatch 3", "no option redispatch 3"} {
		if o, err := ParseOption(text); err == nil {
			t.Errorf("%q is taken for %v", text, o)
		}
	}
	for _, o := range []Option{{}, {Name: "a b"}, {Name: "a#b"}, {Name: "x", Args: []string{"#"}}, {Name: "x", Args: []string{"\""}}} {
		f := Parse([]byte("defaults\n"))
		if err := f.Edit().Option(inDefaultsRef, o); err == nil || string(f.Bytes()) != "defaults\n" {
			t.Errorf("%+v gives %v and %q", o, err, f.Bytes())
		}
	}
	if err := Parse(nil).Edit().Option(SectionRef{Kind: "backend"}, Option{Name: "redispatch"}); err == nil {
		t.Error("a section that is not there is no error")
	}
}

func TestOptionState(t *testing.T) {
	f := Parse([]byte("defaults\n option a\n no option b\n default option c\n redispatch\n"))
	for name, want := range map[string]string{"a": "on", "b": "off", "c": "unsaid", "d": "unsaid", "redispatch": "on"} {
		on, ok := f.OptionState(inDefaultsRef, name)
		got := map[[2]bool]string{{true, true}: "on", {false, true}: "off", {false, false}: "unsaid"}[[2]bool{on, ok}]
		if got != want {
			t.Errorf("option %s is %s, not %s", name, got, want)
		}
	}
}

func TestModernizeTimeouts(t *testing.T) {
	for name, test := range map[string]struct{ before, after string }{
		"stock":                  {" contimeout      1000\n clitimeout      10000\n srvtimeout      10000\n", " timeout connect 1000\n timeout client  10000\n timeout server  10000\n"},
		"single blanks":          {"\tcontimeout 1000 # c\n\tclitimeout 5s\n", "\ttimeout connect 1000 # c\n\ttimeout client 5s\n"},
		"tabs":                   {" contimeout\t\t1000\n", " timeout connect\t\t1000\n"},
		"both, new one last":     {" contimeout 1 # old\n timeout connect 2\n", " # old\n timeout connect 2\n"},
		"both, old one last":     {" timeout connect 2 # new\n retries 1\n contimeout 1\n", " # new\n retries 1\n timeout connect 1\n"},
		"old twice":              {" clitimeout 1\n clitimeout 2\n", " timeout client 2\n"},
		"new twice":              {" timeout client 1\n timeout client 2\n", " timeout client 1\n timeout client 2\n"},
		"one in a block":         {" clitimeout 1\n .if 1\n clitimeout 2\n .endif\n", " timeout client 1\n .if 1\n timeout client 2\n .endif\n"},
		"without a value":        {" clitimeout\n", " clitimeout\n"},
		"a value without effect": {" timeout client\n clitimeout 5\n", " timeout client\n timeout client 5\n"},
	} {
		got, _ := edited(t, "defaults\n"+test.before, func(e *Editor) error { e.ModernizeTimeouts(); return nil })
		if want := "defaults\n" + test.after; got != want {
			t.Errorf("%s: gives\n%q, not\n%q", name, got, want)
		}
	}
	others := "frontend f\n clitimeout 1\nbackend b\n srvtimeout 2\nuserlist u\n clitimeout 3\n"
	got, changes := edited(t, others, func(e *Editor) error { e.ModernizeTimeouts(); return nil })
	want := strings.NewReplacer("clitimeout 1", "timeout client 1", "srvtimeout 2", "timeout server 2").Replace(others)
	if got != want || len(changes) != 2 {
		t.Errorf("gives\n%s%+v", got, changes)
	}
}
