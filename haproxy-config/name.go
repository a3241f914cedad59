package haproxyconfig

// BadNameByte gives the offset of the first byte that may not stand in the name of a
// section, a server or an ACL, or -1. Letters, digits and _ : . - may.
func BadNameByte(name string) int {
	for i := range len(name) {
		c := name[i]
		if !isLetter(c) && !isDigit(c) && c != '_' && c != ':' && c != '.' && c != '-' {
			return i
		}
	}
	return -1
}
