package check

// The root file system is consistent: every block has one owner, every count and checksum is right. What is
// not would be made worse by the first machine that mounts it.
var ruleFileSystem = Rule{
	Name:     "file-system",
	Severity: SeverityError,
	Why:      "an inconsistent file system loses files, or is not mounted at all",
	Mend:     "the source may have had it already: mend a copy of its disk with e2fsck -f and start from that",
}
