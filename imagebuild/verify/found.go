package verify

// found are the differences, in the order in which they are met.
type found struct {
	list     []Difference
	counts   Counts
	stamp    int64 // the time in a header of the output that differs; 0 for none
	diskBase int64 // where the disk begins in the unpacked tarball
	// unfinished tells that not everything was compared.
	unfinished bool
}

func (f *found) add(d Difference) {
	f.counts.Places++
	if d.Layer != LayerGzip {
		f.counts.Bytes += d.Bytes
	}
	if len(f.list) < MaxPlaces {
		f.list = append(f.list, d)
	}
}
