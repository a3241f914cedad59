package check

import (
	"lbimage/imagebuild/block"
	"lbimage/imagebuild/ext"
	"lbimage/imagebuild/survey"
	"lbimage/overlay"
)

// Subject is an image that rules look at. Rules change nothing of it.
type Subject struct {
	Tree   overlay.ReadTree
	Survey *survey.Survey // of Tree
	// Root is the root file system as a device, Info its superblock; nil and zero for a bare tree.
	Root block.Device
	Info ext.Info
	// Disk is the raw disk around it.
	Disk Disk
	// Tarball is what the image is packed in; nil for a raw disk.
	Tarball *Tarball
	// Profile is what the image is for.
	Profile Profile
	// Asked are bounds that a recipe sets.
	Asked Asked

	examined *examined // what the check of the root file system said, once a rule has asked
}

// Disk is the raw disk around a root file system.
type Disk struct {
	Size       int64
	Table      string // mbr, gpt or none
	Partitions []Partition
	// BootCode says whether the first sector has a program for a machine to start with.
	BootCode BootCode
}

// BootCode tells of the first sector of a disk. The zero value is for one that was not looked at.
type BootCode string

const (
	BootCodeNone  BootCode = "none"
	BootCodeThere BootCode = "there"
)

// Partition is an entry of the partition table, as far as rules ask.
type Partition struct {
	Number      int
	Start, Size int64 // bytes
	UUID        string
	Bootable    bool
	Root        bool
}

// Tarball is what an installer gets.
type Tarball struct {
	Name    string // of the file
	Members []Member
	// Installer is the generation that it is for: 1.0, 1.1 or 4.1; empty for any that its layout is made for.
	Installer string
}

// Member is an entry of a tarball, a folder's name with a slash at the end.
type Member struct {
	Name string
	Size int64
	Mode uint32 // permissions
}

// Profile is what an image is for.
type Profile string

const (
	Production  Profile = "production"
	Development Profile = "development"
)

// Asked are bounds that a recipe sets. The zero value asks for what every load balancer needs.
type Asked struct {
	HAProxy    string // at least this version; empty: 1.5-dev18
	FreeBytes  int64  // 0: the rule's own floor
	FreeInodes int64
}
