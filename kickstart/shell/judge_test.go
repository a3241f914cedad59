package shell

import (
	"errors"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"lbimage/tests/needs"
)

// parts are pieces of scripts as kickstart files have them.
var parts = strings.Split(`sed -i '/requiretty/s/^/#/' /etc/sudoers
echo "NOZEROCONF=yes" >> /etc/sysconfig/network
cat > /etc/motd << EOF
hello \$USER $(uname -r)
EOF
for t in rsa dsa; do
    ssh-keygen -t ${t} -N '' -f /etc/ssh/ssh_host_${t}_key
done
if [ ! -d /root/.ssh ]; then
    mkdir -p /root/.ssh
elif [ -f /etc/a -a "$x" != y ]; then
    echo >> /root/.ssh/authorized_keys
else
    :
fi
case "$1" in
start|stop)
    echo a
    ;;
*)
    exit 1
    ;;
esac
f() {
    local a=1
    return $((a + 2))
}
while read -r line; do
    [[ $line =~ ^a.*b$ ]] && echo "${line%%:*}" || break
done < /etc/passwd
a=(one two)
echo ${a[@]:0:1} | tee /etc/b > /dev/null 2>&1 &
( cd /tmp; ls ) && { pwd; }
cat <<-'END' | sh -x
	it's
	END
until false; do sleep 1; done
echo $(( 1 + 2 )) `+"`date +%s`"+`
!  test -e /etc/x
function g { echo; }
export A=b; readonly C
printf '%s\n' "$@" >&2
trap 'rm -f /tmp/x' EXIT
diff <(ls a) <(ls b)
select x in a b; do break; done
time ls
x=$'\n'; y=${x//a/b}
coproc cat
((i++))
for ((i=0;i<3;i++)); do echo $i; done
[[ -z $a || ( -n $b && $c == *.d ) ]]`, "\n")

// Whether a script parses is what bash -n says. Where an end is missing of a here-document, bash warns and goes on, and
// of some errors it tells without a status.
func TestBashAgrees(t *testing.T) {
	bash := needs.Program(t, "bash")
	r := rand.New(rand.NewPCG(1, 2))
	agreed, refused := 0, 0
	for i := range 300 {
		lines := append([]string{}, parts...)
		if i > 0 {
			for range 1 + r.IntN(3) {
				k := r.IntN(len(lines))
				switch r.IntN(3) {
				case 0:
					lines = append(lines[:k], lines[k+1:]...)
				case 1:
					if n := len(lines[k]); n > 0 {
						c := r.IntN(n)
						lines[k] = lines[k][:c] + lines[k][c+1:]
					}
				default:
					lines[k], lines[len(lines)-1] = lines[len(lines)-1], lines[k]
				}
			}
		}
		text := strings.Join(lines, "\n") + "\n"
		_, err := Parse(text, syntax.LangBash)
		cmd := exec.Command(bash, "-n")
		cmd.Stdin = strings.NewReader(text)
		out, bad := cmd.CombinedOutput()
		if len(out) > 0 {
			bad = errTold
		}
		if err != nil && bad == nil && slices.ContainsFunc(later, func(s string) bool { return strings.Contains(err.Error(), s) }) {
			continue
		}
		if (err == nil) != (bad == nil) {
			t.Errorf("here: %v; bash: %v %s\n%s", err, bad, out, text)
			continue
		}
		agreed++
		if err != nil {
			refused++
		}
	}
	if refused < 100 || agreed-refused < 100 {
		t.Errorf("%d agreed, %d of them refused: too few to tell anything", agreed, refused)
	}
}

// later are errors that bash finds when it runs a script: in here-documents, in arithmetic, in what is put in.
var later = []string{
	"reached EOF without matching `$(`", "must be followed by", "must follow an expression", "not a valid arithmetic operator", "invalid parameter name",
	"invalid @ expansion",
}

var errTold = errors.New("bash has told of something")
