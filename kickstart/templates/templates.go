// Package templates has kickstart files of load balancer images, as templates: production and development.
package templates
