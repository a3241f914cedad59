package imagebuild

import (
	"encoding/json"
	"io"
	"path/filepath"
	"time"

	"lbimage/imagebuild/block"
	"lbimage/imagebuild/check"
	"lbimage/imagebuild/recipe"
	"lbimage/imagebuild/request"
	"lbimage/imagebuild/rpmdb"
	"lbimage/imagebuild/source"
	"lbimage/overlay"
	"lbimage/overlay/selinux"
	"lbimage/servo/develop"
)

// RecordSchema names the form of a [Record].
const RecordSchema = "lbimage/record/v1"

// Record is the JSON beside an output: what went in, what was changed, what was
// found, what came out. It depends on source and request alone; paths of the
// machine that made it are not in it.
type Record struct {
	Schema  string          `json:"schema"`
	Tool    RecordTool      `json:"tool"`
	Time    time.Time       `json:"time"` // the stamp of all that is new
	Source  RecordSource    `json:"source"`
	Image   RecordImage     `json:"image"`
	Profile string          `json:"profile,omitempty"` // of the recipe
	Request request.Request `json:"request"`
	// Packages were installed, Servo is the source of the servo, Database what rpm in the image says of the changes.
	Packages []InstalledPackage `json:"packages,omitempty"`
	Servo    *develop.Source    `json:"servo,omitempty"`
	Database []rpmdb.Statement  `json:"database,omitempty"`
	SELinux  *selinux.Report    `json:"selinux,omitempty"` // what came of the labels of new files, where the image uses SELinux
	Changes  []RecordChange     `json:"changes"`
	Changed  RecordChanged      `json:"changed"`
	Findings []check.Finding    `json:"findings"`
	// Overrides are those of the rules that the recipe asks for, each with its reason.
	Overrides []check.Override `json:"overrides,omitempty"`
	// Kickstart says whether the image has what the kickstart file says that the recipe names.
	Kickstart *RecordKickstart `json:"kickstart,omitempty"`
	Output    RecordOutput     `json:"output"`
	// RPM says what lies in the package of the image, and where it comes from.
	RPM *RPMResult `json:"rpm,omitempty"`
	// Outputs are the other files that were made of this image, in the order in which they were written. A file that
	// several images have together, as SHA256SUMS, is in none of their records.
	Outputs []RecordBeside `json:"outputs,omitempty"`
}

// RecordTool is the program that made the output.
type RecordTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// RecordSource is the file that the job started from.
type RecordSource struct {
	Name    string         `json:"name"` // without folder
	Kind    source.Kind    `json:"kind"`
	Size    int64          `json:"size"`
	SHA256  string         `json:"sha256"`
	Package *RecordPackage `json:"package,omitempty"`
}

// RecordPackage is the RPM of a source.
type RecordPackage struct {
	Name      string    `json:"name"` // name-version-release.arch
	BuildTime time.Time `json:"buildTime"`
	Member    string    `json:"member"`   // the image tarball in it
	Verified  []string  `json:"verified"` // digests that were right
	Signed    bool      `json:"signed"`   // bears a signature, which was not verified
}

// RecordImage is the disk and its root file system.
type RecordImage struct {
	Layout    string `json:"layout"` // of the tarball
	Name      string `json:"name"`   // of the entry
	Size      int64  `json:"size"`
	Table     string `json:"table"`               // mbr, gpt or none
	Partition int    `json:"partition,omitempty"` // absent: the disk is the file system
	FSType    string `json:"fsType"`
	UUID      string `json:"uuid"`
	// Recovery is what was made up for before the first edit; absent where the
	// file system had been unmounted.
	Recovery *RecordRecovery `json:"recovery,omitempty"`
}

// RecordRecovery is what the journal held, and orphans.
type RecordRecovery struct {
	Transactions int `json:"transactions"`
	Blocks       int `json:"blocks"`
	Revoked      int `json:"revoked"`
	Freed        int `json:"freed"`
	Truncated    int `json:"truncated"`
}

// RecordChange is what happened to one path.
type RecordChange struct {
	overlay.Change
	Diff string `json:"diff,omitempty"`
}

// RecordChanged counts what differs between the disk before and after.
type RecordChanged struct {
	Blocks int64 `json:"blocks"` // of 4096 bytes
	Bytes  int64 `json:"bytes"`
}

// RecordOutput is the tarball that was written.
type RecordOutput struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// RecordBeside is a file that stands beside the tarball.
type RecordBeside struct {
	Role Role `json:"role"`
	RecordOutput
}

func recordBeside(w Written) RecordBeside {
	return RecordBeside{w.Role, RecordOutput{filepath.Base(w.Path), w.Size, w.SHA256}}
}

// Write writes the record as indented JSON.
func (r *Record) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// record puts the record together, of an image that is packed, or with nil of one that is not.
func (w *work) record(image *output) (*Record, error) {
	digest, err := w.src.SHA256()
	if err != nil {
		return nil, err
	}
	info := w.src.Root.FS.Info()
	r := &Record{
		Schema: RecordSchema,
		Tool:   RecordTool{"lbimage", w.job.Version},
		Time:   w.stamp.UTC(),
		Source: RecordSource{Name: filepath.Base(w.src.Path), Kind: w.src.Kind, Size: w.src.Size, SHA256: digest, Package: recordPackage(w.src)},
		Image: RecordImage{
			Layout: w.src.Layout.Kind.String(), Name: w.src.Layout.Image.Header.Name, Size: w.src.Disk.Size(),
			Table: w.src.Table.Kind, Partition: w.src.Root.Partition.Number, FSType: info.Type, UUID: info.UUID,
		},
		Profile: w.job.Profile, Request: w.job.Request.ForRecord(),
		Changes:  RecordChanges(w.result.Changes),
		Findings: append([]check.Finding{}, w.result.recorded...),
		Output:   RecordOutput{Name: filepath.Base(w.job.Output)},
	}
	if w.job.Output == "" { // a plan need not name one
		r.Output.Name = ""
	}
	if image != nil {
		r.Output.Size, r.Output.SHA256 = image.size, image.sha256
	}
	r.Overrides = w.job.Checks.Overrides
	r.Kickstart = recordKickstart(w.result.Kickstart)
	r.SELinux = w.result.SELinux
	r.Packages, r.Database = w.result.Packages, w.result.Database
	if w.result.Servo != nil {
		r.Servo = recordedSource(w.result.Servo)
	}
	if w.result.Recovery != nil {
		was := RecordRecovery(*w.result.Recovery)
		r.Image.Recovery = &was
	}
	for _, d := range w.layer.Dirty() {
		r.Changed.Bytes += d.Len
		r.Changed.Blocks += (d.Len + block.BlockSize - 1) / block.BlockSize
	}
	return r, nil
}

// recordedSource is a servo's source without folders of this machine.
func recordedSource(s *develop.Source) *develop.Source {
	out := *s
	if !recipe.IsURL(out.From) {
		out.From = filepath.Base(out.From)
	}
	return &out
}

// RecordChanges is the JSON form of changes, with the diffs of those of text.
func RecordChanges(changes []overlay.Change) []RecordChange {
	out := []RecordChange{}
	for _, c := range changes {
		out = append(out, RecordChange{c, ChangeDiff(c)})
	}
	return out
}

func recordPackage(s *source.Source) *RecordPackage {
	if s.Package == nil {
		return nil
	}
	p := &RecordPackage{
		Name: s.Package.String(), BuildTime: s.Package.BuildTime, Member: s.Member,
		Verified: []string{}, Signed: len(s.Package.Signatures) > 0,
	}
	for _, d := range s.Digests {
		p.Verified = append(p.Verified, d.Covers+" "+d.Name)
	}
	return p
}
