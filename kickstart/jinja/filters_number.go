package jinja

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

var numberFilters = map[string]filter{
	"int":   {[]string{"default", "base"}, filterInt},
	"float": {[]string{"default"}, filterFloat},
	"round": {[]string{"precision", "method"}, filterRound},
	"abs":   {nil, filterAbs},
	"sum":   {[]string{"attribute", "start"}, filterSum},
}

var (
	pythonFloat = regexp.MustCompile(`^[+-]?((\d+(_\d+)*)?\.?(\d+(_\d+)*)?([eE][+-]?\d+(_\d+)*)?|inf(inity)?|nan)$`)
	pythonInt   = regexp.MustCompile(`^[+-]?[0-9a-zA-Z]+(_[0-9a-zA-Z]+)*$`)
	someDigit   = regexp.MustCompile(`^[+-]?\.?\d`)
)

// parseFloat reads what Python's float does.
func parseFloat(s string) (float64, bool) {
	s = strings.ToLower(strings.TrimFunc(s, isSpace))
	if !pythonFloat.MatchString(s) || !someDigit.MatchString(s) && !strings.ContainsAny(s, "n") {
		return 0, false
	}
	f, _ := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64) // out of range is infinite, in Python too
	return f, true
}

// parseInt reads what Python's int does.
func parseInt(s string, base int64) (int64, bool, error) {
	s = strings.TrimFunc(s, isSpace)
	if base == 1 || base < 0 || base > 36 {
		return 0, false, nil
	}
	sign, body := "", strings.ToLower(s)
	if body != "" && (body[0] == '+' || body[0] == '-') {
		sign, body = body[:1], body[1:]
	}
	for prefix, b := range map[string]int64{"0x": 16, "0o": 8, "0b": 2} {
		if rest, ok := strings.CutPrefix(body, prefix); ok && (base == b || base == 0) {
			body, base = strings.TrimPrefix(rest, "_"), b
			break
		}
	}
	if base == 0 {
		base = 10
		if strings.Trim(body, "0_") != "" && strings.HasPrefix(body, "0") {
			return 0, false, nil
		}
	}
	if !pythonInt.MatchString(body) || strings.HasPrefix(body, "+") || strings.HasPrefix(body, "-") {
		return 0, false, nil
	}
	n, err := strconv.ParseInt(sign+strings.ReplaceAll(body, "_", ""), int(base), 64)
	if err == nil {
		return n, true, nil
	}
	if e, ok := err.(*strconv.NumError); ok && e.Err == strconv.ErrRange {
		return 0, false, wrong(tooLarge)
	}
	return 0, false, nil
}

// truncated is a real number without its fraction.
func truncated(f float64) (any, error) {
	switch {
	case math.IsInf(f, 0):
		return nil, wrong("what is infinite is no whole number")
	case f >= 1<<63 || f < -1<<63:
		return nil, wrong(tooLarge)
	}
	return int64(f), nil
}

func filterInt(r *run, v any, a []any) (any, error) {
	otherwise := a[0]
	if _, ok := otherwise.(absent); ok {
		otherwise = int64(0)
	}
	base, err := argInt(a[1], 10)
	if err != nil {
		return nil, err
	}
	if i, f, integer, ok := numeric(v); ok {
		if integer {
			return i, nil
		}
		if math.IsNaN(f) {
			return otherwise, nil
		}
		return truncated(f)
	}
	if u, ok := v.(undefined); ok {
		return nil, u.err()
	}
	s, ok := text(v)
	if !ok {
		return otherwise, nil
	}
	if n, ok, err := parseInt(s, base); ok || err != nil {
		return n, err
	}
	if f, ok := parseFloat(s); ok && !math.IsNaN(f) {
		return truncated(f)
	}
	return otherwise, nil
}

func filterFloat(r *run, v any, a []any) (any, error) {
	if _, f, _, ok := numeric(v); ok {
		return f, nil
	}
	if u, ok := v.(undefined); ok {
		return nil, u.err()
	}
	if s, ok := text(v); ok {
		if f, ok := parseFloat(s); ok {
			return f, nil
		}
	}
	if _, ok := a[0].(absent); ok {
		return 0.0, nil
	}
	return a[0], nil
}

func filterRound(r *run, v any, a []any) (any, error) {
	precision, err := argInt(a[0], 0)
	if err != nil {
		return nil, err
	}
	method, err := argString(r, a[1], "common")
	if err != nil {
		return nil, err
	}
	_, f, integer, ok := numeric(v)
	switch {
	case !ok:
		return nil, wrong("round needs a number, not '%s'", typeName(v))
	case precision < 0 || precision > 300:
		return nil, wrong("round to %d places is not supported", precision)
	case method == "common" && integer:
		return mustInt(v), nil
	case method == "common":
		out, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', int(precision), 64), 64)
		if err != nil {
			return f, nil
		}
		return out, nil
	case method != "ceil" && method != "floor":
		return nil, wrong("round knows the methods common, ceil and floor")
	}
	scale := math.Pow(10, float64(precision))
	scaled := f * scale
	if math.IsInf(scaled, 0) || math.IsNaN(scaled) {
		return nil, wrong("the number is too large")
	}
	if method == "ceil" {
		scaled = math.Ceil(scaled)
	} else {
		scaled = math.Floor(scaled)
	}
	return scaled/scale + 0, nil // + 0: there is no whole number -0
}

func mustInt(v any) int64 {
	i, _, _, _ := numeric(v)
	return i
}

func filterAbs(r *run, v any, _ []any) (any, error) {
	i, f, integer, ok := numeric(v)
	switch {
	case !ok:
		return nil, wrong("abs needs a number, not '%s'", typeName(v))
	case !integer:
		return math.Abs(f), nil
	case i == math.MinInt64:
		return nil, wrong(tooLarge)
	case i < 0:
		return -i, nil
	}
	return i, nil
}

func filterSum(r *run, v any, a []any) (any, error) {
	get, err := r.attribute(a[0])
	if err != nil {
		return nil, err
	}
	sum := a[1]
	if _, free := sum.(absent); free {
		sum = int64(0)
	}
	if _, ok := text(sum); ok {
		return nil, wrong("sum does not put texts together: use join")
	}
	items, err := r.all(v)
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		if item, err = get(item); err != nil {
			return nil, err
		}
		if sum, err = r.operate("+", sum, item); err != nil {
			return nil, err
		}
	}
	return sum, nil
}
