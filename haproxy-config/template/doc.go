// Package template applies what an administrator asks for (timeouts, settings,
// options) to the text of the servo's template. All of it is checked before anything is
// touched, and read back from the new text.
package template

import haproxyconfig "lbimage/haproxy-config"

// Version is a release of HAProxy.
type Version = haproxyconfig.Version
