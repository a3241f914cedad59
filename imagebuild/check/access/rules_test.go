package access_test

import (
	"testing"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/check/access"
	"lbimage/imagebuild/check/checktest"
	"lbimage/overlay/treetest"
)

var cases = []checktest.Case{
	{Rule: "sysctl-unknown", Spoil: checktest.Append("etc/sysctl.conf", "net.ipv4.tcp_keepalive_tme = 600\n"), Severity: check.SeverityWarning,
		Place: "/etc/sysctl.conf:29", Message: "did you mean net.ipv4.tcp_keepalive_time?"},
	{Rule: "sysctl-unknown", Spoil: checktest.Append("etc/sysctl.conf", "net/ipv4/ip_unprivileged_port_start = 80\n"), Severity: check.SeverityWarning,
		Place: "/etc/sysctl.conf:29", Message: "Linux has it from 4.11 on; the image's is 2.6"},
	{Rule: "sysctl-unknown", Spoil: checktest.Append("etc/sysctl.conf", "nett.core.somaxconn = 80\n"), Severity: check.SeverityWarning,
		Place: "/etc/sysctl.conf:29", Message: "no keys that begin with nett; did you mean net.core.somaxconn?"},
	{Rule: "sysctl-unknown", Spoil: checktest.Append("etc/sysctl.conf", "-kernel.swapiness = 1\n"), Severity: check.SeverityInfo,
		Place: "/etc/sysctl.conf:29", Message: "Linux has no such key"},
	{Rule: "sysctl-value", Spoil: checktest.Append("etc/sysctl.conf", "net.ipv4.tcp_fin_timeout = 30s\n"), Severity: check.SeverityWarning,
		Place: "/etc/sysctl.conf:29", Message: `"30s" is no number`},
	{Rule: "sysctl-value", Spoil: checktest.Append("etc/sysctl.conf", "net.ipv4.ip_local_port_range = 65000 1024\n"), Severity: check.SeverityWarning,
		Place: "/etc/sysctl.conf:29", Message: "1024 is less than 65000"},
	{Rule: "sysctl-value", Spoil: checktest.Append("etc/sysctl.conf", "net.ipv4.conf.eth0/1.rp_filter = 7\n"), Severity: check.SeverityWarning,
		Place: "/etc/sysctl.conf:29", Message: "7 is not 0 to 2"},
	{Rule: "sysctl-duplicate", Spoil: checktest.Append("etc/sysctl.conf", "net/ipv4/ip_forward = 1\n"), Severity: check.SeverityWarning,
		Place: "/etc/sysctl.conf:5", Message: "line 29 sets it to 1"},

	{Rule: "sudoers-syntax", Spoil: checktest.Append("etc/sudoers", "root ALL = haproxy\n"), Severity: check.SeverityError,
		Place: "/etc/sudoers:14", Message: `"haproxy" is no command`},
	{Rule: "sudoers-mode", Unmended: true, Spoil: checktest.Mode("etc/sudoers.d/servo", 0o666), Severity: check.SeverityError,
		Place: "/etc/sudoers.d/servo", Message: "everyone may write to it", Also: []string{"sudo-servo"}},
	{Rule: "sudoers-mode", Unmended: true, Spoil: checktest.Mode("etc/sudoers", 0o644), Severity: check.SeverityInfo,
		Place: "/etc/sudoers", Message: "everyone may read it"},
	{Rule: "sudo-servo", Spoil: checktest.Write(map[string]string{"etc/sudoers.d/servo": "servo ALL = NOPASSWD: /usr/sbin/haproxy\nservo ALL = (ALL) ALL\n"}), Severity: check.SeverityError,
		Place: "/etc/sudoers.d/servo:2", Message: "type a password"},
	{Rule: "sudo-servo", Spoil: checktest.Write(map[string]string{"etc/sudoers.d/servo": "# nothing\n"}), Severity: check.SeverityError,
		Place: "/etc/sudoers", Message: "nothing lets the servo start /usr/sbin/haproxy"},
	{Rule: "sudo-servo", Spoil: checktest.Replace("etc/sudoers", "#includedir", "# includedir"), Severity: check.SeverityError,
		Place: "/etc/sudoers", Message: "/etc/sudoers does not include /etc/sudoers.d/servo"},
	{Rule: "sudo-servo", Spoil: checktest.Append("etc/sudoers.d/servo", "ALL, !root ALL = !/usr/sbin/haproxy\n"), Severity: check.SeverityError,
		Place: "/etc/sudoers.d/servo:3", Message: "keeps the servo from starting"},
	{Rule: "sudo-requiretty", Spoil: checktest.Replace("etc/sudoers", "#Defaults    requiretty", "Defaults    requiretty"), Severity: check.SeverityError,
		Place: "/etc/sudoers:4", Message: "wants a terminal"},
	{Rule: "sudo-requiretty", Spoil: checktest.Replace("etc/sudoers", "Defaults    env_reset", "Defaults    env_reset, requiretty"), Severity: check.SeverityError,
		Place: "/etc/sudoers:8", Message: "wants a terminal"},
	{Rule: "sudo-requiretty", Spoil: checktest.Append("etc/sudoers.d/servo", "Defaults:servo requiretty\n"), Severity: check.SeverityError,
		Place: "/etc/sudoers.d/servo:3", Message: "wants a terminal"},
	{Rule: "sudo-requiretty", Spoil: checktest.Append("etc/sudoers", "Defaults!/usr/sbin/haproxy requiretty\n"), Severity: check.SeverityError,
		Place: "/etc/sudoers:14", Message: "wants a terminal"},
	{Rule: "sudo-servo", Spoil: checktest.Append("etc/sudoers", "servo ALL = (ALL) ALL\n"), Severity: check.SeverityError,
		Place: "/etc/sudoers:14", Message: "type a password"},
	{Rule: "sudo-servo", Spoil: checktest.Append("etc/sudoers", "ALL, !root ALL = !/usr/sbin/haproxy\n"), Severity: check.SeverityError,
		Place: "/etc/sudoers:14", Message: "keeps the servo from starting"},

	{Rule: "sshd-syntax", Spoil: checktest.Append("etc/ssh/sshd_config", "PermitRotLogin no\n"), Severity: check.SeverityError,
		Place: "/etc/ssh/sshd_config:10", Message: "did you mean permitrootlogin?"},
	{Rule: "sshd-empty-passwords", Spoil: checktest.Append("etc/ssh/sshd_config", "PermitEmptyPasswords yes\n"), Severity: check.SeverityError,
		Place: "/etc/ssh/sshd_config:10", Message: "takes empty passwords"},
	{Rule: "sshd-empty-passwords", Spoil: checktest.Both(checktest.Append("etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\n"),
		checktest.Write(map[string]string{"etc/ssh/sshd_config.d/50-lb.conf": "PermitEmptyPasswords yes\n"})), Severity: check.SeverityError,
		Place: "/etc/ssh/sshd_config.d/50-lb.conf:1", Message: "takes empty passwords"},
	{Rule: "sshd-protocol", Spoil: checktest.Replace("etc/ssh/sshd_config", "Protocol 2", "Protocol 2,1"), Severity: check.SeverityError,
		Place: "/etc/ssh/sshd_config:2", Message: "version 1"},
	{Rule: "sshd-unknown-user", Spoil: checktest.Append("etc/ssh/sshd_config", "AllowUsers deploy\n"), Severity: check.SeverityWarning,
		Place: "/etc/ssh/sshd_config:10", Message: "no account"},

	{Rule: "cron-syntax", Spoil: checktest.Append("etc/cron.d/load-balancer-servo", "*/5 * * servo true\n"), Severity: check.SeverityWarning,
		Place: "/etc/cron.d/load-balancer-servo:2", Message: "is no month"},
	{Rule: "cron-mode", Unmended: true, Spoil: checktest.Mode("etc/cron.d/load-balancer-servo", 0o755), Severity: check.SeverityWarning,
		Place: "/etc/cron.d/load-balancer-servo", Message: "mode is 0755"},
	{Rule: "cron-mode", Unmended: true, Spoil: func(t *testing.T, m *treetest.Memory) {
		if err := m.Lchown("etc/cron.d/load-balancer-servo", 498, 0); err != nil {
			t.Fatal(err)
		}
	}, Severity: check.SeverityWarning, Place: "/etc/cron.d/load-balancer-servo", Message: "not root's"},
	{Rule: "cron-name", Spoil: checktest.Write(map[string]string{"etc/cron.d/.hidden": "* * * * * root true\n"}), Severity: check.SeverityWarning,
		Place: "/etc/cron.d/.hidden", Message: "name is that of a leftover"},
	{Rule: "cron-user-missing", Spoil: checktest.Append("etc/cron.d/load-balancer-servo", "@daily deploy true\n"), Severity: check.SeverityWarning,
		Place: "/etc/cron.d/load-balancer-servo:2", Message: "a job of deploy"},
}

// elSudoers has the forms of lines that Enterprise Linux's file has.
const elSudoers = `## comment
# Host_Alias     FILESERVERS = fs1, fs2
Cmnd_Alias NETWORKING = /sbin/route, /sbin/ifconfig, /bin/ping, /sbin/dhclient, /usr/bin/net, /sbin/iptables
Cmnd_Alias SERVICES = /sbin/service, /sbin/chkconfig
User_Alias ADMINS = jsmith, %wheel
#Defaults    requiretty
Defaults   !visiblepw
Defaults    always_set_home
Defaults    env_reset
Defaults    env_keep =  "COLORS DISPLAY HOSTNAME HISTSIZE INPUTRC KDEDIR LS_COLORS"
Defaults    env_keep += "MAIL PS1 PS2 QTDIR USERNAME LANG LC_ADDRESS LC_CTYPE"
Defaults    secure_path = /sbin:/bin:/usr/sbin:/usr/bin
Defaults    match_group_by_gid, timestamp_timeout = 5, !lecture
root	ALL=(ALL) 	ALL
%sys ALL = NETWORKING, SERVICES
%wheel	ALL=(ALL)	NOPASSWD: ALL
ADMINS ALL = /sbin/mount /mnt/cdrom, /sbin/umount /mnt/cdrom, /sbin/shutdown -h now
#includedir /etc/sudoers.d
`

func TestRules(t *testing.T) { checktest.Walk(t, access.Rules(), cases) }

// What is right in one system or the other trips nothing.
func TestNothingToComplainOf(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, *treetest.Memory){
		"requiretty, and not for the servo": checktest.Both(checktest.Replace("etc/sudoers", "#Defaults    requiretty", "Defaults    requiretty"),
			checktest.Append("etc/sudoers.d/servo", "Defaults:servo !requiretty\n")),
		"visiblepw":                          checktest.Replace("etc/sudoers", "#Defaults   !visiblepw", "Defaults   !visiblepw"),
		"sudoers as Enterprise Linux has it": checktest.Write(map[string]string{"etc/sudoers": elSudoers}),
		"by group":                           checktest.Write(map[string]string{"etc/sudoers.d/servo": "%servo ALL = (root) NOPASSWD: /usr/sbin/haproxy -f *\n"}),
		"sysctls of modules": checktest.Append("etc/sysctl.conf", "net.bridge.bridge-nf-call-iptables = 0\nnet.netfilter.nf_conntrack_max = 100000\n-net.ipv6.conf.eth0.accept_ra = 0\n"+
			"net.ipv4.conf.all.rp_filter = 1\nnet.ipv4.tcp_rmem = 4096 87380 16777216\nkernel.core_pattern = |/bin/x %p\nnet.ipv4.ip_local_port_range=1024\t65000\nkernel.sysrq = 0\n"),
		"the same twice":   checktest.Append("etc/sysctl.conf", "net.ipv4.ip_forward=0\n"),
		"cron's names":     checktest.Write(map[string]string{"etc/cron.d/.placeholder": "# nothing\n", "etc/cron.d/0hourly": "SHELL=/bin/bash\n01 * * * * root run-parts /etc/cron.hourly\n"}),
		"users by pattern": checktest.Append("etc/ssh/sshd_config", "AllowUsers ro*@10.0.0.0/8\n"),
	} {
		m := checktest.Sample(t)
		spoil(t, m)
		for _, f := range checktest.Find(t, access.Rules(), m) {
			t.Errorf("%s: %v", name, f)
		}
	}
}
