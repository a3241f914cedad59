package lint

import (
	"strings"
)

// kindCheck looks at the nth word of a directive, and reports whether it is as it should be.
type kindCheck func(c *checker, d directive, n int, name, arg string) bool

// kindNames describe kinds for messages.
var kindNames = map[string]string{
	"addr": "an address", "sample": "a sample expression", "format": "a format", "logformat": "a format", "net": "a network",
	"status": "a status code", "file": "a file", "loglevel": "a log level", "usesrc": "an address, client or clientip",
	"hex": "hexadecimal digits", "tlsver": "a version of TLS", "port": "a port", "service": "a service", "procvar": "a variable",
	"name": "a name", "cpumap": "threads or processes", "cpus": "processors",
}

// checkOf gives the check for a kind of word, beside numbers, sizes and times; nil for one that
// takes any word.
func checkOf(kind string) kindCheck {
	switch kind {
	case "addr":
		return checkAddr
	case "sample":
		return func(c *checker, d directive, n int, _, _ string) bool { return c.fetch(d, n, d.words[n], false) }
	case "format":
		return func(c *checker, d directive, n int, name, _ string) bool { return c.format(d, n, name) }
	case "logformat":
		return checkLogFormat
	case "factor":
		return checkFactor
	case "cpumap":
		return checkCPUMap
	case "name":
		return checkName
	case "net":
		return checkNet
	case "net4":
		return checkNet4
	case "status":
		return checkStatus
	case "file":
		return func(c *checker, d directive, n int, name, _ string) bool { return c.readable(d, n, name) }
	case "errstatus":
		return func(c *checker, d directive, n int, _, _ string) bool { return c.errorCode(d.line, d.at+n) }
	case "node":
		return checkNode
	case "ownheader":
		return checkOwnHeader
	case "loglevel":
		return func(c *checker, d directive, n int, name, _ string) bool { return c.choice(d, n, "log level", name) }
	case "tlsver":
		return func(c *checker, d directive, n int, name, _ string) bool {
			return c.choice(d, n, "bind ssl-min-ver", name)
		}
	case "usesrc":
		return checkUsesrc
	case "hex":
		return checkHex
	case "port":
		return checkPort
	case "timeout":
		return checkTimeoutOrSample
	case "service":
		return checkService
	case "procvar":
		return checkProcVar
	case "cpus":
		return checkCPUs
	case "statuses":
		return checkStatuses
	case "nonzero":
		return checkNonZero
	case "octal":
		return checkOctal
	case "initaddrs":
		return checkInitAddresses
	case "cafile":
		return checkCAFile
	case "certificate":
		return checkCertificate
	case "choice":
		return func(c *checker, d directive, n int, name, of string) bool {
			return c.choice(d, n, strings.ReplaceAll(of, "_", " "), name)
		}
	}
	return nil
}
