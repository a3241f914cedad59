// Package access asks how the system is configured around HAProxy: kernel parameters, sudo, the SSH server, cron. What it
// finds keeps a load balancer from starting HAProxy, administrators out, or a setting from taking effect.
package access
