// Package essentials asks whether an image has what a load balancer consists of, and whether it can work together.
package essentials
