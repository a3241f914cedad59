package survey

// SELinux is the state that the image boots into.
type SELinux struct{}

// Files are those that deserve a look.
type Files struct{}
