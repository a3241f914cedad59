package survey

import (
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"lbimage/overlay"
)

// FileKind is why a file deserves a look.
type FileKind string

const (
	FilesSetID         FileKind = "set-id"           // programs that run as their owner or group
	FilesWorldWritable FileKind = "world-writable"   // files that everyone may write to, and folders like that without the sticky bit
	FilesCore          FileKind = "core"             // memory of programs that died
	FilesSwap          FileKind = "swap"             // room for memory
	FilesHistory       FileKind = "history"          // what was typed, looked at, connected to
	FilesLog           FileKind = "log"              // logs that are not empty, and what installers leave
	FilesCache         FileKind = "cache"            // of package managers and of tools in homes
	FilesLease         FileKind = "lease"            // of DHCP
	FilesNetRule       FileKind = "net-rule"         // udev's, which bind names of network cards to addresses
	FilesCardAddress   FileKind = "card-address"     // networks' configuration that is for one card alone
	FilesKeys          FileKind = "authorized-keys"  // keys that may log in, in any home
	FilesHostKey       FileKind = "host-key"         // the SSH server's private keys
	FilesSeed          FileKind = "seed"             // of random numbers
	FilesMachineID     FileKind = "machine-id"       // numbers that a machine gives itself
	FilesCloudInit     FileKind = "cloud-init"       // what cloud-init knows of an instance
	FilesTemp          FileKind = "temp"             // in /tmp and /var/tmp
	FilesMail          FileKind = "mail"             // in mail boxes
	FilesAccountBackup FileKind = "account-backup"   // of passwd, shadow and their like
	FilesLeftover      FileKind = "package-leftover" // beside configuration: .rpmnew, .dpkg-old
	FilesEditor        FileKind = "editor-leftover"  // backups and swap files of editors
	FilesPrivateKey    FileKind = "private-key"      // private keys other than the SSH server's
	FilesCredential    FileKind = "credential"       // files in which tools keep passwords and keys
	FilesCheckout      FileKind = "checkout"         // work trees of git and its like
)

// Files are those that deserve a look, by kind.
type Files map[FileKind]*FileList

// FileList are the files of a kind. There may be more than are listed.
type FileList struct {
	Files []FileFact // the first maxFilesOfKind, in order of their paths
	Count int
	Bytes int64
}

// FileFact is a file or folder.
type FileFact struct {
	Path     string
	Mode     fs.FileMode
	UID, GID uint32
	Size     int64
}

// Of gives the files of a kind; never nil.
func (f Files) Of(kind FileKind) *FileList {
	if l := f[kind]; l != nil {
		return l
	}
	return &FileList{}
}

const maxFilesOfKind = 1000

// filesCollector looks at all files on the walk over the tree.
type filesCollector struct {
	tree  overlay.ReadTree
	files Files
}

func newFilesCollector(t overlay.ReadTree) *filesCollector {
	return &filesCollector{tree: t, files: Files{}}
}

func (c *filesCollector) visit(name string, info fs.FileInfo) error {
	mode := info.Mode()
	if mode&fs.ModeSymlink != 0 || name == "." {
		return nil
	}
	if mode.Perm()&0o002 != 0 && (mode.IsRegular() || mode.IsDir() && mode&fs.ModeSticky == 0) {
		c.add(FilesWorldWritable, name, info)
	}
	if mode.IsRegular() && mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 && mode.Perm()&0o111 != 0 {
		c.add(FilesSetID, name, info)
	}
	base := path.Base(name)
	if mode.IsDir() {
		if (base == ".git" || base == ".svn" || base == ".hg") && path.Dir(name) != "." {
			c.add(FilesCheckout, name, info)
		}
		if path.Dir(name) == "var/lib/cloud/instances" {
			c.add(FilesCloudInit, name, info)
		}
	}
	if under(name, "tmp", "var/tmp") && !strings.HasPrefix(base, ".X") && !slices.Contains(tempFolders, base) && (!mode.IsDir() || path.Dir(name) == "tmp" || path.Dir(name) == "var/tmp") {
		c.add(FilesTemp, name, info)
	}
	if !mode.IsRegular() || info.Size() == 0 {
		return nil
	}
	for _, r := range fileRules {
		if r.fits(name, base) && (r.content == nil || r.content(c.tree, name, info)) {
			c.add(r.kind, name, info)
			break
		}
	}
	return nil
}

// tempFolders are made in /tmp by what runs at boot.
var tempFolders = []string{".ICE-unix", ".font-unix", ".Test-unix", "lost+found"}

func (c *filesCollector) add(kind FileKind, name string, info fs.FileInfo) {
	l := c.files[kind]
	if l == nil {
		l = &FileList{}
		c.files[kind] = l
	}
	l.Count++
	if info.Mode().IsRegular() {
		l.Bytes += info.Size()
	}
	if len(l.Files) < maxFilesOfKind {
		f := FileFact{Path: slashed(name), Mode: info.Mode(), Size: info.Size()}
		f.UID, f.GID, _ = overlay.OwnerOf(info)
		l.Files = append(l.Files, f)
	}
}

// under reports whether a name lies below one of the folders.
func under(name string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(name, f+"/") })
}

// holdsData reports whether a file is more than zeros: of /var/log/lastlog, say, whether anybody ever logged in.
func holdsData(t overlay.ReadTree, name string, info fs.FileInfo) bool {
	if n, ok := overlay.SysField(info, "Blocks"); ok && n == 0 && info.Size() > 4096 {
		return false // all holes
	}
	f, err := t.Open(name)
	if err != nil {
		return true
	}
	defer f.Close()
	buf := make([]byte, 64<<10)
	for left := 64 << 20; left > 0; left -= len(buf) {
		n, err := f.Read(buf)
		for _, c := range buf[:n] {
			if c != 0 {
				return true
			}
		}
		if err != nil {
			return err != io.EOF
		}
	}
	return true
}
