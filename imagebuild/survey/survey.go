package survey

import (
	"context"
	"sync"

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
	Sysctls    Sysctls           `json:"sysctls"`
	SELinux    SELinux           `json:"selinux"`
	Walk       Walked            `json:"walk"`
	// Sudoers is what sudo lets whom do, Cron what cron runs.
	Sudoers Sudoers `json:"-"`
	Cron    Cron    `json:"-"`
	// Files are those that deserve a look, met on the one walk over the tree.
	Files Files `json:"-"`
	// Notes are of parts that have none of their own.
	Notes []string `json:"notes,omitempty"`
}

// Options of [Of]. The zero value reads all.
type Options struct {
	// TempDir is where rpm's database in SQLite's format is unpacked while it is read: "" for the system's folder of
	// temporary files.
	TempDir string

	noFiles bool // of packages
}

// Of surveys a tree. An error means that it could not be read; what is odd in it is told in the parts. Parts that do not need
// each other are read at the same time: the tree must allow that.
func Of(ctx context.Context, t overlay.ReadTree, o Options) (*Survey, error) {
	s := &Survey{}
	scripts, files := newScripts(t), newFilesCollector(t)
	err := together(
		func() (err error) {
			s.Walk, err = walk(ctx, t, scripts, files)
			return err
		},
		func() (err error) {
			s.Packages, err = packagesOf(ctx, t, o)
			return err
		},
		func() (err error) {
			s.OS = osOf(t)
			s.Services, s.Notes = servicesOf(t)
			s.SSHD = sshdOf(t, s.Services)
			s.Accounts = accountsOf(t, s.SSHD)
			s.Sysctls = sysctlsOf(t)
			s.Sudoers, s.Cron = ReadSudoers(t), ReadCron(t)
			if s.Boot, err = boot(t); err != nil {
				return err
			}
			s.SELinux = selinuxOf(t, s.OS.Family, s.Boot.Args())
			return nil
		},
	)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	if s.Essentials, err = essentials(ctx, t, &s.Packages, scripts); err != nil {
		return nil, err
	}
	s.Files = files.files
	return s, nil
}

// Args are what the boot loader that counts tells the kernel which it starts by default; empty where none does.
func (b Boot) Args() string {
	for _, m := range b.Menus {
		if e, ok := m.Started(); ok && e.Kernel != "" {
			return e.Args
		}
	}
	return ""
}

// together runs functions at the same time and gives the first error, in their order.
func together(parts ...func() error) error {
	errs := make([]error, len(parts))
	var wg sync.WaitGroup
	for i, part := range parts {
		wg.Go(func() { errs[i] = part() })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// servicesOf lists the services; a tree in which they cannot be read has none, and a note.
func servicesOf(t overlay.ReadTree) (list []services.Status, notes []string) {
	list, err := services.List(t)
	if err != nil {
		notes = noted(notes, "the services are not known: "+err.Error())
	}
	if list == nil {
		list = []services.Status{}
	}
	return list, notes
}

// Starts are the services that start at boot, in the order of the list.
func (s *Survey) Starts() []services.Status {
	var out []services.Status
	for _, x := range s.Services {
		switch {
		case x.Shadowed:
		case x.State == "on", x.State == "enabled", x.State == "enabled-runtime":
			out = append(out, x)
		}
	}
	return out
}
