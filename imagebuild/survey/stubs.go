package survey

// Boot is the boot loader, its entries, and the kernels.
type Boot struct{}

// Essentials are HAProxy, the servo, Python, boto and sudo.
type Essentials struct{}

// SELinux is the state that the image boots into.
type SELinux struct{}

// Files are those that deserve a look.
type Files struct{}
