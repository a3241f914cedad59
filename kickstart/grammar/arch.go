package grammar

import "slices"

// architectures are the names that rpm gives to machines, sorted.
var architectures = []string{
	"aarch64", "alpha", "amd64", "arm64", "armv5tel", "armv6hl", "armv7hl", "armv7hnl", "athlon", "geode", "i386", "i486",
	"i586", "i686", "ia32e", "ia64", "noarch", "ppc", "ppc64", "ppc64le", "ppc64p7", "riscv64", "s390", "s390x", "sparc",
	"sparc64", "sparc64v", "sparcv8", "sparcv9", "sparcv9v", "src", "x86_64",
}

// Architectures are the architectures that can stand behind a package's name in %packages, as in glibc.i686; sorted.
func Architectures() []string { return slices.Clone(architectures) }

// IsArchitecture says whether the word is one of them.
func IsArchitecture(s string) bool {
	_, ok := slices.BinarySearch(architectures, s)
	return ok
}
