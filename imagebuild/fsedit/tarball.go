package fsedit

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"lbimage/imagebuild/tgz"
)

// eachInTar hands over the entries of a tar archive, compressed or not, in their
// order. name is what errors call the archive.
func eachInTar(ctx context.Context, r io.Reader, name string, maxSparse int64, do func(*entry) error) error {
	plain, err := tgz.NewDecompressor(r)
	if err != nil {
		return &outsideError{fmt.Errorf("%s: %w", name, err)}
	}
	defer plain.Close()
	tr := tar.NewReader(plain)
	buf := make([]byte, copyBuffer)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		hdr, err := tr.Next()
		if err == io.EOF {
			return drain(plain, name)
		}
		if err != nil {
			return &outsideError{fmt.Errorf("%s: %w", name, tarError(err))}
		}
		e, err := tarEntry(hdr, tr, buf)
		if err == nil && hdr.Size > maxSparse && isSparse(hdr) {
			err = fmt.Errorf("a sparse file of %d bytes: at most %d are taken from an archive: unpack it and give the folder", hdr.Size, maxSparse)
		}
		if err == nil && e != nil {
			err = do(e)
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var te *treeError
			if e != nil && errors.As(err, &te) && te.at == Show(e.name) {
				err = te.err
			}
			return &outsideError{fmt.Errorf("%s: entry %s: %w", name, Printable(hdr.Name), err)}
		}
	}
}

// drain reads what follows the end of the archive, so that a compressed stream that
// is cut off there is found out.
func drain(r io.Reader, name string) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return &outsideError{fmt.Errorf("%s: %w", name, err)}
	}
	return nil
}

func tarError(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the archive is cut off: get it again")
	case errors.Is(err, tar.ErrHeader):
		return errors.New("an entry's header is damaged: get the archive again")
	}
	return err
}

// tarEntry makes an entry of a header; nil where it stands for no file.
func tarEntry(hdr *tar.Header, r io.Reader, buf []byte) (*entry, error) {
	if hdr.Typeflag == tar.TypeXGlobalHeader {
		return nil, nil
	}
	name, err := tarName(hdr.Name)
	if err != nil {
		return nil, err
	}
	if hdr.Uid < 0 || hdr.Gid < 0 || int64(hdr.Uid) >= 1<<32-1 || int64(hdr.Gid) >= 1<<32-1 {
		return nil, fmt.Errorf("owner %d:%d is not possible", hdr.Uid, hdr.Gid)
	}
	e := &entry{
		name: name, mode: modeBits(uint32(hdr.Mode) & 0o7777), uid: hdr.Uid, gid: hdr.Gid,
		mtime: hdr.ModTime, atime: hdr.AccessTime, size: hdr.Size,
	}
	switch hdr.Typeflag {
	case tar.TypeReg, tar.TypeRegA, tar.TypeCont, tar.TypeGNUSparse: //nolint:staticcheck // archives still have TypeRegA
		e.fill = func(f *filler) error {
			if isSparse(hdr) {
				return copySparse(f, r, hdr.Size, buf)
			}
			return copyTar(f, r, buf)
		}
	case tar.TypeLink:
		if e.link, err = tarName(hdr.Linkname); err != nil {
			return nil, fmt.Errorf("hard link to %s: %w", Printable(hdr.Linkname), err)
		}
		return e, nil
	case tar.TypeSymlink:
		e.mode |= fs.ModeSymlink
		e.target = hdr.Linkname
	case tar.TypeDir:
		e.mode |= fs.ModeDir
	case tar.TypeChar:
		e.mode |= fs.ModeDevice | fs.ModeCharDevice
	case tar.TypeBlock:
		e.mode |= fs.ModeDevice
	case tar.TypeFifo:
		e.mode |= fs.ModeNamedPipe
	default:
		return nil, fmt.Errorf("type %q is not known", hdr.Typeflag)
	}
	if e.mode&fs.ModeDevice != 0 {
		if hdr.Devmajor < 0 || hdr.Devminor < 0 || hdr.Devmajor > 1<<12-1 || hdr.Devminor > 1<<20-1 {
			return nil, fmt.Errorf("device %d:%d is not possible", hdr.Devmajor, hdr.Devminor)
		}
		e.major, e.minor = uint32(hdr.Devmajor), uint32(hdr.Devminor)
	}
	e.attrs, err = tarAttrs(hdr.PAXRecords)
	return e, err
}

// tarName makes the name of an entry one of the image. A slash in front is dropped,
// as tar does; a way up is refused.
func tarName(name string) (string, error) {
	if name == "" {
		return "", errors.New("it has no name")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", errors.New("the name has '..' in it, which could lead elsewhere: refused")
		}
	}
	if name = path.Clean("/" + name)[1:]; name == "" {
		name = "."
	}
	return name, nil
}

// tarAttrs reads the extended attributes in an entry's records, sorted by name.
func tarAttrs(records map[string]string) ([]attr, error) {
	var list []attr
	for key, value := range records { // sorted below
		switch name, ok := strings.CutPrefix(key, "SCHILY.xattr."); {
		case ok && storable(name):
			list = append(list, attr{name, []byte(value)})
		case key == "RHT.security.selinux":
			if _, twice := records["SCHILY.xattr.security.selinux"]; !twice {
				list = append(list, attr{"security.selinux", append([]byte(value), 0)})
			}
		case key == "SCHILY.acl.access", key == "SCHILY.acl.default":
			kind := strings.TrimPrefix(key, "SCHILY.acl.")
			if _, twice := records["SCHILY.xattr.system.posix_acl_"+kind]; twice || value == "" {
				continue
			}
			acl, err := parseACLText(value)
			if err != nil {
				return nil, fmt.Errorf("%s ACL: %w", kind, err)
			}
			list = append(list, attr{"system.posix_acl_" + kind, acl})
		}
	}
	slices.SortFunc(list, func(a, b attr) int { return strings.Compare(a.name, b.name) })
	return list, nil
}

// isSparse tells whether the archive left out runs of zeros of the file.
func isSparse(hdr *tar.Header) bool {
	if hdr.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range hdr.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

func copyTar(to *filler, r io.Reader, buf []byte) error {
	return tarCause(copyStream(to, r, "it", buf))
}

// tarCause unwraps errors of the archive's stream, which is named already.
func tarCause(err error) error {
	var elsewhere *outsideError
	if errors.As(err, &elsewhere) {
		return tarError(elsewhere.err)
	}
	return err
}

// copySparse is copyStream for what was sparse: blocks of zeros become holes.
func copySparse(to *filler, r io.Reader, size int64, buf []byte) error {
	if err := to.Truncate(size); err != nil { // or it is larger than can be
		return err
	}
	const unit = 4096 // of holes in the file systems where sparse files come from
	zero := make([]byte, unit)
	for off := int64(0); off < size; {
		if err := to.ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(r, buf[:min(size-off, int64(len(buf)))])
		if err != nil {
			return tarError(err)
		}
		for i := 0; i < n; {
			k := min(unit, n-i)
			hole := bytes.Equal(buf[i:i+k], zero[:k])
			for i+k < n && bytes.Equal(buf[i+k:min(i+k+unit, n)], zero[:min(unit, n-i-k)]) == hole {
				k += min(unit, n-i-k)
			}
			if !hole {
				if _, err := to.Seek(off+int64(i), io.SeekStart); err != nil {
					return err
				}
				if _, err := to.Write(buf[i : i+k]); err != nil {
					return err
				}
			}
			i += k
		}
		off += int64(n)
	}
	return nil
}
