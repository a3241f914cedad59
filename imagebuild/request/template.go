package request

import (
	haproxyconfig "lbimage/haproxy-config"
	"lbimage/overlay"
	"lbimage/servo"
)

// maxTemplate bounds a template file; real ones have some hundred bytes.
const maxTemplate = 1 << 20

// templateEdit is nil where the request says nothing of the template. The version of the HAProxy that will read it may
// not be known; what a known one does not know, or would misread, is refused.
func (o *Opened) templateEdit(haproxy haproxyconfig.Version) (overlay.Edit, error) {
	if !o.editsTemplate() {
		return nil, nil
	}
	request := servo.TemplateRequest{Replacement: o.template, Options: o.Options, HAProxy: haproxy}
	for _, s := range o.Timeouts {
		request.Timeouts = append(request.Timeouts, servo.Setting(s))
	}
	for _, s := range o.Settings {
		request.Settings = append(request.Settings, servo.Setting(s))
	}
	return servo.TemplateEdit(request)
}
