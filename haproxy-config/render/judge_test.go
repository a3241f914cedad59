package render

import (
	"slices"
	"strings"
	"testing"

	"lbimage/haproxy-config/internal/haproxytest"
)

// blamed gives the lines that HAProxy blames in a rendered configuration.
func blamed(t *testing.T, j haproxytest.Judge, r Result) (lines []string, origins []Origin, output string) {
	t.Helper()
	verdict := j.Check(t, haproxytest.Hostable(r.Bytes))
	all := strings.Split(string(r.Bytes), "\n")
	var numbers []int
	for n := range verdict.ErrorLines() {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		lines = append(lines, strings.TrimSpace(all[n-1]))
		origins = append(origins, r.Lines[n-1])
	}
	return lines, origins, verdict.Output
}

// TestHAProxyReadsIt: of what is rendered HAProxy refuses what releases after the servo's
// took out, and nothing else: reqadd, gone with 2.1, and servers of one name, since 2.0.
func TestHAProxyReadsIt(t *testing.T) {
	j := haproxytest.New(t)
	for _, name := range []string{"http80-two", "tcp2222-two"} {
		for _, v := range []string{"1.0.4", "1.1.0", "1.2.0", "1.4.1"} {
			r, err := Render(stock(t, "1.2.0"), version(t, v), balancers()[name])
			if err != nil {
				t.Fatal(err)
			}
			lines, origins, output := blamed(t, j, r)
			servers := 0
			for i, l := range lines {
				switch {
				case strings.HasPrefix(l, "reqadd ") && origins[i].Listener != "":
				case strings.HasPrefix(l, "server ") && origins[i].Listener != "":
					servers++
				default:
					t.Errorf("servo %s, %s: HAProxy refuses %q\n%s", v, name, l, output)
				}
			}
			if servers > 1 {
				t.Errorf("servo %s, %s: HAProxy refuses %d servers\n%s", v, name, servers, output)
			}
		}
	}
}

// TestHAProxyTakesTheRest: with one instance and without reqadd there is nothing left to
// refuse.
func TestHAProxyTakesTheRest(t *testing.T) {
	j := haproxytest.New(t)
	lb := LoadBalancer{Listeners: []Listener{
		{Protocol: "http", Port: 8080, Instances: []string{"10.0.0.1"}},
		{Protocol: "tcp", Port: 2222, Instances: []string{"10.0.0.1"}},
	}}
	for _, v := range []string{"1.0.1", "1.0.4", "1.1.0", "1.2.0", "1.4.1"} {
		r, err := Render(stock(t, "1.2.0"), version(t, v), lb)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(haproxytest.Hostable(r.Bytes)), "reqadd ", "# ")
		if verdict := j.Check(t, []byte(text)); verdict.Exit != 0 {
			t.Errorf("servo %s: HAProxy refuses\n%s\n%s", v, text, verdict.Output)
		}
	}
}

// TestHAProxysMessagesLeadBack: a mistake in the template is found at its own line.
func TestHAProxysMessagesLeadBack(t *testing.T) {
	j := haproxytest.New(t)
	template := "#template\n\nglobal\n maxconn 5\n\n# here\n maxcon 6\ndefaults\n retries 3\n\n timeout clint 5s\n"
	r, err := Render([]byte(template), version(t, "1.0.4"), balancers()["tcp2222-two"])
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	_, origins, output := blamed(t, j, r)
	for _, o := range origins {
		if o.Template > 0 {
			got = append(got, o.Template)
		}
	}
	if !slices.Equal(got, []int{7, 11}) {
		t.Errorf("HAProxy's messages lead to lines %v of the template, not 7 and 11\n%s", got, output)
	}
}

// TestHAProxyAgreesOnTheMode: without mode http a servo of 1.0.0 makes what HAProxy refuses.
func TestHAProxyAgreesOnTheMode(t *testing.T) {
	j := haproxytest.New(t)
	lb := LoadBalancer{Listeners: []Listener{{Protocol: "http", Port: 8080, Instances: []string{"10.0.0.1"}}}}
	for text, good := range map[string]bool{"defaults\n timeout connect 5s\n": false, "defaults\n timeout connect 5s\n mode http\n": true} {
		r, err := Render([]byte(text), version(t, "1.0.0"), lb)
		if err != nil {
			t.Fatal(err)
		}
		if verdict := j.Check(t, r.Bytes); verdict.Good() != good {
			t.Errorf("%q: exit %d\n%s", text, verdict.Exit, verdict.Output)
		}
		if told := strings.Contains(rules(Effects([]byte(text), version(t, "1.0.0"), lb)), "backend-without-mode"); told == good {
			t.Errorf("%q: told %v", text, told)
		}
	}
}
