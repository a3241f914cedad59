package page

// Tile is a number that a page begins with.
type Tile struct {
	Name  string
	Value string
	Tone  Tone // empty for none
}

// Fact is a name with a value.
type Fact struct {
	Name  string
	Value string
	Code  bool // it is set as code: paths, digests
}

// Table is shown with its first column as the heads of the rows.
type Table struct {
	Name  string // what it is a table of
	Heads []string
	Rows  []Cells
	Left  int // rows that are left out
}

// Cells are a row of a Table.
type Cells struct {
	Tone  Tone
	Cells []string
}

// maxTable is how many rows a table shows.
const maxTable = 1000

// Add adds a row, or counts it where there are too many.
func (t *Table) Add(cells ...string) { t.AddToned("", cells...) }

// AddToned is Add for a row with a tone.
func (t *Table) AddToned(tone Tone, cells ...string) {
	if len(t.Rows) >= maxTable {
		t.Left++
		return
	}
	t.Rows = append(t.Rows, Cells{Tone: tone, Cells: cells})
}

// Step is one respect in which a thing differs: what it was and what it is, either of which may be nothing.
type Step struct {
	Name string
	A, B string
	One  string // in place of both
}

// Told is what is told of a path when it is unfolded, with the template "told".
type Told struct {
	Steps []Step
	Notes []string
	Diff  *Diff
}
