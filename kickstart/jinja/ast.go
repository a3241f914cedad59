package jinja

// node is a statement or an expression; pos is where it begins in the source.
type node interface{ pos() int }

type where int

func (w where) pos() int { return int(w) }

// Statements.
type (
	textNode struct {
		where
		text string
	}
	printNode struct {
		where
		value node
	}
	forNode struct {
		where
		target     node // a nameNode or a tupleNode of targets
		over       node
		test       node // nil: all
		body, none []node
	}
	ifNode struct {
		where
		tests  []node
		bodies [][]node // one more than tests where there is an else
	}
	setNode struct {
		where
		target  node // a nameNode, a memberNode of a namespace, or a tupleNode
		value   node // nil: the body is the value
		filters node // applied to the body; nil: none
		body    []node
	}
	withNode struct {
		where
		targets, values []node
		body            []node
	}
	filterNode struct {
		where
		filters node
		body    []node
	}
)

// Expressions.
type (
	constNode struct {
		where
		value any
	}
	nameNode struct {
		where
		name string
	}
	tupleNode struct {
		where
		items []node
	}
	listNode struct {
		where
		items []node
	}
	dictNode struct {
		where
		keys, values []node
	}
	unaryNode struct {
		where
		op    string // + - not
		value node
	}
	binaryNode struct {
		where
		op          string // + - * / // % ** and or
		left, right node
	}
	concatNode struct {
		where
		items []node
	}
	compareNode struct {
		where
		first node
		ops   []string
		rest  []node
	}
	chooseNode struct {
		where
		test, yes, no node // no may be nil
	}
	memberNode struct { // a.b
		where
		of   node
		name string
	}
	itemNode struct { // a[b]
		where
		of, key node
	}
	sliceNode struct { // the b in a[b]; each may be nil
		where
		from, to, step node
	}
	callNode struct {
		where
		of   node
		args arguments
	}
	filterCall struct {
		where
		of   node // nil: the body of a statement
		name string
		args arguments
	}
	testCall struct {
		where
		of   node
		name string
		args arguments
	}
)

// arguments are those of a call.
type arguments struct {
	plain []node
	names []string // of the named ones
	named []node
}
