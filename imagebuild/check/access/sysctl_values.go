package access

import (
	"fmt"
	"strconv"
	"strings"
)

// sysctlTexts are parameters whose values are texts.
var sysctlTexts = strings.Fields(`kernel.core_pattern kernel.hostname kernel.domainname kernel.modprobe kernel.hotplug kernel.poweroff_cmd
kernel.printk_devkmsg kernel.seccomp.actions_logged kernel.usermodehelper.bset kernel.usermodehelper.inheritable kernel.watchdog_cpumask kernel.reboot-cmd
kernel.sched_features kernel.panic_sys_info net.ipv4.tcp_congestion_control net.ipv4.tcp_allowed_congestion_control net.ipv4.tcp_fastopen_key net.core.default_qdisc net.ipv4.ip_local_reserved_ports
net.core.netdev_rss_key net.core.flow_limit_cpu_bitmap net.core.rps_default_mask net.ipv6.conf.*.stable_secret net.ipv6.icmp.ratemask vm.numa_zonelist_order kernel.exec-shield kernel.acpi_video_flags kernel.cap-bound`)

// numbers is how many numbers a parameter has, and what they may be.
type numbers struct {
	count    int // 0: any, at least one
	min, max int64
	rising   bool // each at least as large as the one before
}

const most = 1<<63 - 1

// sysctlNumbers are parameters with bounds that the kernel keeps, or beyond which they make no sense.
var sysctlNumbers = map[string]numbers{
	"net.ipv4.ip_local_port_range":        {2, 1, 65535, true},
	"net.ipv4.ping_group_range":           {2, 0, most, false},
	"net.ipv4.tcp_rmem":                   {3, 1, 1<<31 - 1, true},
	"net.ipv4.tcp_wmem":                   {3, 1, 1<<31 - 1, true},
	"net.ipv4.tcp_mem":                    {3, 0, most, true},
	"net.ipv4.udp_mem":                    {3, 0, most, true},
	"kernel.sem":                          {4, 0, 1<<31 - 1, false},
	"kernel.printk":                       {4, 0, 1<<31 - 1, false},
	"kernel.ns_last_pid":                  {1, 0, most, false},
	"vm.lowmem_reserve_ratio":             {0, 0, most, false},
	"kernel.random.uuid":                  {0, 0, most, false},
	"net.ipv4.ip_default_ttl":             {1, 1, 255, false},
	"net.ipv4.conf.*.rp_filter":           {1, 0, 2, false},
	"net.ipv4.tcp_keepalive_time":         {1, 1, 2147483, false},
	"net.ipv4.tcp_keepalive_intvl":        {1, 1, 2147483, false},
	"net.ipv4.tcp_keepalive_probes":       {1, 1, 255, false},
	"net.ipv4.tcp_fin_timeout":            {1, 1, 2147483, false},
	"net.ipv4.tcp_syn_retries":            {1, 1, 127, false},
	"net.ipv4.tcp_synack_retries":         {1, 0, 255, false},
	"net.ipv4.tcp_retries1":               {1, 0, 255, false},
	"net.ipv4.tcp_adv_win_scale":          {1, -31, 31, false},
	"net.ipv4.tcp_max_syn_backlog":        {1, 1, 1<<31 - 1, false},
	"net.ipv4.tcp_syncookies":             {1, 0, 2, false},
	"net.ipv4.ip_unprivileged_port_start": {1, 0, 65535, false},
	"net.core.somaxconn":                  {1, 1, 1<<31 - 1, false},
	"vm.swappiness":                       {1, 0, 200, false},
	"vm.overcommit_memory":                {1, 0, 2, false},
	"vm.dirty_ratio":                      {1, 0, 100, false},
	"vm.dirty_background_ratio":           {1, 0, 100, false},
	"vm.min_free_kbytes":                  {1, 0, 1<<31 - 1, false},
	"kernel.randomize_va_space":           {1, 0, 2, false},
	"kernel.pid_max":                      {1, 301, 4194304, false},
	"kernel.kptr_restrict":                {1, 0, 2, false},
	"kernel.sysrq":                        {1, 0, 511, false},
	"fs.suid_dumpable":                    {1, 0, 2, false},
	"fs.protected_hardlinks":              {1, 0, 1, false},
	"fs.protected_symlinks":               {1, 0, 1, false},
}

// wrongValue says what is wrong with a value; empty for nothing, or for what is not known. name is as the table has it.
func wrongValue(name, value string) string {
	_, known := sysctlKeys()[name]
	if contains(sysctlTexts, name) {
		if value == "" && (name == "net.ipv4.tcp_congestion_control" || name == "net.core.default_qdisc" || name == "kernel.hostname") {
			return "the value is missing"
		}
		return ""
	}
	want, bounded := sysctlNumbers[name]
	if !known && !bounded {
		return ""
	}
	fields := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(fields) == 0 {
		return "the value is missing"
	}
	var before int64
	for i, f := range fields {
		n, err := strconv.ParseInt(f, 0, 64)
		if u, err2 := strconv.ParseUint(f, 0, 64); err != nil && err2 == nil {
			n, err = most, nil // kernel.shmmax and its like take all 64 bits
			_ = u
		}
		switch {
		case err != nil:
			return fmt.Sprintf("%q is no number", f)
		case bounded && (n < want.min || n > want.max):
			return fmt.Sprintf("%s is not %d to %d", f, want.min, want.max)
		case bounded && want.rising && i > 0 && n < before:
			return fmt.Sprintf("%s is less than %d before it", f, before)
		}
		before = n
	}
	if bounded && want.count > 0 && len(fields) != want.count {
		return fmt.Sprintf("it takes %d numbers, not %d", want.count, len(fields))
	}
	return ""
}
