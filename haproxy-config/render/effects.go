package render

import (
	haproxyconfig "lbimage/haproxy-config"
)

// serviceFile is the error file that servos bring from 1.2.0 on.
const serviceFile = "/etc/load-balancer-servo/503.http"

// Effects tells what a template loses or does not get through a servo, in the order of its
// lines: errors where lines are lost or the load balancer does not start, warnings where it
// starts and hardly works as it is meant, and for information the settings without effect.
// Settings that take effect are not among them; [Report] has all.
//
// With a version of zero, or one that is not known, it tells what the last servos do, and
// since when. Without listeners it takes those of [Default]. A load balancer or a template
// that cannot be taken is an error with the rule load-balancer or template.
func Effects(template []byte, servo Version, lb LoadBalancer) []haproxyconfig.Finding {
	refused := func(rule string, err error) []haproxyconfig.Finding {
		return []haproxyconfig.Finding{{Severity: haproxyconfig.Error, Rule: rule, Message: err.Error()}}
	}
	lb, err := lb.complete()
	if err != nil {
		return refused("load-balancer", err)
	}
	t, err := inspect(template)
	if err != nil {
		return refused("template", err)
	}
	// What is made of sections is nearly the same in every release, so the last will do.
	like := lastRelease
	if checkRelease(servo) == nil {
		like = servo
	} else {
		servo = Version{}
	}
	lb = withListeners(lb)
	t.unseenHeaders()
	t.outside()
	t.overwritten()
	t.oneOfAKind(render(t.text, like, lb))
	t.listens()
	t.commentedOut()
	t.conditionals()
	t.missingSections()
	t.ownFrontends(lb)
	t.takenNames(lb)
	t.takenPorts(lb)
	t.settings(servo, lb)
	t.errorFiles(servo)
	haproxyconfig.SortFindings(t.found)
	return t.found
}

// settings reports what has no effect because of the servo.
func (t *template) settings(servo Version, lb LoadBalancer) {
	modes := map[string]bool{} // what defaults say of the mode
	for _, s := range t.report(servo, lb) {
		l := t.lines[s.Line-1]
		if s.Section != "global" && l.Keyword() == "mode" && s.Status != Lost && len(l.Words()) > 1 {
			modes[l.Words()[1].Value] = true
		}
		if !s.servo {
			continue
		}
		rule := "setting-without-effect"
		if _, _, ok := haproxyconfig.TimeoutOn(l); ok {
			rule = "timeout-without-effect"
		}
		t.add(info, l, s.Column, rule, s.Hint, "%s", s)
	}
	if servo.Before(backendMode) && !modes["http"] {
		t.backendsWithoutMode(servo, lb)
	}
}

// backendsWithoutMode: servo 1.0.0 writes no mode into backends, so that an http listener
// needs it in defaults.
func (t *template) backendsWithoutMode(servo Version, lb LoadBalancer) {
	for _, l := range lb.Listeners {
		if l.Protocol != "http" {
			continue
		}
		var at *haproxyconfig.Line
		column := 0
		for _, p := range t.parts {
			if p.kind() == "defaults" {
				at, column = p.header, 1
			}
		}
		t.add(fatal, at, column, "backend-without-mode", "add mode http to defaults",
			"servo %s writes no mode into backends, and without mode http in defaults HAProxy refuses that of listener %s: the load balancer does not start", servo, l.Name())
		return
	}
}

// errorFiles looks for the one file that came with a later servo than the template may be for.
func (t *template) errorFiles(servo Version) {
	if servo.Since(policies) {
		return
	}
	for _, l := range t.lines {
		if l.Keyword() != "errorfile" || len(l.Words()) < 3 || l.Words()[2].Value != serviceFile {
			continue
		}
		column := l.Words()[2].Column()
		if servo.Known() {
			t.add(warning, l, column, "errorfile-missing", "put the file into the image, or remove the line",
				"servo %s does not bring %s, %s does; without the file HAProxy does not start", servo, serviceFile, policies)
		} else {
			t.add(info, l, column, "errorfile-missing", "see that the file is in the image",
				"servos bring %s from %s on; without the file HAProxy does not start", serviceFile, policies)
		}
	}
}
