package overlay

import "strings"

// Edit is one change to an image's file tree. Values of this package's edits are not changed by Apply
// and may be applied to any number of trees.
type Edit interface {
	// Describe says in one line what the edit does: "set net.ipv4.tcp_keepalive_time = 600 in /etc/sysctl.conf".
	Describe() string
	// Paths are those that the edit is about, from the root, before symbolic links are followed.
	Paths() []string
	// Apply does it and tells, path by path, what it did. When it fails the tree may be half changed:
	// apply to a layer that can be thrown away.
	Apply(t Tree) ([]Change, error)
}

// Apply applies edits one after the other. The changes come in the order in which they were made; see
// [Fold] for one change a path. An error begins with the path that it is about. The tree is guarded (see [Guard]), also for
// edits that write to it by themselves.
func Apply(t Tree, edits []Edit) ([]Change, error) {
	t = Guard(t)
	var all []Change
	for _, e := range edits {
		changes, err := e.Apply(t)
		if err != nil {
			return nil, err
		}
		all = append(all, changes...)
	}
	return all, nil
}

// clean writes a path as people do: from the root, without doubled slashes. It does not resolve "..".
func clean(p string) string { return "/" + strings.Join(split(p), "/") }
