package ext

import "lbimage/imagebuild/ext/internal/layout"

// Some features of a file system concern only the files that are marked with
// them. Those are left as they are, where a change would need what is not in
// the file system: a key, the tables of Unicode, or a tree of hashes that someone
// has signed. Their owner, mode, times and attributes may change, and all of
// them may be renamed, linked and removed.

// encrypted refuses what needs the key of an encrypted file or folder.
func (in *inode) encrypted() error {
	return &FeatureError{Features: []string{"encrypt"}, Inode: in.no,
		what: "it is encrypted, and can only be removed or renamed: open it where its key is"}
}

// opaque refuses to add a name to a folder, where names have hashes that cannot
// be known.
func (in *inode) opaque() error {
	if in.Has(layout.InodeFlagEncrypt) {
		return in.encrypted()
	}
	return &FeatureError{Features: []string{"casefold"}, Inode: in.no,
		what: "the folder does not tell upper from lower case, and no name can be added: mount the file system for that"}
}

// sealed refuses to change contents that are not ours to change.
func (in *inode) sealed() error {
	switch {
	case in.Has(layout.InodeFlagEncrypt):
		return in.encrypted()
	case in.Has(layout.InodeFlagVerity):
		return &FeatureError{Features: []string{"verity"}, Inode: in.no,
			what: "its contents are sealed by fs-verity: remove it and make it anew"}
	}
	return nil
}
