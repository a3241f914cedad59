package render_test

import (
	"fmt"
	"log"
	"strings"

	haproxyconfig "lbimage/haproxy-config"
	"lbimage/haproxy-config/render"
)

const template = `global
 maxconn 100000
defaults
 timeout connect 5s
 timeout client 2m
	frontend own
 bind :8080
`

func ExampleRender() {
	lb, err := render.ReadLoadBalancer(strings.NewReader(`
name: shop
listeners:
  - {protocol: tcp, port: 2222, instancePort: 22, instances: [10.0.0.1]}
`))
	if err != nil {
		log.Fatal(err)
	}
	r, err := render.Render([]byte("global\n\n maxconn 100000\n"), haproxyconfig.Version{Major: 1, Minor: 1}, lb)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(r.Bytes))
	line, _ := r.Trace(2)
	fmt.Println("its line 2 is line", line, "of the template")
	// Output:
	// global
	//   maxconn 100000
	//
	// frontend tcp-2222
	//   # lb-shop
	//   mode tcp
	//   bind 0.0.0.0:2222
	//   timeout client 60s
	//   log /var/lib/load-balancer-servo/haproxy.sock local2 info
	//   log-format tcplog\ %f\ %b\ %s\ %ts\ %Tw\ %Tc\ %Tt
	//   default_backend backend-tcp-2222
	//
	// backend backend-tcp-2222
	//   server tcp-2222 10.0.0.1:22
	//   mode tcp
	//   balance roundrobin
	//   timeout server 60s
	//
	// its line 2 is line 3 of the template
}

func ExampleEffects() {
	for _, f := range render.Effects([]byte(template), haproxyconfig.Version{Major: 1, Minor: 1}, render.Default()) {
		fmt.Printf("%d:%d: %s: %s\n", f.Line, f.Column, f.Severity, f.Message)
	}
	// Output:
	// 5:2: info: timeout client 2m acts on frontend own only: servo 1.1.0 sets timeout client on each listener from the load balancer's idle timeout, 60s
	// 6:2: warning: the servo does not take this line for a section header: a tab stands before it; it writes the section as part of 'defaults'
}

func ExampleReport() {
	settings, err := render.Report([]byte(template), haproxyconfig.Version{}, render.Default())
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range settings {
		fmt.Println(s.Line, s)
	}
	// Output:
	// 2 maxconn 100000 takes effect
	// 4 timeout connect 5s takes effect
	// 5 timeout client 2m acts on frontend own only from servo 1.1.0 on: the servo sets timeout client on each listener from the load balancer's idle timeout, 60s
}
