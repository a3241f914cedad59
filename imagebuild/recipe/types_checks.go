package recipe

// Checks is how an image is checked.
type Checks struct {
	For        string `json:"for,omitempty"` // production, development; empty: by the profile's name
	Strict     bool   `json:"strict,omitempty"`
	HAProxy    string `json:"haproxy,omitempty"`    // the oldest that will do
	FreeSpace  int64  `json:"freeSpace,omitempty"`  // bytes
	FreeInodes int64  `json:"freeInodes,omitempty"` //
	Installer  string `json:"installer,omitempty"`  // 1.0, 1.1, 4.1; empty: by the layout
	// Kickstart is the kickstart file that the image is held against, relative to the recipe's folder.
	Kickstart string `json:"kickstart,omitempty"`
	Rules     []Rule `json:"rules,omitempty"`
}

// Rule is what becomes of a rule's findings.
type Rule struct {
	Name     string `json:"name"`
	Severity string `json:"severity"` // off, info, warning, error
	Reason   string `json:"reason"`
}
