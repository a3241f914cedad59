package script

import "testing"

func TestFilters(t *testing.T) {
	for body, want := range map[string][]string{
		"base64 -d > /etc/a << E\naGVs\nbG8K\nE\n":           {`write /etc/a "hello\n"`},
		"base64 -d -i > /etc/a << E\naG#Vs\n bG8K\nE\n":      {`write /etc/a "hello\n"`},
		"echo aGVsbG8K | base64 --decode > /etc/a\n":         {`write /etc/a "hello\n"`},
		"echo 'aG#' | base64 -d > /etc/a\n":                  {"unread echo 'aG#' | base64 -d > /etc/a of /etc/a"},
		"base64 -d /root/x > /etc/a\n":                       {"harmless base64 -d /root/x > /etc/a", "unread base64 -d /root/x > /etc/a of /etc/a"},
		"awk '$2==\"/\" {print $1}' /etc/fstab\n":            {`harmless awk '$2=="/" {print $1}' /etc/fstab`},
		"awk '$1 > 5 {print $1}' /etc/fstab\n":               {"harmless awk '$1 > 5 {print $1}' /etc/fstab"},
		"awk '{print $1 > \"/etc/x\"}' /etc/fstab\n":         {`unread awk '{print $1 > "/etc/x"}' /etc/fstab`},
		"awk 'BEGIN{system(\"rm /a\")}'\n":                   {`unread awk 'BEGIN{system("rm /a")}'`},
		"awk \"$PROGRAM\" /etc/fstab\n":                      {`unread awk "$PROGRAM" /etc/fstab`},
		"awk -f /root/x /etc/fstab\n":                        {"unread awk -f /root/x /etc/fstab"},
		"gzip -cd > /etc/a\n":                                {"harmless gzip -cd > /etc/a", "unread gzip -cd > /etc/a of /etc/a"},
		"gzip /etc/a\n":                                      {"unread gzip /etc/a"},
		"mkswap /swapfile\n":                                 {"unread mkswap /swapfile of /swapfile"},
		"mknod -m 600 /dev/console c 5 1\n":                  {"harmless mknod -m 600 /dev/console c 5 1"},
		"sed --follow-symlinks -i s/a/b/ /etc/grub2.cfg\n":   {"sed /boot/grub2/grub.cfg s/a/b/"},
		"tuned-adm profile virtual-guest\necho a > /etc/a\n": {"unread tuned-adm profile virtual-guest of /boot /etc/ktune.d /etc/rc.d /etc/sysconfig /etc/sysctl.d /etc/tune-profiles /etc/tuned /var/lib/tuned", `write /etc/a "a\n"`},
	} {
		same(t, Read(post(body)), want...)
	}
}

// What commands complain goes where 2 leads, and not after 1 where that is led elsewhere.
func TestComplaints(t *testing.T) {
	for body, want := range map[string][]string{
		"(\ncat << E >> /root/keys\nkey\nE\nchmod 600 /root/keys\n) 2>&1 | tee /root/log\n": {`append /root/keys "key\n"`, "mode /root/keys 600", "unread tee /root/log of /root/log"},
		"(\nmkdir /srv/a\necho a > /etc/a\n) > /root/log 2>&1\n":                            {"folder /srv/a", `write /etc/a "a\n"`, "unread ( mkdir /srv/a echo a > /etc/a ) > /root/log 2>&1 of /root/log"},
		"{ cp /etc/a /etc/b; echo done; } > /root/log\n":                                    {"copy /etc/b /etc/a or inside", `write /root/log "done\n"`},
		"cp /etc/a /etc/b 2>&1 > /root/log\n":                                               {"copy /etc/b /etc/a or inside", "write /root/log"},
		"x=$(mkdir /srv/a 2>/dev/null; echo b)\necho $x > /etc/x\n":                         {"folder /srv/a", `write /etc/x "b\n"`},
		"( x=$(mkdir /srv/a; echo b); echo $x > /etc/x ) 2>&1 | tee /root/log\n":            {"folder /srv/a", `write /etc/x "b\n"`, "unread tee /root/log of /root/log"},
		"( echo a >&2 ) > /root/log 2>&1\n":                                                 {`write /root/log "a\n"`},
		"( echo a >&2; echo b > /etc/b ) 2>&1 | tee /root/log\n":                            {`write /etc/b "b\n"`, `write /root/log "a\n"`},
		"( echo a 2>/dev/null >&2; echo b ) 2>&1 | tee /root/log\n":                         {`write /root/log "b\n"`},
	} {
		same(t, Read(post(body)), want...)
	}
}
