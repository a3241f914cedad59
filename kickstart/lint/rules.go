package lint

import (
	"cmp"
	"slices"
)

// Rules are all there are, sorted by name.
func Rules() []Rule {
	out := []Rule{
		ruleAddress, ruleCarriageReturn,
		ruleClearPassword, ruleCredentials, ruleEmptyPassword, ruleEndsInstallation, ruleErrorOnFail, ruleExpands, ruleFailsInChroot,
		ruleFileSystem, ruleGroupOptions, ruleHereDocumentEnd, ruleHostKeys, ruleKeyboard, ruleLanguage, ruleMountPoint,
		ruleMountPointTwice, ruleNetworkDevice, ruleNoRootPassword, ruleNoSource, ruleNoTime, ruleNoVerification, ruleOtherRelease,
		ruleOutside, rulePackageOfLoadBalancer, rulePackagesMissing, rulePartitionSize, rulePlainHTTP, ruleRepoURL,
		ruleRequireTTY, ruleRootLogin, ruleRootMissing, ruleRootTooSmall, ruleSameHash, ruleSecret, ruleSerialConsole,
		ruleServiceBoth, ruleServiceWithoutPackage, ruleServoNotEnabled, ruleShellSyntax, ruleStaticNetwork, ruleTemplate, ruleTimezone, ruleTwice,
		ruleUnknownArchitecture, ruleUnknownGroup, ruleWantedAndExcluded, ruleWantedTwice, ruleWeakHash,
	}
	out = append(out, ParserRules()...)
	slices.SortFunc(out, func(a, b Rule) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// ParserRules are those among the rules whose findings the reader of files gives.
func ParserRules() []Rule {
	out := slices.Clone(parserRules)
	for i := range out {
		out[i].Name = prefix + out[i].Name
	}
	return out
}
