package conformance

import (
	"io/fs"
	"strings"
	"testing"

	"lbimage/imagebuild/check"
	"lbimage/overlay/treetest"
)

// Links that go round or out of the tree, folders and devices where files should be, tables that are none: something is said of
// each, and nothing is looked at outside.
func TestPostOfHostileImages(t *testing.T) {
	m := treetest.Fill(map[string]string{
		"round": "-> round", "a": "-> b", "b": "-> a", "out": "-> ../../../../etc/passwd", "dir/": "", "etc/passwd/": "", "etc/shadow": "-> shadow",
		"etc/group": ":::\n\x00::\nx:x:99999999999:\n+::\n", "binary": "\x00\xff\n\x1b[31m\n", "file": "x\n", "deep": "-> file/x",
		"long": strings.Repeat("a", 1<<20) + "\n",
	})
	m.Mknod("pipe", fs.ModeNamedPipe|0o600)
	var script strings.Builder
	for _, name := range []string{"/round", "/a", "/out", "/dir", "/pipe", "/binary", "/file/x", "/deep", "/long", "/etc/passwd", "/dev/null", "/proc/x", "/none/x", "/"} {
		script.WriteString("echo x >> " + name + "\necho y > " + name + "\nsed -i s/x/y/ " + name + "\nmkdir -p " + name + "\nln -sf /file " + name + "\ncp " + name +
			" /copy\nmv " + name + " /moved\nrm -f " + name + "\nchmod -R 600 " + name + "\nchown -R root:x " + name + "\ntouch " + name + "\n")
	}
	script.WriteString("passwd -l root\nuseradd x\ngroupadd x\nuserdel x\nchkconfig x on\nsystemctl mask x\nyum -y install x\necho root:x | chpasswd\n")
	whole := strings.Split(strings.TrimSpace(script.String()), "\n")
	texts := []string{script.String()}
	texts = append(texts, whole...) // each alone: no later one hides it
	for _, text := range texts {
		for _, st := range judgePost(t, text, &check.Subject{Tree: m}) {
			if st.Verdict == "" || st.Verdict == CannotBeTold && st.Why == "" {
				t.Errorf("%s: %+v", text, st)
			}
			for _, part := range []string{st.Text, st.Want, st.Has, st.Why, st.About, st.Path} {
				if strings.ContainsAny(part, "\x1b\x00\n") || len(part) > 2000 {
					t.Errorf("%s: %.300q", text, part)
				}
			}
		}
	}
}
