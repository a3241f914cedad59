package render

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// StateDir is the servo's own folder in the image.
const StateDir = "/var/lib/load-balancer-servo"

// frontendName and backendName are what the servo calls the two sections of a listener.
func frontendName(l Listener) string { return l.Name() }
func backendName(l Listener) string  { return "backend-" + l.Name() }

// mode is the mode of HAProxy in which a listener works.
func (l Listener) mode() string {
	if l.Protocol == "http" || l.Protocol == "https" {
		return "http"
	}
	return "tcp"
}

func encrypted(protocol string) bool { return protocol == "https" || protocol == "ssl" }

// frontendLines are the lines that the servo writes into the frontend of a listener.
func frontendLines(servo Version, lb LoadBalancer, l Listener) []string {
	http := l.mode() == "http"
	lines := []string{"# lb-" + lb.Name, "mode " + l.mode()}
	if http {
		lines = append(lines, "option forwardfor except 127.0.0.1")
		if servo.Since(idleTimeouts) {
			lines = append(lines,
				`reqadd X-Forwarded-Proto:\ `+l.Protocol,
				`reqadd X-Forwarded-Port:\ `+strconv.Itoa(l.Port))
		}
	}
	lines = append(lines, bindLine(servo, l))
	if servo.Since(idleTimeouts) {
		lines = append(lines, "timeout client "+strconv.Itoa(lb.IdleTimeout)+"s")
	}
	lines = append(lines, "log "+StateDir+"/haproxy.sock local2 info")
	if http && servo.Since(userAgent) {
		lines = append(lines, "capture request header User-Agent len 8192")
	}
	return append(lines, "log-format "+logFormat(servo, http), "default_backend "+backendName(l))
}

func bindLine(servo Version, l Listener) string {
	bind := "bind 0.0.0.0:" + strconv.Itoa(l.Port)
	if !encrypted(l.Protocol) {
		return bind
	}
	bind += " ssl crt " + l.Certificate
	switch {
	case servo.Since(policies):
		// Each word comes with its own blank, behind one that is always there. So there are two,
		// and one at the end without a policy; that one goes when the file is read the next time.
		bind += " "
		if p := l.SSLPolicy; p != nil {
			for _, v := range sslVersions {
				if !p.allows(v.name) {
					bind += " " + v.off
				}
			}
			if len(p.Ciphers) > 0 {
				bind += " ciphers " + strings.Join(p.Ciphers, ":")
			}
		}
	case servo.Since(idleTimeouts):
		bind += " no-sslv3"
	}
	return bind
}

// sslVersions are the protocols that a policy names, and the words that switch them off.
var sslVersions = []struct{ name, off string }{
	{"SSLv3", "no-sslv3"},
	{"TLSv1", "no-tlsv10"},
	{"TLSv1.1", "no-tlsv11"},
	{"TLSv1.2", "no-tlsv12"},
}

func logFormat(servo Version, http bool) string {
	switch {
	case !http && servo.Since(policies):
		return `tcplog\ %Ts\ %ci\ %cp\ %si\ %sp\ %Tw\ %Tc\ %Tt\ %U\ %B\ %f\ %b\ %s\ %ts`
	case !http:
		return `tcplog\ %f\ %b\ %s\ %ts\ %Tw\ %Tc\ %Tt`
	case servo.Since(policies):
		format := `httplog\ %Ts\ %ci\ %cp\ %si\ %sp\ %Tq\ %Tw\ %Tc\ %Tr\ %Tt\ %ST\ %U\ %B\ %f\ %b\ %s\ %ts\ %r`
		if servo.Since(userAgent) {
			format += `\ %hrl`
		}
		return format
	}
	return `httplog\ %f\ %b\ %s\ %ST\ %ts\ %Tq\ %Tw\ %Tc\ %Tr\ %Tt`
}

// backendLines are the lines that the servo writes into the backend of a listener.
func backendLines(servo Version, lb LoadBalancer, l Listener) []string {
	sticky := l.Stickiness
	if servo.Before(stickiness) || l.mode() != "http" {
		sticky = nil
	}
	var lines []string
	for _, host := range l.Instances {
		server := "server " + frontendName(l) + " " + host + ":" + strconv.Itoa(l.InstancePort)
		if sticky != nil {
			server += " cookie " + base64.StdEncoding.EncodeToString([]byte(host))
		}
		if encrypted(l.InstanceProtocol) && servo.Since(policies) {
			if l.VerifyInstances {
				server += " ssl verify required ca-file " + StateDir + "/backend_auth/ca-frontend-" + strconv.Itoa(l.Port)
			} else {
				server += " ssl verify none"
			}
		}
		lines = append(lines, server)
	}
	if servo.Since(backendMode) {
		lines = append(lines, "mode "+l.mode())
	}
	lines = append(lines, "balance roundrobin")
	if servo.Since(idleTimeouts) {
		lines = append(lines, "timeout server "+strconv.Itoa(lb.IdleTimeout)+"s")
	}
	if sticky == nil {
		return lines
	}
	if sticky.Type == "app" {
		return append(lines, "appsession "+sticky.Cookie+" len 4096 timeout 1440m")
	}
	seconds := strconv.Itoa(sticky.Expiration) + "s"
	if servo.Since(idleTimeouts) {
		return append(lines,
			`http-response set-header Cache-control no-cache="set-cookie"`,
			"cookie AWSELB insert indirect maxidle "+seconds+" maxlife "+seconds)
	}
	return append(lines, "cookie AWSELB insert indirect nocache maxidle "+seconds+" maxlife "+seconds)
}
