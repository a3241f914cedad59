package essentials

import (
	"context"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/overlay"
)

var servoNotStarted = check.Rule{
	Name:     "servo-not-started",
	Group:    check.GroupEssentials,
	Severity: check.SeverityWarning,
	Why:      "nobody logs in to start the servo: where nothing does so at boot, the load balancer never hears of its listeners and serves nothing",
	Mend:     "enable its service: `edits: [{service: {name: load-balancer-servo, action: enable}}]` in the recipe",
}

const (
	servoService = "load-balancer-servo"
	maxRCLocal   = 1 << 20
)

func findNotStarted(_ context.Context, s *check.Subject) ([]check.Finding, error) {
	e := s.Survey.Essentials.Servo
	if !e.Present || e.Script == "" || e.Bootstrap != "" || startedByHand(s.Tree) {
		return nil, nil
	}
	for _, x := range s.Survey.Starts() {
		if strings.TrimSuffix(x.Name, ".service") == servoService {
			return nil, nil
		}
	}
	for _, x := range s.Survey.Services {
		if x.Shadowed || strings.TrimSuffix(x.Name, ".service") != servoService {
			continue
		}
		state := x.State
		if state == "unadded" {
			state = "off, as one that was never added (chkconfig --add)"
		}
		f := servoNotStarted.At(x.Path, "it does not start at boot: the service is "+state)
		if x.State == "masked" {
			f.Hint = "in the recipe: `edits: [{service: {name: load-balancer-servo, action: unmask}}, {service: {name: load-balancer-servo, action: enable}}]`"
		}
		return []check.Finding{f}, nil
	}
	if r, err := overlay.Resolve(s.Tree, "etc/runlevels"); err == nil && r.Exists() {
		return nil, nil // OpenRC, whose services are not known here
	}
	f := servoNotStarted.At(e.Script, "the image has no service that starts it at boot")
	f.Hint = "install the servo from its package, which brings one: `servo: {rpm: load-balancer-servo-VERSION.rpm}` in the recipe"
	return []check.Finding{f}, nil
}

// startedByHand says that the last script of the boot names the servo.
func startedByHand(t overlay.ReadTree) bool {
	for _, name := range []string{"etc/rc.d/rc.local", "etc/rc.local"} {
		text, _, err := overlay.ReadFile(t, name, maxRCLocal)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") && strings.Contains(line, servoService) {
				return true
			}
		}
	}
	return false
}
