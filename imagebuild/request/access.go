package request

import (
	"fmt"
	"strings"

	"lbimage/servo/develop"
)

// maxKeys bounds a file of public keys, in bytes.
const maxKeys = 1 << 20

// publicKeys are keys that are given, and those of a file.
func publicKeys(keys []string, file string) ([]string, error) {
	if file == "" {
		return keys, nil
	}
	text, err := readSmall(file, maxKeys)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			keys = append(keys[:len(keys):len(keys)], line)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s: no key in it", file)
	}
	return keys, nil
}

// openAccess reads the files of keys.
func (o *Opened) openAccess() error {
	if o.Access == nil {
		return nil
	}
	keys, err := publicKeys(o.Access.AuthorizedKeys, o.Access.AuthorizedKeysFile)
	if err != nil {
		return fmt.Errorf("access: %w", err)
	}
	o.keys = keys
	return nil
}

func (o *Opened) accessSteps(image Image) ([]Step, error) {
	if o.Access == nil {
		return nil, nil
	}
	edit, err := develop.NewAccess(develop.Access{
		User: o.Access.User, AuthorizedKeys: o.keys, PasswordHash: o.Access.Password, Time: image.Time,
	})
	if err != nil {
		return nil, err
	}
	return []Step{{Edit: edit, key: "access"}}, nil
}
