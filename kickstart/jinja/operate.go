package jinja

import (
	"math"
	"math/big"
	"math/bits"
	"strings"
)

const tooLarge = "the number does not fit into 64 bits"

// operate is an arithmetic operator.
func (r *run) operate(op string, a, b any) (any, error) {
	for _, v := range []any{a, b} {
		if u, ok := v.(undefined); ok {
			return nil, u.err()
		}
	}
	if _, ok := text(a); ok && op == "%" {
		return r.percent(a, b)
	}
	if op == "+" {
		if v, ok, err := r.join(a, b); ok || err != nil {
			return v, err
		}
	}
	if op == "*" {
		if v, ok, err := r.repeat(a, b); ok || err != nil {
			return v, err
		}
	}
	ai, af, aInt, aOK := numeric(a)
	bi, bf, bInt, bOK := numeric(b)
	if !aOK || !bOK {
		return nil, wrong("'%s' and '%s' cannot be combined by %s", typeName(a), typeName(b), op)
	}
	if aInt && bInt && op != "/" && !(op == "**" && bi < 0) {
		return integers(op, ai, bi)
	}
	return reals(op, af, bf)
}

func integers(op string, a, b int64) (any, error) {
	switch op {
	case "+":
		if c := a + b; (c > a) == (b > 0) {
			return c, nil
		}
	case "-":
		if c := a - b; (c < a) == (b > 0) {
			return c, nil
		}
	case "*":
		if c, ok := product(a, b); ok {
			return c, nil
		}
	case "//", "%":
		if b == 0 {
			return nil, wrong("division by zero")
		}
		if b == -1 && a == math.MinInt64 && op == "//" {
			break
		}
		quotient, rest := int64(0), int64(0)
		if b != -1 {
			quotient, rest = a/b, a%b
		} else {
			quotient = -a
		}
		if rest != 0 && (rest < 0) != (b < 0) {
			quotient, rest = quotient-1, rest+b
		}
		if op == "%" {
			return rest, nil
		}
		return quotient, nil
	case "**":
		return power(a, b)
	}
	return nil, wrong(tooLarge)
}

func product(a, b int64) (int64, bool) {
	negative := (a < 0) != (b < 0)
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	switch {
	case high != 0 || low > 1<<63 || low == 1<<63 && !negative:
		return 0, false
	case negative:
		return int64(-low), true
	}
	return int64(low), true
}

func magnitude(a int64) uint64 {
	if a < 0 {
		return -uint64(a)
	}
	return uint64(a)
}

func power(a, b int64) (any, error) {
	if a == 1 || a == 0 && b > 0 {
		return a, nil
	}
	if a == -1 {
		return 1 - 2*(b&1), nil
	}
	out := int64(1)
	for ; b > 0; b-- { // 2**63 is too large already
		var ok bool
		if out, ok = product(out, a); !ok {
			return nil, wrong(tooLarge)
		}
	}
	return out, nil
}

func reals(op string, a, b float64) (any, error) {
	switch op {
	case "+":
		return a + b, nil
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	case "**":
		return realPower(a, b)
	}
	if b == 0 {
		return nil, wrong("division by zero")
	}
	if op == "/" {
		return a / b, nil
	}
	rest := math.Mod(a, b)
	quotient := (a - rest) / b
	switch {
	case rest == 0:
		rest = math.Copysign(0, b)
	case (rest < 0) != (b < 0):
		rest, quotient = rest+b, quotient-1
	}
	if op == "%" {
		return rest, nil
	}
	if quotient == 0 {
		return math.Copysign(0, a/b), nil
	}
	whole := math.Floor(quotient)
	if quotient-whole > 0.5 {
		whole++
	}
	return whole, nil
}

// realPower is exact before it is rounded, which math.Pow is not. Exponents that are no whole numbers are refused: what
// C's pow gives for them is not to be had.
func realPower(a, b float64) (any, error) {
	switch {
	case a == 0 && b < 0:
		return nil, wrong("division by zero")
	case math.IsInf(a, 0) || math.IsNaN(a) || math.IsInf(b, 0) || math.IsNaN(b) || a == 0 || a == 1 || b == 0:
		return math.Pow(a, b), nil
	case b != math.Floor(b) || math.Abs(b) > 1024:
		return nil, wrong("a power of %s is not supported", reprFloat(b))
	}
	base, out := new(big.Rat), big.NewRat(1, 1)
	base.SetFloat64(a)
	for range int(math.Abs(b)) {
		out.Mul(out, base)
	}
	if b < 0 {
		out.Inv(out)
	}
	f, _ := out.Float64()
	if math.IsInf(f, 0) {
		return nil, wrong("the number is too large")
	}
	return f, nil
}

// join puts texts and lists together.
func (r *run) join(a, b any) (any, bool, error) {
	s, sText := text(a)
	t, tText := text(b)
	if sText && tText {
		return r.joinTexts(a, b, s, t)
	}
	var x, y []any
	la, aList := a.(list)
	lb, bList := b.(list)
	ta, aTuple := a.(tuple)
	tb, bTuple := b.(tuple)
	switch {
	case aList && bList:
		x, y = la, lb
	case aTuple && bTuple:
		x, y = ta, tb
	default:
		return nil, false, nil
	}
	if err := r.spend(16 * (len(x) + len(y))); err != nil {
		return nil, false, err
	}
	both := append(append(make([]any, 0, len(x)+len(y)), x...), y...)
	if aTuple {
		return tuple(both), true, nil
	}
	return list(both), true, nil
}

// joinTexts escapes the one that is not, where the other is.
func (r *run) joinTexts(a, b any, s, t string) (any, bool, error) {
	_, first := a.(markup)
	_, second := b.(markup)
	switch {
	case first && !second:
		t = escapeHTML(t)
	case second && !first:
		s = escapeHTML(s)
	}
	if err := r.spend(len(s) + len(t)); err != nil {
		return nil, false, err
	}
	if first || second {
		return markup(s + t), true, nil
	}
	return s + t, true, nil
}

// repeat is a text or a list several times.
func (r *run) repeat(a, b any) (any, bool, error) {
	n, _, integer, ok := numeric(b)
	if !ok {
		a, b = b, a
		n, _, integer, ok = numeric(b)
	}
	if !ok || !integer {
		return nil, false, nil
	}
	n = max(n, 0)
	size := func(one int) error {
		if one > 0 && n > int64(maxWork/one) {
			return r.spend(maxWork + 1)
		}
		return r.spend(one * int(min(n, maxWork)))
	}
	items := func(x []any) ([]any, error) {
		if err := size(16 * len(x)); err != nil || len(x) == 0 {
			return nil, err
		}
		out := make([]any, 0, len(x)*int(n))
		for range n {
			out = append(out, x...)
		}
		return out, nil
	}
	switch a := a.(type) {
	case string:
		if err := size(len(a)); err != nil || a == "" {
			return "", true, err
		}
		return strings.Repeat(a, int(n)), true, nil
	case markup:
		if err := size(len(a)); err != nil || a == "" {
			return a, true, err
		}
		return markup(strings.Repeat(string(a), int(n))), true, nil
	case list:
		out, err := items(a)
		return list(out), true, err
	case tuple:
		out, err := items(a)
		return tuple(out), true, err
	}
	return nil, false, nil
}

// sign is + or - in front of a number.
func (r *run) sign(op string, v any) (any, error) {
	if u, ok := v.(undefined); ok {
		return nil, u.err()
	}
	i, f, integer, ok := numeric(v)
	switch {
	case !ok:
		return nil, wrong("'%s' has no sign", typeName(v))
	case integer && op == "-":
		if i == math.MinInt64 {
			return nil, wrong(tooLarge)
		}
		return -i, nil
	case integer:
		return i, nil
	case op == "-":
		return -f, nil
	}
	return f, nil
}

var htmlEscapes = strings.NewReplacer("&", "&amp;", ">", "&gt;", "<", "&lt;", "'", "&#39;", `"`, "&#34;")

func escapeHTML(s string) string { return htmlEscapes.Replace(s) }
