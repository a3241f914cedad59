package imagebuild

import (
	"fmt"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/request"
)

// UsageError is a request that cannot be carried out on any image.
type UsageError = request.UsageError

func usagef(format string, args ...any) error {
	return &UsageError{Err: fmt.Errorf(format, args...)}
}

// FindingsError is a result that was not written, because a check of it has
// findings of severity error.
type FindingsError struct{ Findings []check.Finding }

func (e *FindingsError) Error() string {
	var worst []string
	for _, f := range e.Findings {
		if f.Severity == check.SeverityError {
			worst = append(worst, f.String())
		}
	}
	return fmt.Sprintf("nothing is written, the result has errors:\n%s", strings.Join(worst, "\n"))
}
