package verify

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// isSpace tells a full disk of this machine from a damaged output.
func isSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EIO)
}

// causes are what could have made the difference, the certain ones first. keys are all
// that the record says otherwise.
func (v *verification) causes(keys []KeyDifference) (out []Cause) {
	r := v.report
	if r.Same {
		return nil
	}
	certain := func(what, evidence string, a ...any) {
		out = append(out, Cause{what, fmt.Sprintf(evidence, a...), true})
	}
	likely := func(what, evidence string, a ...any) {
		out = append(out, Cause{what, fmt.Sprintf(evidence, a...), false})
	}
	if v.record == nil {
		likely("not known: there is no record", "beside the output there is no %s, which tells of which source, by which version and when it was made: fetch it, or name it with --record", "record (OUTPUT.json)")
	} else {
		v.changedSince(certain)
		byKey(keys, certain)
	}
	v.byPlace(likely)
	if v.record != nil && len(out) == 0 {
		likely("the same request gave other bytes", "source, request, time and version are those of the record, and the output is the one that it tells of: build it twice, and if the two differ, please report it with this text")
	}
	return out
}

// changedSince tells an output that is not the one of the record.
func (v *verification) changedSince(certain func(string, string, ...any)) {
	r := v.report
	switch said := v.record.Output.SHA256; {
	case said == r.Output.SHA256:
	case said == r.Rebuild.SHA256 && v.record.Output.Name != filepath.Base(r.Output.Name):
		certain("the record is another output's, or the output was renamed and changed", "it tells of %s with sha256 %s, which the recipe makes; the output has %s", v.record.Output.Name, said, r.Output.SHA256)
	case said == r.Rebuild.SHA256:
		certain("the output was changed after it was built", "its record says sha256 %s, which is what the recipe makes; the output has %s", said, r.Output.SHA256)
	default:
		certain("the output was changed after it was built, or the record is another output's", "the record says sha256 %s, %d bytes; the output has %s, %d bytes", said, v.record.Output.Size, r.Output.SHA256, r.Output.Size)
	}
}

// byKey tells by the record what is not as it was.
func byKey(keys []KeyDifference, certain func(string, string, ...any)) {
	groups := []struct {
		prefix, what string
	}{
		{"source", "another source"}, {"tool.version", "another version of lbimage"}, {"time", "another time stamp (SOURCE_DATE_EPOCH)"},
		{"profile", "another profile"}, {"request", "another recipe"}, {"packages", "another package"}, {"servo", "another commit of the servo's source"},
		{"selinux", "other labels"}, {"image", "another image"},
	}
	told := map[string]bool{}
	request := false
	for _, g := range groups {
		var list []KeyDifference
		for _, k := range keys {
			if k.Key == g.prefix || strings.HasPrefix(k.Key, g.prefix+".") || strings.HasPrefix(k.Key, g.prefix+"[") {
				list = append(list, k)
				told[k.Key] = true
			}
		}
		if len(list) == 0 {
			continue
		}
		request = request || g.prefix == "request" || g.prefix == "servo" || g.prefix == "packages" || g.prefix == "source"
		certain(g.what, "%s", evidenceOf(list))
	}
	var changes []KeyDifference
	for _, k := range keys {
		if strings.HasPrefix(k.Key, "changes[") {
			changes = append(changes, k)
		}
	}
	if len(changes) > 0 && !request {
		certain("files that the recipe names have other contents: an overlay, a template, keys", "%s", evidenceOf(changes))
	}
}

// evidenceOf writes the first of some keys.
func evidenceOf(list []KeyDifference) string {
	const most = 3
	var words []string
	for i, k := range list {
		if i == most {
			words = append(words, fmt.Sprintf("and %d more", len(list)-most))
			break
		}
		words = append(words, fmt.Sprintf("%s is %s in the record, %s now", k.Key, k.Record, k.Rebuild))
	}
	return strings.Join(words, "; ")
}

// byPlace tells by what differs.
func (v *verification) byPlace(likely func(string, string, ...any)) {
	r := v.report
	onlyGzip := len(r.Differences) > 0
	for _, d := range r.Differences {
		onlyGzip = onlyGzip && d.Layer == LayerGzip
	}
	if v.appended {
		likely("bytes were put behind the end of the output", "all that a build writes is there, and %d bytes follow", r.Output.Size-r.Rebuild.Size)
	} else if onlyGzip && r.Unreadable == "" {
		likely("packed again, by another program or another version of the compression library", "what is packed is the same, byte for byte")
	}
	if stamp := v.found.stamp; stamp > 0 && stamp != r.Time.Unix() && v.record == nil {
		likely("another time stamp (SOURCE_DATE_EPOCH)", "the output's header says %s (SOURCE_DATE_EPOCH=%d), the rebuild was made with %s from %s", time.Unix(stamp, 0).UTC().Format(time.RFC3339), stamp, r.Time.UTC().Format(time.RFC3339), r.TimeFrom)
	}
	if r.Unreadable != "" && !v.appended {
		likely("the output is damaged: cut off, or changed without packing it anew", "%s", r.Unreadable)
	}
	if len(r.Refused) > 0 {
		likely("a build would write nothing today", "a check has errors, the first: %s", r.Refused[0].Message)
	}
}
