// Package servo knows load-balancer-servo, the agent in the image that writes HAProxy's real
// configuration from a template: which files each of its releases puts where, which template it ships,
// how to tell what an image holds, and how its template is edited.
//
// The releases are those from 1.0.0 to 1.4.1. What a release brings is data: [Layout] gives its files
// with owners and modes, [StockTemplate] the template that it ships.
//
// [Detect] looks into an image without running anything. It says where a version comes from, and where
// it can only give bounds it gives those: the servo's own __version__ is the same in every release and
// tells nothing.
//
// [TemplateEdit] makes an edit of the template, for a plan or an image, from what an administrator asks
// for.
package servo

import "lbimage/haproxy-config"

// Version is a release of the servo.
type Version = haproxyconfig.Version

// TemplatePath is where the servo reads its template, as package io/fs writes it.
const TemplatePath = "etc/load-balancer-servo/haproxy_template.conf"

// User is the account that the servo runs as; its group has the same name.
const User = "servo"

// releases are those whose contents are known, in order.
var releases = []string{
	"1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4",
	"1.1.0", "1.1.2", "1.2.0", "1.2.1", "1.3.0", "1.4.0", "1.4.1",
}

// Releases are the releases whose contents are known, oldest first.
func Releases() []string { return append([]string(nil), releases...) }
