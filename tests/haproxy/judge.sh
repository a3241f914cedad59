#!/bin/sh
# Holds corpus/INDEX.tsv against a real haproxy.
#
#   judge.sh [-u] [HAPROXY]    (HAPROXY: /usr/sbin/haproxy)
#
# Every corpus/NAME.cfg is read by `haproxy -C corpus -c -f NAME.cfg` in an empty
# environment; nothing is bound, no right is needed. The second column of the index is
#   -     accepted: exit 0, or 2 for "no listener". ALERTs may still be said then.
#   3,7   refused: the lines that ALERTs name
#   3,7?  the same, and further ALERTs that name no line
#   -?    refused, and no ALERT names a line
# Differences are shown as "name: index, haproxy" and make the exit code 1.
# With -u the column is written anew; a file without a line in the index gets one,
# with "?" for its words.
set -u
update=
if [ "${1-}" = -u ]; then update=yes; shift; fi
haproxy=${1:-/usr/sbin/haproxy}
cd "$(dirname "$0")/corpus" || exit 2
command -v "$haproxy" >/dev/null || { echo "judge.sh: no $haproxy; install haproxy or name its path" >&2; exit 2; }
new=$(mktemp) && said=$(mktemp) || exit 2
trap 'rm -f "$new" "$said"' EXIT

# blamed FILE: the second column.
blamed() {
	# The shell would speak of a haproxy that a signal ends.
	{ env -i "$haproxy" -C . -c -f "$1" >/dev/null 2>"$said"; } 2>/dev/null
	case $? in 0 | 2) echo -; return ;; esac
	# One message ends in a zero byte, not a line end, so that two ALERTs share a line.
	tr '\000' '\n' <"$said" | sed 's/\[ALERT\]/\n&/g' | awk -v file="$1" '
		!/^\[ALERT\]/ || /Error\(s\) found in configuration file|Fatal errors found in configuration/ { next }
		{
			at = index($0, file ":")
			number = at ? substr($0, at + length(file) + 1) + 0 : 0
			if (!number) loose = 1
			else if (!(number in seen)) { seen[number] = 1; if (number > last) last = number }
		}
		END {
			for (i = 1; i <= last; i++) if (i in seen) { list = list comma i; comma = "," }
			print (list == "" ? "-?" : list (loose ? "?" : ""))
		}'
}

for file in *.cfg; do
	name=${file%.cfg}
	words=$(awk -F '\t' -v name="$name" '$1 == name { print $3 }' INDEX.tsv)
	printf '%s\t%s\t%s\n' "$name" "$(blamed "$file")" "${words:-?}"
done | LC_ALL=C sort >"$new"

if [ -n "$update" ]; then
	cat "$new" >INDEX.tsv
	exit 0
fi
awk -F '\t' '
	NR == FNR { index_has[$1] = $2; next }
	!($1 in index_has) { print $1 ": not in the index, " $2; bad = 1; next }
	index_has[$1] != $2 { print $1 ": " index_has[$1] ", " $2; bad = 1 }
	{ delete index_has[$1] }
	END {
		for (name in index_has) { print name ": no such file"; bad = 1 }
		exit bad
	}' INDEX.tsv "$new"
