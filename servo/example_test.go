package servo_test

import (
	"fmt"
	"strings"

	"lbimage/haproxy-config"
	"lbimage/overlay/treetest"
	"lbimage/servo"
)

func ExampleTemplateEdit() {
	v, _ := haproxyconfig.ParseVersion("1.1.0")
	stock, err := servo.StockTemplate(v)
	if err != nil {
		fmt.Println(err)
		return
	}
	tree := treetest.Fill(map[string]string{servo.TemplatePath: string(stock)})
	edit, err := servo.TemplateEdit(servo.TemplateRequest{Timeouts: []servo.Setting{{Name: "client", Value: "2m"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	changes, err := edit.Apply(tree)
	if err != nil {
		fmt.Println(err)
		return
	}
	for line := range strings.Lines(changes[0].Diff()) {
		if line[0] == '+' || line[0] == '-' {
			fmt.Print(line)
		}
	}
	fmt.Println(changes[0].Notes[0])
	// Output:
	// --- a/etc/load-balancer-servo/haproxy_template.conf
	// +++ b/etc/load-balancer-servo/haproxy_template.conf
	// - timeout client      1m
	// + timeout client      2m
	// was the template that servo 1.1.0 to 1.1.2 ships
}

func ExampleDetect() {
	in, err := servo.Detect(treetest.Fill(map[string]string{
		"usr/bin/load-balancer-servo":                   "",
		"usr/libexec/load-balancer-servo/ntp-update":    "",
		"etc/cron.d/load-balancer-servo":                "",
		"etc/load-balancer-servo/haproxy_template.conf": "",
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(in.Summary())
	for _, e := range in.Evidence {
		fmt.Println(e)
	}
	// Output:
	// servo, by its files from 1.0.1 to 1.2.1
	// /usr/libexec/load-balancer-servo/ntp-update is there, which comes with 1.0.1 to 1.3.0
	// /etc/cron.d/load-balancer-servo is there, which comes with 1.0.1 to 1.2.1
}
