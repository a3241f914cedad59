package judge

// The process that becomes the program is this executable, started anew as initName. It reads a spec from
// descriptor 3 and tells on descriptor 4 how far it came. For a sandbox, descriptor 5 is the store with the
// closure's files.
const (
	initName = "lbimage-judge-init"
	magic    = "lbimage judge 1\n"

	statusReady = "ready" // all is set up; what follows is the program
	statusSetup = "setup" // and a text: there can be no such sandbox here
	statusFiles = "files" // and a text: its files could not be written
	statusExec  = "exec"  // behind ready, and a text: the program could not be started
)

// spec is what that process does.
type spec struct {
	Sandbox bool
	Closure []entry // the sandbox's files, from the store
	Files   []File  // what to put besides, or instead

	Program   string
	Args, Env []string
	Dir       string

	Drop      bool // become nobody
	Memory    uint64
	CPU       uint64 // seconds
	FileSize  uint64 // bytes of a file it may write
	Processes uint64 // 0: as many as the user may have
}
