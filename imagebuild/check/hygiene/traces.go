package hygiene

import (
	"context"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
)

// trace is a rule for files that a kind of the survey tells.
type trace struct {
	name     string
	kind     survey.FileKind
	severity check.Severity
	why      string
	mend     string // in general
	one      string // of one file
	many     string // of several, with a %d
	// edits makes the mend's recipe; nil removes the files.
	edits func(files []survey.FileFact, total int) string
}

func (t trace) rule() check.Rule {
	r := check.Rule{Name: t.name, Group: check.GroupHygiene, Severity: t.severity, Why: t.why, Mend: t.mend}
	r.Find = func(_ context.Context, s *check.Subject) ([]check.Finding, error) {
		l := s.Survey.Files.Of(t.kind)
		mend := t.edits
		if mend == nil {
			mend = removal
		}
		return several(r, l, t.one, t.many, mend(l.Files, l.Count)), nil
	}
	return r
}

const removeThem = "remove them with edits of the kind remove; the finding has the lines"

var traces = []trace{
	{
		"ssh-host-keys", survey.FilesHostKey, check.SeverityError,
		"every machine that starts from the image would answer with the same key, and whoever has the image could stand in for any of them; servers make their own at the first start where there is none (on Debian: dpkg-reconfigure openssh-server, or cloud-init)",
		"remove /etc/ssh/ssh_host_*_key, and see that something makes keys at boot; the finding has the lines",
		"it is a private key of the SSH server, which every machine from the image would share", "%d private keys of the SSH server, which every machine from the image would share", nil,
	},
	{
		"private-keys", survey.FilesPrivateKey, check.SeverityError,
		"whoever gets the image gets the key, and with it what the key opens",
		"remove the key with an edit of the kind remove, and bring it to machines at boot; where it is nobody's secret, turn the rule off with that reason",
		"it holds a private key", "%d files hold private keys", nil,
	},
	{
		"credentials", survey.FilesCredential, check.SeverityError,
		"whoever gets the image gets the passwords and access keys in it",
		"remove the file with an edit of the kind remove, and change what was in it",
		"a tool keeps passwords or access keys here", "%d files in which tools keep passwords or access keys", nil,
	},
	{
		"machine-id", survey.FilesMachineID, check.SeverityWarning,
		"machines that share the number are one to what tells them apart by it: the journal, DHCP servers, D-Bus. An empty /etc/machine-id is filled at the first boot",
		"leave /etc/machine-id empty with an edit of the kind file; the finding has the line",
		"every machine from the image would have this number", "%d files hold a number that every machine from the image would have", machineIDs,
	},
	{
		"core-files", survey.FilesCore, check.SeverityWarning,
		"a core is the memory of a program that died: it is large, and there may be passwords and keys in it",
		removeThem, "it is the memory of a program that died", "%d files are the memory of programs that died", nil,
	},
	{
		"swap-files", survey.FilesSwap, check.SeverityWarning,
		"a swap file is large and may hold what was in memory on the machine where the image was made; a load balancer that swaps serves nobody",
		"remove it with an edit of the kind remove, and its line from /etc/fstab with one of the kind line",
		"it is room for memory, and may hold what was in memory when it was used", "%d files are room for memory", nil,
	},
	{
		"shell-history", survey.FilesHistory, check.SeverityWarning,
		"what was typed and looked at while the image was made ships with it, at times a password",
		removeThem, "it tells what was typed, looked at or connected to", "%d files tell what was typed, looked at or connected to", nil,
	},
	{
		"logs", survey.FilesLog, check.SeverityWarning,
		"logs of the making ship with the image: they tell of hosts and people, mislead whoever looks for a fault, and an installer's kickstart in /root holds the hash of a password",
		"empty them with edits of the kind file and no content, which keep owner and mode; the finding has the lines",
		"a log of how the image was made", "%d logs of how the image was made", emptying,
	},
	{
		"caches", survey.FilesCache, check.SeverityWarning,
		"what package managers fetched is old by the time the image starts, and takes room in the image and in every download of it",
		removeThem, "it is a package manager's or a tool's, and can be fetched again", "%d files are package managers' or tools', and can be fetched again", clearing,
	},
	{
		"leases", survey.FilesLease, check.SeverityWarning,
		"a machine from the image would ask for an address that another network gave to another machine",
		removeThem, "an address that another machine was given", "%d files tell of addresses that another machine was given", nil,
	},
	{
		"udev-net-rules", survey.FilesNetRule, check.SeverityError,
		"the rules give eth0 to the network card on which the image was made: on a machine with another card the first one becomes eth1, which nothing configures, and there is no network",
		"remove it: `edits: [{remove: /etc/udev/rules.d/70-persistent-net.rules}]`",
		"it binds the names of network cards to those of another machine", "%d files bind the names of network cards to those of another machine", nil,
	},
	{
		"network-card-address", survey.FilesCardAddress, check.SeverityError,
		"with HWADDR the network scripts bring a network up on that very card alone: on every other machine they say that the device has another address, and there is no network",
		"take the line HWADDR out of the file with an edit of the kind line; the finding has the line",
		"its HWADDR is the address of a network card in another machine", "%d files hold the addresses of network cards in another machine (HWADDR)", withoutAddress,
	},
	{
		"cloud-init-instances", survey.FilesCloudInit, check.SeverityWarning,
		"cloud-init takes the first boot of a machine for one that was there before, and what it does once is not done; user data of another machine may hold secrets",
		removeThem, "cloud-init keeps here what it knows of another machine", "%d files and folders tell what cloud-init knows of another machine", nil,
	},
	{
		"random-seed", survey.FilesSeed, check.SeverityWarning,
		"machines that start with the same seed may draw the same random numbers, and keys from them",
		removeThem, "a seed for random numbers that every machine from the image would share", "%d seeds for random numbers that every machine from the image would share", nil,
	},
	{
		"account-backups", survey.FilesAccountBackup, check.SeverityWarning,
		"backups of /etc/shadow keep the hashes of passwords that were taken away",
		removeThem, "a backup of accounts, with passwords that may have been taken away since", "%d backups of accounts, with passwords that may have been taken away since", nil,
	},
	{
		"mail", survey.FilesMail, check.SeverityWarning,
		"mail to those who made the image ships with it",
		removeThem, "mail that somebody got while the image was made", "%d files are mail that somebody got while the image was made", nil,
	},
	{
		"temp-files", survey.FilesTemp, check.SeverityWarning,
		"what is left in /tmp and /var/tmp is nobody's, and takes room",
		removeThem, "it was left here", "%d files were left in /tmp and /var/tmp", nil,
	},
	{
		"package-leftovers", survey.FilesLeftover, check.SeverityInfo,
		"a package came with other configuration than stood there, and nobody has decided which of the two counts",
		"look at both, and remove the one that does not count with an edit of the kind remove",
		"a package left it beside the configuration", "%d files were left by packages beside their configuration", nil,
	},
	{
		"editor-leftovers", survey.FilesEditor, check.SeverityInfo,
		"backups and swap files of editors keep what was taken out of a file, and programs that read whole folders may read them",
		removeThem, "an editor left it", "%d files were left by editors", nil,
	},
}
