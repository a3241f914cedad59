package compare

import (
	"path"
	"strings"

	"lbimage/imagebuild/request"
)

// showText is a text of an image for people, without hashes of passwords and private keys.
func showText(name string, text []byte) []byte {
	switch {
	case text == nil:
		return nil
	case holdsHashes(name):
		return request.ConcealShadow(text)
	}
	return request.ConcealKeys(text)
}

// holdsHashes knows copies of /etc/shadow, too, wherever they lie: /var/backups/shadow.bak, shadow.gz.
func holdsHashes(name string) bool {
	base := path.Base(name)
	return request.HoldsHashes("/"+name) ||
		strings.HasSuffix(strings.SplitN(base, ".", 2)[0], "shadow") && request.HoldsHashes("/etc/"+base)
}
