package main

import (
	"fmt"

	"lbimage/imagebuild"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/verify"
)

// printDigests writes what came of each file, and what that does not prove. Of what
// SHA256SUMS names the files that are as it says are counted.
func printDigests(s stdio, r *verify.DigestReport) {
	one := check.OneLine
	line := func(verdict verify.Verdict, role, path string) {
		fmt.Fprintf(s.out, "%-8s %-14s %s\n", verdict, one(role), one(path))
	}
	sums, as := "", 0
	for _, d := range r.Files {
		if d.Role == string(imagebuild.RoleSums) && d.Verdict == verify.VerdictSame {
			sums, as = d.By, as+1
			continue
		}
		line(d.Verdict, d.Role, d.Path)
		if d.Verdict == verify.VerdictDiffers {
			fmt.Fprintf(s.out, "         expected       sha256 %s%s, by %s\n", one(d.Expected.SHA256), sizeText(d.Expected.Size), one(d.By))
			fmt.Fprintf(s.out, "         it has         sha256 %s%s\n", d.Actual.SHA256, sizeText(d.Actual.Size))
		}
	}
	if as > 0 {
		line(verify.VerdictSame, string(imagebuild.RoleSums), fmt.Sprintf("%s: %d file%s", sums, as, plural(as)))
	}
	fmt.Fprintln(s.out)
	for _, n := range r.NotCovered {
		fmt.Fprintf(s.out, "not covered: %s\n", one(n))
	}
	fmt.Fprintf(s.out, "%s: %s\n", one(r.Record), digestVerdict(r))
}

// digestVerdict counts what is not as it should be.
func digestVerdict(r *verify.DigestReport) string {
	if r.Same {
		return "all that is there is as it says"
	}
	differ := 0
	for _, d := range r.Files {
		if d.Verdict == verify.VerdictDiffers {
			differ++
		}
	}
	switch {
	case differ == 0:
		return "the output is missing"
	case differ == 1:
		return "1 digest differs"
	}
	return fmt.Sprintf("%d digests differ", differ)
}

func sizeText(n int64) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(", %d bytes", n)
}
