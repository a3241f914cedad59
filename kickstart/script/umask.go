package script

import (
	"fmt"
	"strconv"
	"strings"
)

// usualMask is the umask that scripts start with.
const usualMask = 0o022

// setUmask follows umask: what is made from here on has another mode.
func (r *run) setUmask(args []field) {
	r.status = good
	if len(args) == 0 || strings.HasPrefix(args[0].text, "-") && args[0].why == "" && len(args) == 1 {
		r.open.unknown("what umask prints is not known")
		return
	}
	mask := UnknownMask
	if len(args) == 1 && args[0].why == "" {
		if n, err := strconv.ParseUint(args[0].text, 8, 16); err == nil && n <= 0o777 {
			if mask = fmt.Sprintf("%03o", n); n == usualMask {
				mask = ""
			}
		}
	}
	if mask != r.umask && r.condition() != "" { // it may be another behind the condition, or loop
		mask = UnknownMask
	}
	r.umask = mask
}
