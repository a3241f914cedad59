package ext

// names remembers where names have led, so that one who works on a file by several
// calls, as for contents, owner and times, has its folders searched once. It
// knows only names that exist, and forgets all of a folder when that changes.
type names [64]struct {
	dir  uint32 // the folder's inode; 0 where the place is free
	name string
	ino  uint32
}

func (n *names) place(dir uint32, name string) uint32 {
	h := dir
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619 // FNV-1a
	}
	return (h>>16 ^ h) % uint32(len(n))
}

func (n *names) get(dir uint32, name string) (ino uint32, ok bool) {
	p := &n[n.place(dir, name)]
	if p.dir != dir || p.name != name {
		return 0, false
	}
	return p.ino, true
}

func (n *names) put(dir uint32, name string, ino uint32) {
	p := &n[n.place(dir, name)]
	p.dir, p.name, p.ino = dir, name, ino
}

// forget is to be called when the names in a folder, or its inode, change.
func (n *names) forget(dir uint32) {
	for i := range n {
		if n[i].dir == dir {
			n[i].dir = 0
		}
	}
}
