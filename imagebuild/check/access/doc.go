// Package access asks how the system is configured around HAProxy: kernel parameters, sudo, the SSH server, cron.
package access
