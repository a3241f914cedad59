package access

import (
	"context"
	"fmt"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
)

// cronFinds gives findings of the tables of cron.
func cronFinds(find func(*check.Subject, survey.CronFile) []check.Finding) func(context.Context, *check.Subject) ([]check.Finding, error) {
	return func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		var out []check.Finding
		for _, f := range s.Survey.Cron.Files {
			if out = append(out, find(s, f)...); len(out) > maxFindings {
				return out[:maxFindings], nil
			}
		}
		return out, nil
	}
}

func ruleCronSyntax() check.Rule {
	r := check.Rule{
		Name: "cron-syntax", Group: check.GroupConfiguration, Severity: check.SeverityWarning,
		Why:  "cron passes a whole table by for one line that it does not understand: none of its jobs runs",
		Mend: "mend the line",
	}
	r.Find = cronFinds(func(s *check.Subject, f survey.CronFile) []check.Finding {
		var out []check.Finding
		for _, p := range f.Problems {
			if f.Passed == "" {
				out = append(out, orWithout(s, at(r, f.Path, p.Line, p.Text+"; none of the file's jobs runs")))
			}
		}
		return out
	})
	return r
}

func ruleCronMode() check.Rule {
	r := check.Rule{
		Name: "cron-mode", Group: check.GroupConfiguration, Severity: check.SeverityWarning,
		Why:  "cron does not read a table that others than its owner could have written, nor, on Enterprise Linux, one that can be executed: none of its jobs runs",
		Mend: "give it to root with mode 0644: `edits: [{file: {path: PATH, source: FILE, mode: 0644, owner: 'root:root'}}]`, or in an overlay by its .owners",
	}
	r.Find = cronFinds(func(s *check.Subject, f survey.CronFile) []check.Finding {
		if f.Passed == "" || strings.HasPrefix(f.Passed, "its name") || len(f.Jobs) == 0 {
			return nil
		}
		return []check.Finding{r.At(f.Path, "cron does not read it: "+f.Passed)}
	})
	return r
}

func ruleCronName() check.Rule {
	r := check.Rule{
		Name: "cron-name", Group: check.GroupConfiguration, Severity: check.SeverityWarning,
		Why:  "cron passes by what is named as a leftover, and Debian's what is named otherwise than with letters, digits, - and _: none of the file's jobs runs",
		Mend: "rename the file, or remove it: `edits: [{remove: PATH}]`",
	}
	r.Find = cronFinds(func(s *check.Subject, f survey.CronFile) []check.Finding {
		for _, leftover := range []string{".rpmsave", ".rpmorig", ".rpmnew", "~", ".dpkg-old", ".dpkg-dist", ".dpkg-new", ".bak", ".orig"} {
			if strings.HasSuffix(f.Path, leftover) {
				return nil // other rules tell of it
			}
		}
		if !strings.HasPrefix(f.Passed, "its name") || len(f.Jobs) == 0 {
			return nil
		}
		x := r.At(f.Path, "cron does not read it: "+f.Passed)
		x.Hint = fmt.Sprintf("rename it, or remove it: `edits: [{remove: %s}]`", check.YAMLText(f.Path))
		return []check.Finding{x}
	})
	return r
}

func ruleCronUser() check.Rule {
	r := check.Rule{
		Name: "cron-user-missing", Group: check.GroupConfiguration, Severity: check.SeverityWarning,
		Why:  "cron passes a whole table by for a job of a user whom the image does not have",
		Mend: "name an account that the image has, or make it: `edits: [{user: {name: NAME, system: true}}]`",
	}
	r.Find = cronFinds(func(s *check.Subject, f survey.CronFile) []check.Finding {
		if f.Passed != "" || len(s.Survey.Accounts) == 0 {
			return nil
		}
		if f.User != "" {
			if knownAccount(s.Survey, f.User) {
				return nil
			}
			return []check.Finding{r.At(f.Path, "a table of "+f.User+", whom the image does not have")}
		}
		var out []check.Finding
		for _, j := range f.Jobs {
			user, _, _ := strings.Cut(j.User, ":") // FreeBSD's class, and cronie's group
			if !knownAccount(s.Survey, user) {
				x := at(r, f.Path, j.Line, fmt.Sprintf("a job of %s, whom the image does not have; none of the file's jobs runs", j.User))
				x.Hint = "name an account that the image has, or make it: `edits: [{user: {name: " + check.YAMLText(user) + ", system: true}}]`"
				out = append(out, x)
			}
		}
		return out
	})
	return r
}
