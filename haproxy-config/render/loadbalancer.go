package render

import (
	"slices"
	"strconv"
)

// DefaultIdleTimeout is the idle timeout in seconds where none is set.
const DefaultIdleTimeout = 60

// DefaultCertificate is the certificate of an https or ssl listener that names none.
const DefaultCertificate = StateDir + "/cert/cert.pem"

// LoadBalancer is what the cloud tells the servo. The zero value of a field stands for
// its default.
type LoadBalancer struct {
	// Name stands in a comment of each listener; lb1 if empty.
	Name string
	// IdleTimeout is in seconds, from 1 to 3600; 60 if 0. Servos before 1.1.0 do not know it.
	IdleTimeout int
	// Listeners in the order in which the servo adds them. Each has a port of its own.
	Listeners []Listener
}

// Listener is a port of the load balancer and the instances behind it.
type Listener struct {
	// Protocol is http, https, tcp or ssl.
	Protocol string
	Port     int
	// InstanceProtocol is how the instances are spoken to. If empty it is http for http and
	// https, and tcp for tcp and ssl: encryption ends at the load balancer. A listener for
	// http or https has instances that speak one of the two, and likewise for tcp and ssl.
	InstanceProtocol string
	// InstancePort is Port if 0.
	InstancePort int
	// Instances are addresses or host names, of instances that are in service.
	Instances []string
	// Certificate is the path of the PEM file of an https or ssl listener.
	Certificate string
	// SSLPolicy is for https and ssl; servos before 1.2.0 pass over it.
	SSLPolicy *SSLPolicy
	// Stickiness is for http and https; servos before 1.0.2 pass over it.
	Stickiness *Stickiness
	// VerifyInstances asks for certificates of https or ssl instances to be checked; servos
	// before 1.2.0 do not encrypt towards instances at all.
	VerifyInstances bool
}

// Name is the listener's name, as the servo uses it: http-80.
func (l Listener) Name() string { return l.Protocol + "-" + strconv.Itoa(l.Port) }

// SSLPolicy says what an encrypted listener may speak.
type SSLPolicy struct {
	// Protocols are of SSLv3, TLSv1, TLSv1.1 and TLSv1.2.
	Protocols []string
	// Ciphers by OpenSSL's names. The servo writes them in the order of a hash table, and
	// here they keep theirs.
	Ciphers []string
}

func (p *SSLPolicy) allows(protocol string) bool {
	return slices.Contains(p.Protocols, protocol)
}

// Stickiness binds a client to an instance.
type Stickiness struct {
	// Type is lb for a cookie of the load balancer's own, app for one of the application's.
	Type string
	// Expiration of the load balancer's cookie, in seconds.
	Expiration int
	// Cookie is the name of the application's cookie.
	Cookie string
}

// Default is the load balancer to use where none is given: one listener of each
// protocol, with two instances each.
func Default() LoadBalancer {
	instances := func() []string { return []string{"10.0.0.1", "10.0.0.2"} }
	lb := LoadBalancer{
		Name: "lb1",
		Listeners: []Listener{
			{Protocol: "http", Port: 80, InstancePort: 8080, Instances: instances()},
			{Protocol: "https", Port: 443, InstancePort: 8080, Instances: instances()},
			{Protocol: "tcp", Port: 2222, InstancePort: 22, Instances: instances()},
			{Protocol: "ssl", Port: 6514, InstancePort: 514, Instances: instances()},
		},
	}
	lb, _ = lb.complete() // it is in order, as a test says
	return lb
}
