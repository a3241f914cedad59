package compare

// DiskDifference is what differs in the disk outside of files, summed up for one structure, or one field of it.
type DiskDifference struct {
	// Structure is the name: "superblock", "block bitmap", "journal", "partition table".
	Structure string `json:"structure"`
	// What is the field or the part, where one is told by itself: "Last write time". Then A and B are its values.
	What string `json:"what,omitempty"`
	A    string `json:"a,omitempty"`
	B    string `json:"b,omitempty"`
	// Bytes is how many bytes of the disk differ there. No byte is counted twice.
	Bytes int64 `json:"bytes"`
	// Count is how many of Unit they are in: bits, inodes, blocks.
	Count int64  `json:"count,omitempty"`
	Unit  string `json:"unit,omitempty"`
	// Groups are the groups of blocks they lie in, as "0, 3-7".
	Groups string `json:"groups,omitempty"`
	// First is where on the disk the first of them lies.
	First int64 `json:"first"`
	// Note says what it means.
	Note string `json:"note,omitempty"`
}
