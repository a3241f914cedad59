package script_test

import (
	"fmt"

	"lbimage/kickstart"
	"lbimage/kickstart/script"
)

func ExampleRead() {
	f, err := kickstart.Parse("lb.ks", []byte(`%post --erroronfail
sed -i '/requiretty/s/^/#/' /etc/sudoers
echo "NOZEROCONF=yes" >> /etc/sysconfig/network
augtool set /files/etc/ntp.conf/server x
passwd -l root
%end
`), 0)
	if err != nil {
		panic(err)
	}
	r := script.Read(f)
	for _, s := range r.Steps {
		if s.Effect >= 0 {
			e := r.Effects[s.Effect]
			fmt.Println(e.Place, e.Kind, e.Path+e.User)
		} else {
			u := r.Unread[s.Unread]
			fmt.Println(u.Place, "not read:", u.Why)
		}
	}
	// Output:
	// lb.ks:2:1 sed /etc/sudoers
	// lb.ks:3:1 append /etc/sysconfig/network
	// lb.ks:4:1 not read: what augtool does is not known
	// lb.ks:5:1 lock root
}
