// Package essentials asks whether an image has what a load balancer consists of, and whether it can work together: HAProxy
// with every library that its loader will look for, the servo with the Python that its first line names and a boto which
// that Python finds, sudo, and an interpreter for every script.
//
// The facts are those of package survey and package ldso; nothing of the image is run. One thing that is missing is told
// once, by the rule that is nearest to the cause: without a loader nothing is said of libraries, without a Python nothing
// of boto.
package essentials
