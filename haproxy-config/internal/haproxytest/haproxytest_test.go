package haproxytest

import "testing"

// TestJudgeTellsGoodFromBad: a judge that never says no would prove nothing.
func TestJudgeTellsGoodFromBad(t *testing.T) {
	t.Parallel()
	j := New(t)
	good := j.Check(t, []byte("defaults\n timeout client 5s\n"))
	if !good.Good() || len(good.ErrorLines()) != 0 {
		t.Errorf("good configuration: exit %d, lines %v", good.Exit, good.ErrorLines())
	}
	bad := j.Check(t, []byte("defaults\n timeout client 5s\n timeout clint 5s\n"))
	if bad.Good() || !bad.ErrorLines()[3] {
		t.Errorf("bad configuration: exit %d, lines %v\n%s", bad.Exit, bad.ErrorLines(), bad.Output)
	}
	if got := Hostable([]byte("global\n user servo\n maxconn 5\n")); string(got) != "global\n# user servo\n maxconn 5\n" {
		t.Errorf("Hostable gives %q", got)
	}
}
