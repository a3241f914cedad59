package script

import (
	"testing"

	"lbimage/kickstart"
)

// post is a file with one %post section.
func post(body string, options ...kickstart.Option) *kickstart.File {
	return &kickstart.File{Name: "lb.ks", Nodes: []kickstart.Node{&kickstart.Section{
		Place: kickstart.Place{File: "lb.ks", Line: 10, Column: 1}, Head: "%post\n", Body: body, Name: "%post", Options: options}}}
}

func TestTry(t *testing.T) {
	r := Read(post(`#
sed -i '/requiretty/s/^/#/' /etc/sudoers
echo "NOZEROCONF=yes" >> /etc/sysconfig/network
passwd -l root
cat >> /etc/rc.d/rc.local <<EOF

# a
for key_type in rsa dsa; do
    if [ ! -f /etc/ssh/ssh_host_\${key_type}_key ]; then
	x="\$(echo \$M | sed -e 's/\./-/g')"
done
EOF
mkdir -p /var/lib/x && cd /var/lib/x
chmod 755 a
X=5
foo $X
echo $X $Y > /etc/y
`))
	for _, e := range r.Effects {
		t.Logf("%s %+v", e.Place, e)
	}
	for _, e := range r.Unread {
		t.Logf("%s %+v", e.Place, e)
	}
}
