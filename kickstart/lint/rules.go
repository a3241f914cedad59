package lint

import (
	"cmp"
	"slices"
)

// Rules are all there are, sorted by name.
func Rules() []Rule {
	out := []Rule{
		ruleClearPassword, ruleCredentials, ruleEmptyPassword, ruleEndsInstallation, ruleErrorOnFail, ruleExpands, ruleFailsInChroot,
		ruleFileSystem, ruleGroupOptions, ruleHereDocumentEnd, ruleHostKeys, ruleKeyboard, ruleLanguage, ruleMountPoint,
		ruleMountPointTwice, ruleNetworkDevice, ruleNoRootPassword, ruleNoSource, ruleNoTime, ruleNoVerification, ruleOtherRelease,
		ruleOutside, rulePackageOfLoadBalancer, rulePackagesMissing, rulePartitionSize, rulePlainHTTP, ruleRepoTwice, ruleRepoURL,
		ruleRepoURLs, ruleRequireTTY, ruleRootLogin, ruleRootMissing, ruleRootTooSmall, ruleSameHash, ruleSecret, ruleSerialConsole,
		ruleServiceBoth, ruleServiceWithoutPackage, ruleServoNotEnabled, ruleShellSyntax, ruleStaticNetwork, ruleTimezone, ruleTwice,
		ruleUnknownArchitecture, ruleUnknownGroup, ruleWantedAndExcluded, ruleWantedTwice, ruleWeakHash,
	}
	for _, r := range parserRules {
		r.Name = prefix + r.Name
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Rule) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
