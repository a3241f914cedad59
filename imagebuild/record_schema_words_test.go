package imagebuild

// recordWords say what keys mean whose fields in Go say it by their names alone: by type and key, or by key for all types.
var recordWords = &keyWords{say: map[string]string{
	"schema": "lbimage/record/v1", "Record.changed": "how much of the disk differs", "Record.changes": "what happened to each path, sorted", "Record.database": "what rpm in the image will say of the changes",
	"Record.findings": "what the checks said", "Record.image": "the disk and its root file system", "Record.output": "the tarball that was written", "Record.request": "what was asked for, without folders of the machine and without hashes",
	"Record.servo": "the source that the servo was installed from", "Record.source": "the file that the job started from", "Record.tool": "the program that made the output",

	"name": "the name", "path": "the path from the image's root", "sha256": "the SHA-256, in hexadecimal", "size": "in bytes", "line": "the line, from 1", "column": "the column, from 1",
	"version": "the version", "notes": "what else is to be said", "note": "what else is to be said", "mode": "permissions, octal; absent: as it was", "owner": "user:group, by name or number; absent: as it was",
	"user": "the account", "kind": "rpm, tarball or disk", "value": "the value", "bytes": "in bytes", "blocks": "how many there were",

	"KickstartPlace.file": "the kickstart file", "RecordKickstart.count": "how many statements there are of each verdict",
	"ConformanceCounts.holds": "how many hold", "ConformanceCounts.doesNotHold": "how many do not hold", "ConformanceCounts.cannotBeTold": "how many cannot be told",
	"ConformanceStatement.verdict": "does not hold", "ConformanceStatement.place": "where the kickstart file says it",

	"CheckFinding.message": "what is wrong", "CheckFinding.severity": "error, warning or info", "CheckOverride.reason": "why, as the recipe says", "CheckOverride.rule": "the rule's name",
	"DevelopSource.changes":   "the files that differ from the commit, as git's short status has them",
	"InstalledPackage.misses": "what it requires and the image lacks", "InstalledPackage.scriptlets": "its scripts, and what was done in their place",
	"RPMResult.files": "what lies in the package, and where it comes from", "RpmoutPart.path": "the path in the package",
	"RecipeAccess.authorizedKeys": "lines of authorized_keys", "RecipeAccess.authorizedKeysFile": "the name of a file with such lines",
	"RecipeAuthorizedKeys.file": "the name of a file with such lines", "RecipeAuthorizedKeys.keys": "lines of authorized_keys",
	"RecipeEdit.authorizedKeys": "keys that may log in", "RecipeEdit.dir": "a folder", "RecipeEdit.file": "a file", "RecipeEdit.group": "a group", "RecipeEdit.line": "a line of a text",
	"RecipeEdit.password": "a password", "RecipeEdit.place": "where the recipe says so", "RecipeEdit.remove": "a path that goes", "RecipeEdit.rpm": "a package", "RecipeEdit.service": "a service",
	"RecipeEdit.symlink": "a symbolic link", "RecipeEdit.user": "an account",
	"RecipeFile.content": "its content, hashes of passwords concealed", "RecipeFile.source": "the name of the file with its content", "RecipeGroup.gid": "its number", "RecipeGroup.system": "a system group",
	"RecipeLine.remove": "the line goes", "RecipeLine.set": "the line that takes its place", "RecipePassword.hash": "a hash, concealed", "RecipePlace.file": "the recipe's name",
	"RecipeRPM.path": "the name of the package's file", "RecipeRemove.recursive": "with all below it",
	"RecipeService.action": "what else is done", "RecipeService.levels": "the run levels meant", "RecipeServo.allowDirty": "changes that are not committed are taken", "RecipeServo.logLevel": "what it logs",
	"RecipeServo.ref": "branch, tag or commit", "RecipeServo.rpm": "the name of the package's file", "RecipeSymlink.target": "what the link holds",
	"RecipeUser.comment": "the full name", "RecipeUser.createHome": "the home folder is made", "RecipeUser.group": "the primary group", "RecipeUser.groups": "further groups", "RecipeUser.home": "the home folder",
	"RecipeUser.shell": "the shell", "RecipeUser.system": "a system account", "RecipeUser.uid": "its number",
	"RecordBeside.role":  "rpm, sbom-spdx, sbom-cyclonedx, provenance or report",
	"RecordChange.diff":  "the change of a text, as a unified diff",
	"RecordChange.op":    "what was done: unchanged, create, modify, chmod, chown or remove",
	"RecordImage.fsType": "ext2, ext3 or ext4", "RecordImage.uuid": "of the root file system", "RecordPackage.buildTime": "when the package was built",
	"RecordRecovery.freed": "inodes without a name that were freed", "RecordRecovery.revoked": "blocks that were left as they were", "RecordRecovery.transactions": "how many the journal held", "RecordRecovery.truncated": "files that were cut to their size",
	"RecordSource.package":   "the package, where the source is one",
	"RpminstallFile.outcome": "what became of it: installed, unchanged, kept, rpmnew, rpmsave, rpmorig, ghost, missingok, removed or left", "RpminstallMiss.why": "what there is instead",
	"RpminstallScriptlet.skipped": "why it was left out", "RpminstallScriptlet.status": "what it would end with", "RpminstallScriptlet.steps": "its commands, and what was done in their place",
	"RpminstallStep.command": "the command", "RpminstallStep.status": "what it would end with",
	"SelinuxReport.config": "the file that says which policy", "SelinuxReport.inherited": "files labelled as their folders are", "SelinuxReport.unlabelled": "files without a label",
}}
