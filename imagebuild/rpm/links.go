package rpm

// linkSets says which files are hard links of each other.
type linkSets struct {
	set  []int32 // of each file, -1 for a file with one name
	size []int32 // of each set
	last []int32 // of each set: its last file in the header's order
}

// findLinks finds the sets and sets Nlink. Device and inode make a set; packages
// before rpm 4.6 have those of the machine that built them, cut to 32 bits, so
// size, mode and digest must agree too. Ghosts are not in the payload and belong
// to no set.
func findLinks(files []File) linkSets {
	type key struct {
		device, inode uint32
		size          int64
		mode          uint32
		digest        string
	}
	l := linkSets{set: make([]int32, len(files))}
	first := make(map[key]int32, len(files))
	for i := range files {
		l.set[i] = -1
		f := &files[i]
		if !f.Mode.IsRegular() || !f.InPayload() || f.Inode == 0 {
			continue
		}
		k := key{f.Device, f.Inode, f.Size, uint32(f.Mode), f.Digest}
		j, ok := first[k]
		if !ok {
			first[k] = int32(i)
			continue
		}
		if l.set[j] < 0 {
			l.set[j] = int32(len(l.size))
			l.size = append(l.size, 1)
			l.last = append(l.last, j)
		}
		s := l.set[j]
		l.set[i] = s
		l.size[s]++
		l.last[s] = int32(i)
	}
	for i, s := range l.set {
		if s >= 0 {
			files[i].Nlink = int(l.size[s])
		}
	}
	return l
}

// carries reports whether file i is alone or the last of its set, which is the
// one that carries the content.
func (l *linkSets) carries(i int) bool {
	return l.set[i] < 0 || l.last[l.set[i]] == int32(i)
}
