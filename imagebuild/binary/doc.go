// Package binary reads facts of ELF programs and libraries without running them: for which machine they are, what they
// need to start, and which build they are.
//
// An ELF file has two tables that say what is in it. The loader goes by the program headers, so what a file needs is
// taken from there: the interpreter (PT_INTERP), the dynamic section (PT_DYNAMIC) with the names of libraries and
// folders, the symbol versions that it asks of each library, the build-id (PT_NOTE). The section headers are for
// linkers and debuggers, may be missing and may lie: they say only whether a symbol table and debug information are
// left, and where an object that was never linked (a kernel module) has its build-id.
//
// The bytes may be anything. Every count and offset is bounded before it is followed, nothing is read as a whole, and
// what cannot be understood is an error that says at which offset.
//
// The formats are those of the System V ABI (gABI, chapters 4 and 5), of the GNU extensions in the Linux Standard Base
// (symbol versions), and of binutils (build-id).
package binary
