package survey

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lbimage/overlay/treetest"
	"lbimage/tests/needs"
)

func TestCron(t *testing.T) {
	tree := treetest.Fill(map[string]string{
		"etc/crontab":                  "SHELL=/bin/bash\nMAILTO = root\n# m h dom mon dow user command\n01 * * * * root run-parts /etc/cron.hourly\n",
		"etc/cron.d/servo":             "*/5 * * * * servo /usr/libexec/load-balancer-servo/ntp-update",
		"etc/cron.d/x.rpmsave":         "nonsense\n",
		"etc/cron.d/executable":        "* * * * * root x\n",
		"etc/cron.d/writable":          "* * * * * root x\n",
		"etc/cron.d/wrong":             "@daily root x\n61 * * * * root x\n* * * *\n@often root x\n* * * * * root\n",
		"var/spool/cron/root":          "0-30/10,45 1 1,15 jan-mar sun echo hello % there\n",
		"etc/anacrontab":               "RANDOM_DELAY=45\n1\t5\tcron.daily\tnice run-parts /etc/cron.daily\n@monthly 45 cron.monthly nice x\nbad\n",
		"var/spool/cron/crontabs/none": "",
	})
	if err := tree.Remove("var/spool/cron/crontabs/none"); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{"etc/cron.d/executable": 0o755, "etc/cron.d/writable": 0o664} {
		if err := tree.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	var got strings.Builder
	for _, f := range ReadCron(tree).Files {
		fmt.Fprintf(&got, "%s %s %q %v %v\n", f.Path, f.User, f.Passed, f.Jobs, f.Problems)
	}
	want := `/etc/crontab  "" [{01 * * * * root run-parts /etc/cron.hourly 4}] []
/etc/cron.d/executable  "it may be written to by others than its owner, or executed: its mode is 0755" [{* * * * * root x 1}] []
/etc/cron.d/servo  "" [{*/5 * * * * servo /usr/libexec/load-balancer-servo/ntp-update 1}] []
/etc/cron.d/writable  "it may be written to by others than its owner, or executed: its mode is 0664" [{* * * * * root x 1}] []
/etc/cron.d/wrong  "" [{@daily root x 1}] [{2 "61" is no minute (0 to 59)} {3 4 of the five fields of the time are there} {4 @often is no time} {5 no command is named}]
/etc/cron.d/x.rpmsave  "its name is that of a leftover" [] [{1 "nonsense" is no minute (0 to 59)}]
/var/spool/cron/root root "" [{0-30/10,45 1 1,15 jan-mar sun root echo hello % there 1}] []
/etc/anacrontab  "" [{1 root nice run-parts /etc/cron.daily 2} {@monthly root nice x 3}] [{4 a job is a period in days, a delay in minutes, a name and a command}]
`
	if got.String() != want {
		t.Errorf("%s\nwant\n%s", got.String(), want)
	}
}

// crontab itself says which tables of a user it takes.
func TestCronAgainstCrontab(t *testing.T) {
	crontab := needs.Program(t, "crontab")
	if os.Getuid() != 0 {
		t.Skip("crontab may not be there for others than root")
	}
	unshare := needs.Program(t, "unshare")
	random := rand.New(rand.NewPCG(1, 1))
	pick := func(s ...string) string { return s[random.IntN(len(s))] }
	var texts []string
	dir := t.TempDir()
	var script strings.Builder
	fmt.Fprintf(&script, "mount --bind %s /var/spool/cron/crontabs\n", dir)
	for i := range 150 {
		var fields []string
		for range 5 {
			fields = append(fields, pick("*", "*", "*/5", "1", "0", "7", "12", "31", "60", "1-5", "5-1", "1,2,3", "1-10/2", "*/0", "jan", "mon", "sun-tue", "x", "1-", "-1", "1,,2", "*-5", "+1", "08"))
		}
		text := strings.Join(fields, " ") + pick(" true\n", " true", "\n", " root true\n")
		text = pick("", "A=b\n", "# x\n", "'A B' = c\n", "A B = c\n") + text
		if random.IntN(8) == 0 {
			text = pick("@daily", "@reboot", "@often", "@", "@hourly\t") + " true\n"
		}
		name := filepath.Join(dir, fmt.Sprint("table", i))
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
		fmt.Fprintf(&script, "%s %s >/dev/null 2>&1; echo $?\n", crontab, name)
	}
	out, err := exec.Command(unshare, "-m", "sh", "-c", script.String()).CombinedOutput()
	answers := strings.Fields(string(out))
	if err != nil || len(answers) != len(texts) {
		needs.Missing(t, fmt.Sprintf("mounts are not possible: %v %s", err, out))
	}
	good := 0
	for i, text := range texts {
		var f CronFile
		f.read(text, "root", true)
		if (answers[i] == "0") != (len(f.Problems) == 0) {
			t.Errorf("crontab: %s, here: %v\n%s", answers[i], f.Problems, text)
		}
		if answers[i] == "0" {
			good++
		}
	}
	if good < 10 {
		t.Errorf("only %d were good", good)
	}
}

func FuzzCron(f *testing.F) {
	f.Add("*/5 1-2,3~4 * jan sun root x\n\"A\" = b\n-@daily root y")
	f.Fuzz(func(t *testing.T, text string) {
		var c CronFile
		c.read(text, "", false)
		c.read(text, "root", true)
	})
}
