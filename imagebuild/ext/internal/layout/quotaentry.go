package layout

// QuotaEntry is the view over what a quota file says of one owner. A limit of 0
// is none. Over its soft limit an owner may be until the grace time ends, over the
// hard limit never. An entry of zeros is not in use.
type QuotaEntry []byte

const QuotaEntrySize = 72

func (e QuotaEntry) ID() uint32             { return u32(e, 0x00) } // of the user, group or project
func (e QuotaEntry) SetID(v uint32)         { put32(e, 0x00, v) }
func (e QuotaEntry) InodesHard() uint64     { return u64(e, 0x08) }
func (e QuotaEntry) InodesSoft() uint64     { return u64(e, 0x10) }
func (e QuotaEntry) Inodes() uint64         { return u64(e, 0x18) } // how many the owner has
func (e QuotaEntry) SetInodes(v uint64)     { put64(e, 0x18, v) }
func (e QuotaEntry) SpaceHard() uint64      { return u64(e, 0x20) } // limits of space are in KiB
func (e QuotaEntry) SpaceSoft() uint64      { return u64(e, 0x28) }
func (e QuotaEntry) Space() uint64          { return u64(e, 0x30) } // bytes that the owner's inodes have blocks for
func (e QuotaEntry) SetSpace(v uint64)      { put64(e, 0x30, v) }
func (e QuotaEntry) SpaceGrace() uint64     { return u64(e, 0x38) } // when the grace time ends, in seconds since 1970; 0: under the soft limit
func (e QuotaEntry) SetSpaceGrace(v uint64) { put64(e, 0x38, v) }
func (e QuotaEntry) InodesGrace() uint64    { return u64(e, 0x40) }
func (e QuotaEntry) SetInodesGrace(v uint64) {
	put64(e, 0x40, v)
}

// InUse tells whether the entry is any owner's.
func (e QuotaEntry) InUse() bool {
	for _, c := range e {
		if c != 0 {
			return true
		}
	}
	return false
}

// Limited tells whether the owner has any limit.
func (e QuotaEntry) Limited() bool {
	return e.InodesHard()|e.InodesSoft()|e.SpaceHard()|e.SpaceSoft() != 0
}
