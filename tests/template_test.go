package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// goodTemplate is a template that every HAProxy and every servo from 1.0.1 on takes.
const goodTemplate = "global\n maxconn 1000\n\ndefaults\n mode http\n timeout connect 5s\n timeout client 30s\n timeout server 30s\n"

// brokenTemplates are the ways in which a template keeps a load balancer from working, each
// with the HAProxy and the servo for which it is so; "" for every one.
var brokenTemplates = []struct{ name, text, haproxy, servo string }{
	{"an unknown keyword", goodTemplate + " frobnicate\n", "", ""},
	{"a keyword in the wrong section", strings.Replace(goodTemplate, "maxconn", "timeout client 5s\n maxconn", 1), "", ""},
	{"a keyword in capitals", strings.Replace(goodTemplate, "mode", "Mode", 1), "", ""},
	{"a section in capitals", strings.Replace(goodTemplate, "defaults", "Defaults", 1), "", ""},
	{"an unknown section", goodTemplate + "backends x\n", "", ""},
	{"an unknown timeout", goodTemplate + " timeout clint 5s\n", "", ""},
	{"a timeout without a value", goodTemplate + " timeout queue\n", "", ""},
	{"a time of an unknown unit", goodTemplate + " timeout queue 10x\n", "", ""},
	{"a negative time", goodTemplate + " timeout queue -5\n", "", ""},
	{"a time with a sign", goodTemplate + " timeout queue +5s\n", "", ""},
	{"a time with a fraction", goodTemplate + " timeout queue 1.5s\n", "", ""},
	{"a unit in capitals", goodTemplate + " timeout queue 5S\n", "", ""},
	{"a hexadecimal time", goodTemplate + " timeout queue 0x10\n", "", ""},
	{"weeks", goodTemplate + " timeout queue 1w\n", "", ""},
	{"a word for a time", goodTemplate + " timeout queue soon\n", "", ""},
	{"a unit without a number", goodTemplate + " timeout queue s\n", "2.4", ""},
	{"a time over the limit", goodTemplate + " timeout queue 25d\n", "2.0", ""},
	{"number and unit apart", goodTemplate + " timeout queue 2 m\n", "1.5.0", ""},
	{"an option without a name", goodTemplate + " option\n", "", ""},
	{"an unknown option", goodTemplate + " option redispach\n", "", ""},
	{"an option that came later", goodTemplate + " option http-keep-alive\n", "1.5-dev18", ""},
	{"an option that went", goodTemplate + " option forceclose\n", "2.6", ""},
	{"a timeout that came later", goodTemplate + " timeout client-fin 5s\n", "1.5-dev21", ""},
	{"spellings that went", strings.Replace(goodTemplate, "timeout connect", "contimeout", 1), "2.1", ""},
	{"the bare redispatch", goodTemplate + " redispatch\n", "2.1", ""},
	{"words too many", goodTemplate + " option dontlognull yes\n", "1.6", ""},
	{"a global with a name", strings.Replace(goodTemplate, "global", "global foo", 1), "1.6", ""},
	{"maxconn without a number", strings.Replace(goodTemplate, "maxconn 1000", "maxconn", 1), "", ""},
	{"maxconn of letters", strings.Replace(goodTemplate, "maxconn 1000", "maxconn abc", 1), "2.8", ""},
	{"a user that is not there", strings.Replace(goodTemplate, "maxconn", "user nosuch\n maxconn", 1), "", ""},
	{"a group that is not there", strings.Replace(goodTemplate, "maxconn", "group nosuch\n maxconn", 1), "", ""},
	{"an errorfile that is missing", goodTemplate + " errorfile 503 /etc/nosuch.http\n", "", ""},
	{"an errorfile for no status", goodTemplate + " errorfile 999 /etc/issue\n", "2.0", ""},
	{"an open quote", goodTemplate + " log-tag \"x\n", "1.6", ""},
	{"a bad escape", goodTemplate + " log-tag \\x4\n", "", ""},
	{"a byte order mark", "\xef\xbb\xbf" + goodTemplate, "", ""},
	{"a no-break space", strings.Replace(goodTemplate, " mode http", "\u00a0mode http", 1), "", ""},
	{"a NUL byte", goodTemplate + " log-tag x\x00y\n", "2.3", ""},
	{"65 words", goodTemplate + " log-tag" + strings.Repeat(" x", 64) + "\n", "", ""},
	{"a line too long", goodTemplate + " # " + strings.Repeat("x", 2100) + "\n", "1.5-dev21", ""},
	{"a condition that HAProxy does not know", strings.Replace(goodTemplate, " mode http\n", " .if 1\n mode http\n .endif\n", 1), "2.2", ""},
	{"a condition that is none", strings.Replace(goodTemplate, " mode http\n", " .if true\n mode http\n .endif\n", 1), "2.6", ""},
	{"an open condition", goodTemplate + " .if 1\n", "2.6", ""},

	{"a tab before a header", strings.Replace(goodTemplate, "global", "\tglobal", 1), "", ""},
	{"lines ended by CRLF", strings.ReplaceAll(goodTemplate, "\n", "\r\n"), "", ""},
	{"a header with a comment stuck to it", strings.Replace(goodTemplate, "global", "global#x", 1), "", ""},
	{"a defaults section that is commented out", strings.Replace(goodTemplate, "defaults", "#defaults", 1), "", ""},
	{"a second defaults section", goodTemplate + "defaults\n retries 3\n", "", ""},
	{"a second global section", goodTemplate + "global\n log-send-hostname\n", "", ""},
	{"a userlist above all", "userlist u\n user a insecure-password b\n" + goodTemplate, "", ""},
	{"directives above all", " maxconn 5\n" + goodTemplate, "", ""},
	{"two listens", goodTemplate + "listen a\n bind :81\n timeout client 1s\nlisten b\n bind :82\n timeout client 1s\n", "", ""},
	{"a frontend on a listener's port", goodTemplate + "frontend own-80\n bind :81\n", "", ""},
	{"a condition around a section", strings.Replace(goodTemplate, "defaults\n", ".if 1\ndefaults\n", 1) + ".endif\n", "2.6", ""},
	{"no mode, where the servo gives backends none", strings.Replace(goodTemplate, " mode http\n", "", 1), "", "1.0.0"},
}

// A template that is broken in any of these ways is caught before an image is written.
func TestBrokenTemplates(t *testing.T) {
	dir := t.TempDir()
	sample := filepath.Join(dir, "sample.rpm")
	must(t, dir, lbimage, "sample", "-o", sample)
	must(t, dir, lbimage, "customize", sample, "-o", "image.tgz", "--set", "retries=3")
	must(t, dir, "tar", "-xzf", "image.tgz")
	disk := filepath.Join(dir, imageFile) // it opens faster
	for _, c := range brokenTemplates {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			work := t.TempDir()
			file, out := filepath.Join(work, "t.conf"), filepath.Join(work, "out.tgz")
			if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			args := []string{"customize", disk, "-o", out, "--template", file}
			if c.haproxy != "" {
				args = append(args, "--haproxy-version", c.haproxy)
			}
			if c.servo != "" {
				args = append(args, "--servo-version", c.servo)
			}
			r := call(t, work, nil, lbimage, args...)
			if r.code != 3 && r.code != 1 && r.code != 2 {
				t.Errorf("exit %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("an image was written")
			}
			// The same by the check alone, which says where and why.
			check := append([]string{"haproxy", "check", file, "--image", disk, "--format", "json"}, args[6:]...)
			r = call(t, work, nil, lbimage, check...)
			var found struct {
				Findings []struct {
					Severity, Rule, Message, Hint string
				}
			}
			if err := json.Unmarshal([]byte(r.stdout), &found); err != nil || r.code != 3 {
				t.Fatalf("check: exit %d, %v\n%s%s", r.code, err, r.stdout, r.stderr)
			}
			for _, f := range found.Findings {
				if f.Severity == "error" && (f.Rule == "" || f.Message == "" || f.Hint == "") {
					t.Errorf("finding %+v", f)
				}
			}
		})
	}
	// And the good one is written.
	file, out := filepath.Join(dir, "good.conf"), filepath.Join(dir, "good.tgz")
	if err := os.WriteFile(file, []byte(goodTemplate), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"1.5-dev18", "1.5-dev21", "1.5.18"} {
		must(t, dir, lbimage, "customize", disk, "-o", out, "--force", "--template", file, "--haproxy-version", v)
	}
}
