package survey

import (
	"context"

	"lbimage/overlay"
	"lbimage/overlay/services"
)

// Survey is what an image's tree holds.
type Survey struct {
	OS         OS                `json:"os"`
	Boot       Boot              `json:"boot"`
	Packages   Packages          `json:"packages"`
	Essentials Essentials        `json:"essentials"`
	Accounts   []Account         `json:"accounts"`
	Services   []services.Status `json:"services"`
	SSHD       SSHD              `json:"sshd"`
	SELinux    SELinux           `json:"selinux"`
	Walk       Walked            `json:"walk"`
	// Sudoers is what sudo lets whom do, Cron what cron runs.
	Sudoers Sudoers `json:"-"`
	Cron    Cron    `json:"-"`
	// Files are those that deserve a look, met on the one walk over the tree.
	Files Files `json:"-"`
}

// Options of [Of]. The zero value reads all.
type Options struct {
	// TempDir is where rpm's database in SQLite's format is unpacked while it is read: "" for the system's folder of
	// temporary files.
	TempDir string
}

// Of surveys a tree. An error means that it could not be read; what is odd in it is told in the parts.
func Of(ctx context.Context, t overlay.ReadTree, o Options) (*Survey, error) {
	s := &Survey{}
	files := newFilesCollector(t)
	collectors := []collector{files} // of parts that need to see all files
	var err error
	if s.Walk, err = walk(ctx, t, collectors...); err != nil {
		return nil, err
	}
	s.OS = osOf(t)
	if s.Packages, err = packagesOf(ctx, t, o); err != nil {
		return nil, err
	}
	s.Files = files.files
	if s.Services, err = services.List(t); err != nil {
		s.Services = nil
	}
	s.SSHD = sshdOf(t, s.Services)
	s.Accounts = accountsOf(t, s.SSHD)
	s.Sudoers, s.Cron = ReadSudoers(t), ReadCron(t)
	return s, nil
}
