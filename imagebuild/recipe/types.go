package recipe

// Source is what a build starts from.
type Source struct {
	Path      string `json:"path"`                // relative to the recipe's folder
	SHA256    string `json:"sha256,omitempty"`    // in small letters; empty: any
	Partition int    `json:"partition,omitempty"` // 0: found
}

// Output is what is made.
type Output struct {
	Name string     `json:"name,omitempty"` // with placeholders; see [Resolved.OutputName]
	RPM  *OutputRPM `json:"rpm,omitempty"`  // a package of the image

	SBOM       []string `json:"sbom,omitempty"` // spdx, cyclonedx
	Provenance bool     `json:"provenance,omitempty"`
	Sums       bool     `json:"sums,omitempty"`
}

// OutputRPM is a package that is made of the image. What is empty is that of the source's package, or of its file name.
type OutputRPM struct {
	Name        string `json:"name,omitempty"`
	Version     string `json:"version,omitempty"`
	Release     string `json:"release,omitempty"`
	Arch        string `json:"arch,omitempty"`
	Summary     string `json:"summary,omitempty"`
	Description string `json:"description,omitempty"`
	LicenseTag  string `json:"licenseTag,omitempty"` // the short name, as GPLv2
	Group       string `json:"group,omitempty"`
	URL         string `json:"url,omitempty"`
	Vendor      string `json:"vendor,omitempty"`
	Packager    string `json:"packager,omitempty"`
	Kickstart   string `json:"kickstart,omitempty"` // a file, as are the next two
	License     string `json:"license,omitempty"`
	Script      string `json:"script,omitempty"`
}

// Setting is a name with a value, as it is written.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// HAProxy are changes to the template, and how it is judged.
type HAProxy struct {
	Template     string    `json:"template,omitempty"`
	Timeouts     []Setting `json:"timeouts,omitempty"`
	Set          []Setting `json:"set,omitempty"`
	Options      []string  `json:"options,omitempty"`
	Version      string    `json:"version,omitempty"`
	ServoVersion string    `json:"servoVersion,omitempty"`
	LintOnly     bool      `json:"lintOnly,omitempty"`
}

// Servo is a load-balancer-servo to install: RPM or Source.
type Servo struct {
	RPM        string `json:"rpm,omitempty"`
	Scriptlets string `json:"scriptlets,omitempty"` // native, skip; empty: native
	NoDeps     bool   `json:"nodeps,omitempty"`     // what it requires and the image lacks does not matter
	Source     string `json:"source,omitempty"`     // a folder, or a URL: see [IsURL]
	Ref        string `json:"ref,omitempty"`
	AllowDirty bool   `json:"allowDirty,omitempty"`
	Bootstrap  string `json:"bootstrap,omitempty"` // install, per-boot; empty: install
	LogLevel   string `json:"logLevel,omitempty"`
}

// Access is who may log in.
type Access struct {
	User               string   `json:"user,omitempty"` // empty: root
	AuthorizedKeys     []string `json:"authorizedKeys,omitempty"`
	AuthorizedKeysFile string   `json:"authorizedKeysFile,omitempty"`
	Password           string   `json:"password,omitempty"` // a hash
}
