package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"lbimage/imagebuild/rpm"
	"lbimage/imagebuild/tgz"
)

// openRPM streams the image tarball out of the package's payload. The package
// is whole only when its payload was read to the end: that verdict comes last.
func (s *Source) openRPM(ctx context.Context, r io.ReaderAt, o Options) error {
	var err error
	if s.Package, err = rpm.Open(r, s.Size); err != nil {
		return err
	}
	if err := s.Package.CheckContents(); err != nil {
		return err
	}
	if s.Member, err = ChooseTarball(s.Package); err != nil {
		return err
	}
	s.Time = s.Package.BuildTime
	payload, err := s.Package.Payload(ctx)
	if err != nil {
		return payloadError(err)
	}
	defer payload.Close()
	for {
		entry, err := payload.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("payload: %s is not in it; the package is damaged, get it again", s.Member)
		}
		if err != nil {
			return payloadError(err)
		}
		if entry.File.Path != s.Member {
			if err := s.keepKickstart(entry); err != nil {
				return payloadError(err)
			}
			continue
		}
		if err := s.openTarball(ctx, entry, o); err != nil {
			return s.causeOf(payload, err)
		}
		break
	}
	for { // what stands behind it
		entry, err := payload.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = s.keepKickstart(entry)
		}
		if err != nil {
			return payloadError(err)
		}
	}
	if err := payload.Finish(); err != nil {
		return payloadError(err)
	}
	s.Digests = payload.Digests()
	return nil
}

// maxKickstart bounds the kickstart file that is kept.
const maxKickstart = 4 << 20

// keepKickstart keeps the first kickstart file that a package brings, which says what the image was made by.
func (s *Source) keepKickstart(e *rpm.Entry) error {
	if s.Kickstart != nil || path.Ext(e.File.Path) != ".ks" || !e.File.Mode.IsRegular() || e.File.Size > maxKickstart {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(e, maxKickstart))
	if err != nil {
		return err
	}
	s.Kickstart = &PackagedFile{Path: e.File.Path, Text: text}
	return nil
}

// payloadError says once that it is about the payload.
func payloadError(err error) error {
	if strings.HasPrefix(err.Error(), "payload: ") {
		return err
	}
	return fmt.Errorf("payload: %w", err)
}

// causeOf prefers the verdict on the package: a damaged payload is the cause of
// whatever the tarball in it looks like.
func (s *Source) causeOf(payload *rpm.Payload, err error) error {
	var damage *rpm.DamageError
	var digest *rpm.DigestError
	if errors.As(err, &damage) || errors.As(err, &digest) {
		return payloadError(err)
	}
	if verdict := payload.Finish(); verdict != nil {
		return payloadError(verdict)
	}
	return fmt.Errorf("payload: %s: %w", path.Base(s.Member), err)
}

// tarballEndings are those of file names that a package gives its image
// tarball. It is opened by content all the same.
var tarballEndings = []string{".tgz", ".tar.gz", ".tar.xz", ".txz"}

// ChooseTarball finds the image tarball in the list of files: the one that the
// installer would take where several could be meant.
func ChooseTarball(p *rpm.Package) (string, error) {
	var all, shared []string
	for i := range p.Files {
		f := &p.Files[i]
		if !f.Mode.IsRegular() || !f.InPayload() {
			continue
		}
		for _, ending := range tarballEndings {
			if strings.HasSuffix(f.Path, ending) {
				all = append(all, f.Path)
				if ok, _ := path.Match("/usr/share/eucalyptus-*image*/*", f.Path); ok {
					shared = append(shared, f.Path)
				}
				break
			}
		}
	}
	switch {
	case len(shared) == 1:
		return shared[0], nil
	case len(all) == 1:
		return all[0], nil
	case len(all) == 0:
		return "", fmt.Errorf("package %s has no image tarball (.tgz) among its %d files; is it a load balancer image package?", p, len(p.Files))
	}
	return "", fmt.Errorf("package %s has %d image tarballs: %s; unpack the one that is meant and give that", p, len(all), strings.Join(all, ", "))
}

// openTarball reads an image tarball and finds the disk image in it.
func (s *Source) openTarball(ctx context.Context, r io.Reader, o Options) error {
	archive, err := tgz.Load(ctx, r, tgz.Options{TempDir: o.TempDir, CompressAhead: o.Ahead})
	if err != nil {
		return err
	}
	s.Archive = archive
	if s.Layout, err = archive.Layout(); err != nil {
		return err
	}
	s.Disk = s.Layout.Image.Data
	if s.Time.IsZero() {
		for _, e := range archive.Entries {
			if e.Header.ModTime.After(s.Time) {
				s.Time = e.Header.ModTime.UTC()
			}
		}
	}
	return nil
}
