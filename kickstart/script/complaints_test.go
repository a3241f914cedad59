package script

import "testing"

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
