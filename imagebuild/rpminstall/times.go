package rpminstall

import "path"

// times gives folders of the package their time, as rpm does when it gives them mode and owner. A file that is
// put into a folder afterwards moves its time on, so those with a file of the package have the time that the
// tree gives them. A folder that is made moves it, too, with rpm: here it does not, so that a second
// installation finds nothing to do.
func (in *installer) times() error {
	filled := map[string]bool{}
	for name, i := range in.landed {
		if !in.p.Files[i].Mode.IsDir() && in.fates[i].puts() {
			filled[path.Dir(name)] = true
		}
	}
	for i := range in.p.Files {
		name, f := in.folders[i], &in.p.Files[i]
		if name == "" || filled[name] {
			continue
		}
		info, err := in.t.Lstat(name)
		if err != nil {
			return at(name, err)
		}
		if info.ModTime().Equal(f.ModTime) {
			continue
		}
		if err := in.t.Chtimes(name, f.ModTime, f.ModTime); err != nil {
			return at(name, err)
		}
	}
	return nil
}
