package survey

// Files are those that deserve a look.
type Files struct{}
