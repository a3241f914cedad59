package recipe_test

import (
	"fmt"

	"lbimage/imagebuild/recipe"
)

func Example() {
	const text = `apiVersion: lbimage/v1
source: eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm
output: {name: 'lb-{version}-{profile}'}
haproxy:
  timeouts: {connect: 5s, client: 2m}
profiles:
  production:
    servo: {rpm: load-balancer-servo-1.1.0-0.el6.noarch.rpm}
  development:
    haproxy: {timeouts: {client: 10m}}
    servo: {source: ../load-balancer-servo, ref: master}
`
	r, err := recipe.Parse("lbimage.yaml", "/srv/images", []byte(text))
	if err != nil {
		fmt.Println(err) // a line for each problem
		return
	}
	fmt.Println(r.Path(r.Source.Path))
	for _, name := range r.ProfileNames() {
		profile, err := r.Resolve(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		output, err := profile.OutputName(recipe.SourceNames{Name: "eucalyptus-load-balancer-image", Version: "1.1.0"})
		fmt.Println(output, profile.HAProxy.Timeouts, profile.Places["haproxy.timeouts.client"], err)
	}
	// Output:
	// /srv/images/eucalyptus-load-balancer-image-1.1.0-0.212.el6.x86_64.rpm
	// lb-1.1.0-production.tgz [{connect 5s} {client 2m}] lbimage.yaml:5:27 <nil>
	// lb-1.1.0-development.tgz [{connect 5s} {client 10m}] lbimage.yaml:10:26 <nil>
}

func ExampleParse() {
	_, err := recipe.Parse("lbimage.yaml", "", []byte("apiVersion: lbimage/v1\nsource: a.rpm\nhaproxy: {timeout: {client: 2m}}\n"))
	fmt.Println(err)
	// Output:
	// lbimage.yaml:3:11: haproxy has no key "timeout"; did you mean timeouts? — there are template, timeouts, set, options, version, servoVersion, lintOnly
}
