package disk

import (
	"errors"
	"fmt"
	"strings"

	"lbimage/imagebuild/block"
)

// Verdict is what a probe finds on a partition.
type Verdict struct {
	Root bool // it holds a root file system
	// Reason says what is there, for people: "ext3, holds etc and sbin".
	Reason string
}

// Errors of [FindRoot].
var (
	ErrNoRoot    = errors.New("no root file system found")
	ErrAmbiguous = errors.New("more than one partition could be the root")
	ErrNumber    = errors.New("no such partition")
)

// FindRoot finds the partition that holds the root file system. With want 0 every
// partition is shown to probe, and exactly one must be a root; an error of probe
// ends the search. Otherwise want is the number of the partition to take, and
// probe is not asked.
func FindRoot(t *Table, probe func(block.Device, Partition) (Verdict, error), want int) (Partition, error) {
	if want != 0 {
		return t.choose(want)
	}
	var roots, lines, rootLines []string
	var found Partition
	for _, p := range t.Partitions {
		if p.Kind == Extended {
			continue
		}
		var v Verdict
		d, err := p.Open()
		if err != nil {
			v.Reason = "reaches past the end of the disk"
		} else if v, err = probe(d, p); err != nil {
			return Partition{}, fmt.Errorf("%s: %w", p.label(), err)
		}
		line := fmt.Sprintf("%s: %s", p.describe(), v.Reason)
		lines = append(lines, line)
		if v.Root {
			roots, rootLines, found = append(roots, p.label()), append(rootLines, line), p
		}
	}
	switch {
	case len(roots) == 1:
		return found, nil
	case len(roots) > 1:
		return Partition{}, fmt.Errorf("%w: %s; choose one with --partition N", ErrAmbiguous, strings.Join(rootLines, "; "))
	case len(lines) == 0:
		return Partition{}, fmt.Errorf("%w: the disk has no partitions; give the image of an installed system", ErrNoRoot)
	case t.Kind == None:
		return Partition{}, fmt.Errorf("%w: %s; give the image of an installed system", ErrNoRoot, lines[0])
	}
	return Partition{}, fmt.Errorf("%w: %s; if one of them should be it, choose it with --partition N", ErrNoRoot, strings.Join(lines, "; "))
}

// choose gives the partition of that number.
func (t *Table) choose(number int) (Partition, error) {
	var have []string
	for _, p := range t.Partitions {
		if p.Number == number {
			_, err := p.Open()
			return p, err
		}
		if p.Number != 0 && p.Kind != Extended {
			have = append(have, fmt.Sprint(p.Number))
		}
	}
	if len(have) == 0 {
		return Partition{}, fmt.Errorf("%w: %d: the disk has no partitions; leave --partition out", ErrNumber, number)
	}
	return Partition{}, fmt.Errorf("%w: %d: the disk has %s; choose one of them with --partition N", ErrNumber, number, strings.Join(have, ", "))
}

// label names the partition.
func (p Partition) label() string {
	if p.Number == 0 {
		return "the disk, which has no partition table"
	}
	return fmt.Sprintf("partition %d", p.Number)
}

// describe names the partition with what the table says of it.
func (p Partition) describe() string {
	if p.Number == 0 {
		return p.label()
	}
	kind := p.TypeName
	if kind == "" {
		kind = "type " + p.Type
	}
	return fmt.Sprintf("%s (%s, %d MiB)", p.label(), kind, p.Size>>20)
}
