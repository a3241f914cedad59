package render

import (
	"fmt"
	"strconv"

	haproxyconfig "lbimage/haproxy-config"
)

// Limits of what is rendered; a real template is far below them.
const (
	// MaxTemplate is the size of the largest template, in bytes.
	MaxTemplate = 1 << 18
	// maxSections is how many sections a template may have.
	maxSections = 500
)

// Result is a rendered configuration.
type Result struct {
	// Bytes is the configuration as the servo would write it; empty without a listener,
	// as the servo then writes nothing and does not start HAProxy.
	Bytes []byte
	// Lines has the origin of each line of Bytes.
	Lines []Origin
	// Skipped are the listeners that the servo does not make.
	Skipped []Skipped
	// Findings tell where the result is left to chance, and what of the template keeps a
	// listener from being made. They are among those of [Effects].
	Findings []haproxyconfig.Finding
}

// Skipped is a listener for which the servo writes nothing, but a line in its log.
type Skipped struct {
	Listener string `json:"listener"` // as in http-80
	Why      string `json:"why"`
	// Template is the line of the template to blame, or 0.
	Template int `json:"template,omitempty"`
}

// Trace tells where line n of the configuration, counted from 1, comes from: the line of
// the template, or the listener for which the servo wrote it. It is 0 and "" for a line
// that is not there.
func (r Result) Trace(n int) (templateLine int, listener string) {
	if n < 1 || n > len(r.Lines) {
		return 0, ""
	}
	return r.Lines[n-1].Template, r.Lines[n-1].Listener
}

// Render gives the configuration that a servo would write for a load balancer. What is
// not set in lb has the value that [ReadLoadBalancer] would give it. The listeners are
// added one by one, in their order, and the file is read and written again for each.
func Render(template []byte, servo Version, lb LoadBalancer) (Result, error) {
	if err := checkRelease(servo); err != nil {
		return Result{}, fmt.Errorf("rendering: %w", err)
	}
	lb, err := lb.complete()
	if err != nil {
		return Result{}, fmt.Errorf("load balancer: %w", err)
	}
	s, err := inspect(template)
	if err != nil {
		return Result{}, err
	}
	result := render(s.text, servo, lb)
	if len(lb.Listeners) == 0 {
		return Result{}, nil
	}
	s.oneOfAKind(result)
	s.ownFrontends(lb)
	haproxyconfig.SortFindings(s.found)
	result.Findings = s.found
	return result, nil
}

// render is the servo's work. Without a listener it reads and writes once.
func render(lines []line, servo Version, lb LoadBalancer) Result {
	var r Result
	f := read(lines)
	for i, l := range lb.Listeners {
		if i > 0 {
			f = f.writeAndRead()
		}
		if skipped, ok := f.add(servo, lb, l); !ok {
			r.Skipped = append(r.Skipped, skipped)
		}
	}
	for _, l := range f.write() {
		r.Bytes = append(append(r.Bytes, l.text...), '\n')
		r.Lines = append(r.Lines, l.from)
	}
	return r
}

// add makes the sections of a listener, or tells why the servo does not.
func (f *servoFile) add(servo Version, lb LoadBalancer, l Listener) (Skipped, bool) {
	name := l.Name()
	if encrypted(l.Protocol) && servo.Before(encryption) {
		return Skipped{Listener: name, Why: fmt.Sprintf("servo %s knows no protocol %s; %s does", servo, l.Protocol, encryption)}, false
	}
	if key, ok := f.frontendOn(strconv.Itoa(l.Port)); ok {
		at := f.sections[key].header.Template
		return Skipped{Listener: name, Template: at, Why: fmt.Sprintf("the servo takes '%s' for the listener on port %d", printable(key), l.Port)}, false
	}
	from := Origin{Listener: name}
	frontend := f.begin("frontend "+frontendName(l), from)
	for _, text := range frontendLines(servo, lb, l) {
		frontend.body = append(frontend.body, line{text, from})
	}
	backend := f.begin("backend "+backendName(l), from)
	for _, text := range backendLines(servo, lb, l) {
		backend.body = append(backend.body, line{text, from})
	}
	return Skipped{}, true
}
