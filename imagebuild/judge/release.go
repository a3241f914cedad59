package judge

import (
	"fmt"
	"io"
	"regexp"
)

// How the releases of HAProxy write their version into the program:
//
//	1.3 to 1.5   "HA-Proxy version 1.5-dev21-6b07bf7 2013/12/17\n" as one string
//	1.6 on       the version and the date as strings of their own
//	2.x on       " version 2.6.12-1+deb12u4, released 2026/10/17" besides, for those who look into a core file
var (
	releaseOne  = regexp.MustCompile(`^HA-?Proxy version ([0-9][\w.+~-]*),? (?:released )?([0-9]{4}/[0-9]{2}/[0-9]{2})`)
	releaseCore = regexp.MustCompile(`^ ?version ([0-9][\w.+~-]*), released ([0-9]{4}/[0-9]{2}/[0-9]{2})`)
	releaseOnly = regexp.MustCompile(`^[1-9]\.[0-9]+(?:\.[0-9]+|-dev[0-9]+)(?:[.+~-][\w.+~-]*)?$`)
	releaseDate = regexp.MustCompile(`^20[0-9]{2}/[0-9]{2}/[0-9]{2}$`)
)

// nearby is how far the strings of version and date may lie apart when nothing else joins them.
const nearby = 256

// readRelease looks for the version among the strings of a program.
func readRelease(r io.ReaderAt, size int64) (release, date string, err error) {
	type found struct {
		at   int64
		text string
	}
	var versions, dates []found
	var one, core []string
	const enough = 4096 // strings that look like one; a file of nothing else is no HAProxy
	err = scanStrings(r, size, func(at int64, s []byte) bool {
		switch {
		case releaseOne.Match(s):
			one = texts(releaseOne.FindSubmatch(s))
			return false
		case core == nil && releaseCore.Match(s):
			core = texts(releaseCore.FindSubmatch(s))
			return false
		case len(versions) < enough && releaseOnly.Match(s):
			versions = append(versions, found{at, string(s)})
		case len(dates) < enough && releaseDate.Match(s):
			dates = append(dates, found{at, string(s)})
		}
		return true
	})
	if err != nil {
		return "", "", fmt.Errorf("looking for the version: %w", err)
	}
	if one == nil {
		one = core
	}
	if one != nil {
		return one[1], one[2], nil
	}
	i := 0
	for _, d := range dates {
		for i < len(versions) && versions[i].at < d.at-nearby {
			i++
		}
		if i < len(versions) && versions[i].at <= d.at+nearby {
			return versions[i].text, d.text, nil
		}
	}
	return "", "", nil
}

func texts(m [][]byte) []string {
	var out []string
	for _, b := range m {
		out = append(out, string(b))
	}
	return out
}

// scanStrings hands over each run of printable characters that is as long as a version and no longer than a
// line, with its offset, until use says no.
func scanStrings(r io.ReaderAt, size int64, use func(at int64, s []byte) bool) error {
	const shortest, longest = 5, 160
	buf := make([]byte, 64<<10)
	run := make([]byte, 0, longest)
	length := 0
	flush := func(end int64) bool {
		n := length
		length = 0
		if n < shortest {
			return true
		}
		return use(end-int64(n), run)
	}
	for off := int64(0); off < size; {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-off)], off)
		for i, c := range buf[:n] {
			switch {
			case c < ' ' || c > '~':
				if !flush(off + int64(i)) {
					return nil
				}
				run = run[:0]
			default:
				length++
				if len(run) < longest {
					run = append(run, c)
				}
			}
		}
		off += int64(n)
		if err == io.EOF || n == 0 && err == nil {
			break
		}
		if err != nil {
			return err
		}
	}
	flush(size)
	return nil
}
