package verify

import (
	"time"

	"lbimage/imagebuild/check"
)

// Schema names the form of a [Report].
const Schema = "lbimage/verify/v1"

// Report is what came of making an image once more.
type Report struct {
	Schema  string `json:"schema"`
	Same    bool   `json:"same"`
	Recipe  string `json:"recipe"` // as it was named
	Profile string `json:"profile"`
	// ProfileFrom and TimeFrom say where profile and time were taken from.
	ProfileFrom string    `json:"profileFrom"`
	Time        time.Time `json:"time"` // the stamp of all that is new
	TimeFrom    string    `json:"timeFrom"`
	Source      File      `json:"source"`
	Output      File      `json:"output"`
	Rebuild     File      `json:"rebuild"` // Name is what the recipe calls it
	Record      *Recorded `json:"record,omitempty"`
	Tool        string    `json:"tool"` // the version that made it once more

	// Differences are the places that differ in the order of the tarball's bytes, at
	// most [MaxPlaces] of them; the first is where the first differing byte lies.
	Differences []Difference `json:"differences,omitempty"`
	Counts      Counts       `json:"counts"`
	// Unreadable says why the output could not be compared to its end.
	Unreadable string `json:"unreadable,omitempty"`
	// Keys of the record that say something else of the output than of the rebuild.
	Keys     []KeyDifference `json:"keys,omitempty"`
	MoreKeys int             `json:"moreKeys,omitempty"`
	Causes   []Cause         `json:"causes,omitempty"`
	// Beside are the files that stand beside an output which is the same.
	Beside []Beside `json:"beside,omitempty"`
	// Refused are findings for which a build would write no output today.
	Refused []check.Finding `json:"refused,omitempty"`
}

// MaxPlaces is how many differences a report lists.
const MaxPlaces = 20

// File is a file with its digest.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Recorded is what the record says of the output.
type Recorded struct {
	Name    string    `json:"name"` // of the record, as it was found
	Version string    `json:"version"`
	Profile string    `json:"profile,omitempty"`
	Time    time.Time `json:"time"`
	Output  File      `json:"output"`
	Source  File      `json:"source"`
	// Beside is how many other files were made with the output. They are compared where the output is the same.
	Beside int `json:"beside,omitempty"`
}

// Layers of a tarball.
const (
	LayerGzip = "gzip"
	LayerTar  = "tar"
	LayerDisk = "disk"
	LayerFile = "file" // another member of the tarball
)

// Difference is a structure, a field or a file that differs.
type Difference struct {
	Layer string `json:"layer"`
	// Where is the place in words: "partition 1: /etc/motd (inode 77): i_mtime".
	Where     string   `json:"where"`
	Partition int      `json:"partition,omitempty"`
	Paths     []string `json:"paths,omitempty"`
	Inode     uint32   `json:"inode,omitempty"`
	Field     string   `json:"field,omitempty"`
	// Offset is where the first differing byte lies: in the compressed file, the
	// unpacked tarball, or the disk or member, by Layer.
	Offset int64 `json:"offset"`
	Bytes  int64 `json:"bytes"` // that differ there
	// Output and Rebuild are the values in words, or bytes where there are no words.
	Output  string `json:"output"`
	Rebuild string `json:"rebuild"`
}

// Counts are of everything, not of what is listed alone.
type Counts struct {
	Places int   `json:"places"`
	Bytes  int64 `json:"bytes"`  // of the unpacked tarball
	Blocks int64 `json:"blocks"` // of the disk, of 4096 bytes
	Inodes int   `json:"inodes"` // whose inode or contents differ
	// AtLeast says that there is more than was counted as places and inodes.
	AtLeast bool `json:"atLeast,omitempty"`
}

// KeyDifference is a key of the record.
type KeyDifference struct {
	Key     string `json:"key"` // request.timeouts[0].value
	Record  string `json:"record"`
	Rebuild string `json:"rebuild"`
}

// Cause is what could have made the difference.
type Cause struct {
	What     string `json:"what"`
	Evidence string `json:"evidence"`
	// Certain causes are shown by digests; others are likely.
	Certain bool `json:"certain"`
}
