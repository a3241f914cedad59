package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// secretKickstart has secrets wherever kickstart files have them; each is a word that ends in SECRET and a number. Most of it is
// right, so that it is read; what is not is told, and a message must not tell more.
const secretKickstart = `#version=RHEL6
url --url=http://me:aSECRET1@host/a --proxy=http://me:aSECRET2@proxy:3128
repo --name=x --baseurl=https://me:aSECRET3@host/b
rootpw aSECRET4
bootloader --location=mbr --password=aSECRET5 --md5pass=$1$abcdefgh$aSECRET6xxxxxxxxxxxxxx
user --name=joe --password=aSECRET7 --plaintext
user --name=jim --iscrypted --password=$6$saltsalt$aSECRET8xxxxxxxxxxxxxxxxxxxxxxxxxxxx
sshpw --username=root aSECRET9 --plaintext
part / --size=1536 --fstype ext3 --encrypted --passphrase=aSECRET10
raid /x --level=1 --device=md0 --encrypted --passphrase aSECRET11 raid.01 raid.02
iscsi --ipaddr=1.2.3.4 --user=x --password=aSECRET12 --reverse-password=aSECRET13
network --bootproto=dhcp --essid=x --wepkey=aSECRET14
BROKEN
%include http://u:aSECRET15@h/x
%packages
@core
%end
%pre
echo root:aSECRET16 | chpasswd
curl -u me:aSECRET17 http://h
%end
%post --erroronfail
echo root:aSECRET20 | chpasswd
echo aSECRET21 | passwd --stdin root
chpasswd <<EOF
root:aSECRET22
EOF
chpasswd -e <<EOF
root:$6$saltsalt$aSECRET23xxxxxxxxxxx
EOF
chpasswd <<< "root:aSECRET24"
PASS=aSECRET25
echo "root:$PASS" | chpasswd
usermod -p '$6$saltsalt$aSECRET26xxxxxxxxxxxxx' root
useradd -p $(openssl passwd -1 aSECRET27) tom
cat > /root/id_rsa <<EOF
-----BEGIN RSA PRIVATE KEY-----
aSECRET28AAAAAAAAAAAAA
-----END RSA PRIVATE KEY-----
EOF
echo 'joe:$6$saltsalt$aSECRET29xxxxxxxxx:1::::::' >> /etc/shadow
sed -i 's,^root:[^:]*,root:$6$saltsalt$aSECRET30xxxxxxx,' /etc/shadow
wget --password=aSECRET31 http://u:aSECRET32@h/x
curl -uuser:aSECRET33 http://h/x > /etc/y
mysql -u root -paSECRET34 < /x
mysqladmin -u root password aSECRET35
export AWS_SECRET_ACCESS_KEY=aSECRET36
export DB_PASSWORD="aSECRET37"
sed -i 's|baseurl=.*|baseurl=http://u:aSECRET38@h/x|' /etc/yum.repos.d/y.repo
echo 'password=aSECRET39' >> /etc/my.cnf
echo "requirepass aSECRET40" >> /etc/redis.conf
grub-md5-crypt aSECRET41
subscription-manager register --username=u --password=aSECRET42 --activationkey=aSECRET43
echo aSECRET44 | cryptsetup luksFormat /dev/sda
expect -c 'send "aSECRET45\r"'
htpasswd -b /etc/x u aSECRET46
echo "user aSECRET47" | tee /etc/ppp/chap-secrets
git clone https://x:aSECRET48@github.com/a/b /opt/b
echo -e "aSECRET49\naSECRET49" | passwd root
echo 'root:aSECRET50' > /tmp/p; chpasswd < /tmp/p
for u in root:aSECRET51; do echo $u | chpasswd; done
ssh-keygen -t rsa -N aSECRET52 -f /root/.ssh/x
ipa-client-install -p admin -w aSECRET53
echo 'root:aSECRET54' \
 | chpasswd
cat > /etc/yum.repos.d/x.repo <<EOF
[x]
baseurl=http://u:aSECRET55@h/x
password=aSECRET56
EOF
%end
`

// brokenKickstart is what the installer refuses.
const brokenKickstart = `rootpw a aSECRET60
bootloader --iscrypted --password=grub.pbkdf2.sha512.10000.aSECRET61.aSECRET61
user --name=jol --pasword=aSECRET62
rootpww aSECRET63
botloader --password=aSECRET64
%addon com_redhat_x --password=aSECRET65
%end`

var planted = regexp.MustCompile(`aSECRET\d+`)

// No command that looks at a kickstart file tells a secret of it; the recipe that a plan writes has those that it sets, for its
// owner alone.
func TestKickstartSecrets(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	image := filepath.Join(dir, "sample.rpm")
	if code, out := called(t, "sample", "-o", image); code != exitDone {
		t.Fatal(out)
	}
	good, bad := file("good.ks", strings.Replace(secretKickstart, "BROKEN\n", "", 1)), file("bad.ks", strings.Replace(secretKickstart, "BROKEN", brokenKickstart, 1))
	edits, page := filepath.Join(dir, "edits.yaml"), filepath.Join(dir, "page.html")
	build := file("build.yaml", "apiVersion: lbimage/v1\nsource: {path: sample.rpm}\nchecks: {kickstart: good.ks}\n")
	var all [][]string
	for _, ks := range []string{good, bad} {
		for _, format := range []string{"text", "json"} {
			all = append(all, []string{"kickstart", "show", ks, "--format", format}, []string{"kickstart", "check", ks, "--format", format},
				[]string{"check", image, "--lint-only", "--kickstart", ks, "--all-statements", "--format", format}, []string{"kickstart", "plan", ks, image, "--format", format})
		}
	}
	all = append(all, []string{"kickstart", "plan", good, image, "-o", edits}, []string{"build", "-f", build, "-o", filepath.Join(dir, "out"), "--lint-only", "--report=" + page})
	for _, args := range all {
		var out, errs bytes.Buffer
		code := run(context.Background(), args, stdio{in: strings.NewReader(""), out: &out, err: &errs})
		if code != exitDone && code != exitFindings || out.Len()+errs.Len() == 0 {
			t.Errorf("%s: exit %d\n%s", args, code, errs.String())
		}
		told(t, strings.Join(args, " "), out.String()+errs.String())
	}
	made, err := os.ReadDir(filepath.Join(dir, "out"))
	if err != nil || len(made) < 2 {
		t.Fatal(err, made)
	}
	for _, f := range made {
		text, err := os.ReadFile(filepath.Join(dir, "out", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		told(t, f.Name(), string(text))
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "good.ks") {
		t.Fatal("the page tells nothing of the kickstart file: ", err)
	}
	told(t, page, string(text))
	text, err = os.ReadFile(edits)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(edits); err != nil || info.Mode().Perm() != 0o600 || !planted.Match(text) {
		t.Errorf("the recipe with secrets has %v (%v)", info.Mode(), err)
	}
}

func told(t *testing.T, what, text string) {
	t.Helper()
	if all := planted.FindAllString(text, -1); len(all) > 0 {
		slices.Sort(all)
		t.Errorf("%s tells %s", what, slices.Compact(all))
	}
}
