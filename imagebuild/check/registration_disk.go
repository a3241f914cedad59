package check

import (
	"context"
	"fmt"
	"strings"
)

// A cloud writes an image to a disk sector by sector, and the disk has the size that the type of machine says.
var ruleImageSize = Rule{
	Name:     "image-size",
	Group:    GroupRegistration,
	Severity: SeverityError,
	Why:      "clouds register whole sectors of 512 bytes, and a machine's disk is as large as its type says",
	Mend:     "start from the source again: the image is cut off, or not a disk",
}

// What an installer unpacks it reads, and so do others.
var ruleMemberMode = Rule{
	Name:     "member-mode",
	Group:    GroupRegistration,
	Severity: SeverityWarning,
	Why:      "tar gives unpacked files the permissions in the tarball: the installer has to read them, and nobody else should write them",
	Mend:     "pack the files with mode 0644 ('chmod 644 FILE' before tar); 'lbimage customize' keeps what the source has",
}

// How a machine is started is told by the installer, and the disk has to be such.
var ruleVirtualization = Rule{
	Name:     "virtualization-type",
	Group:    GroupRegistration,
	Severity: SeverityError,
	Why:      "the installer of 1.0 registers a file system with a kernel (paravirtual), later ones a whole disk that starts itself (hvm): a machine of the other kind never comes up",
	Mend:     "use the installer that the image is made for (`checks: {installer: 1.0}` in the recipe), or start from an image of the other kind",
}

// sector is the least that a disk consists of, in bytes.
const sector = 512

// usualDisk is the disk of m1.medium, as clouds have it unless they are told otherwise.
const usualDisk = 10 << 30

func findSizes(_ context.Context, s *Subject) ([]Finding, error) {
	var out []Finding
	for _, p := range s.Disk.Partitions {
		if p.Start < 0 || p.Size < 0 || p.Start > s.Disk.Size-p.Size {
			out = append(out, ruleImageSize.finding("", fmt.Sprintf("partition %d ends at byte %d, and the disk has %d", p.Number, p.Start+p.Size, s.Disk.Size)))
		}
	}
	if s.Tarball == nil {
		return out, nil
	}
	image := s.Tarball.Parts().Image
	for _, m := range s.Tarball.Members {
		if m.Name != image || image == "" {
			continue
		}
		switch {
		case m.Size == 0:
			out = append(out, ruleImageSize.finding(m.Name, "it is empty"))
		case m.Size%sector != 0:
			f := ruleImageSize.finding(m.Name, fmt.Sprintf("it has %d bytes, which are no whole sectors: %d are missing", m.Size, sector-m.Size%sector))
			f.Hint = fmt.Sprintf("'truncate -s %d FILE' on the disk image adds them", (m.Size/sector+1)*sector)
			out = append(out, f)
		case m.Size > usualDisk:
			f := ruleImageSize.finding(m.Name, fmt.Sprintf("it has %s, and the disks of small types of machine have less: of m1.medium %s", mib(m.Size), mib(usualDisk)))
			f.Severity = SeverityWarning
			f.Hint = "give load balancers a type with a larger disk: euca-modify-property -p loadbalancing.loadbalancer_instance_type=TYPE"
			out = append(out, f)
		}
	}
	return out, nil
}

func findModes(_ context.Context, s *Subject) ([]Finding, error) {
	if s.Tarball == nil {
		return nil, nil
	}
	var out []Finding
	for _, m := range s.Tarball.Members {
		need := uint32(0o400)
		if strings.HasSuffix(m.Name, "/") {
			need = 0o500
		}
		switch {
		case m.Mode&need != need:
			out = append(out, ruleMemberMode.finding(m.Name, fmt.Sprintf("its mode %04o does not let its owner read it: unless root installs it, that ends with 'permission denied'", m.Mode)))
		case m.Mode&0o002 != 0:
			out = append(out, ruleMemberMode.finding(m.Name, fmt.Sprintf("its mode %04o lets everyone write to it between unpacking and registering", m.Mode)))
		case m.Mode&0o7000 != 0:
			out = append(out, ruleMemberMode.finding(m.Name, fmt.Sprintf("its mode %04o has bits that mean nothing for an image", m.Mode)))
		}
	}
	return out, nil
}

func findVirtualization(_ context.Context, s *Subject) ([]Finding, error) {
	if s.Tarball == nil || s.Disk.Table == "" || !wellLaid(s) {
		return nil, nil
	}
	generation, image := s.Tarball.generation(), s.Tarball.Parts().Image
	bare := s.Disk.Table == "none"
	var message string
	switch {
	case generation == Installer10 && !bare:
		message = "it is a disk with a partition table, and the installer of 1.0 registers a file system alone, to be started with the kernel beside it"
	case generation != Installer10 && bare:
		message = "it is a file system without a partition table and a boot loader, and the installer of " + generation + " registers a disk that starts itself (hvm)"
	case generation != Installer10 && s.Disk.BootCode == BootCodeNone:
		message = "its first sector has no program to start with, so a machine (hvm) does not get as far as the boot loader"
	default:
		return nil, nil
	}
	f := ruleVirtualization.finding(image, message)
	if s.Tarball.Installer == "" { // it may be registered by hand, and in another way
		f.Severity = SeverityWarning
	}
	return []Finding{f}, nil
}
