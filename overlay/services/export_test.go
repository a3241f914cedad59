package services

import "lbimage/overlay/treetest"

// presetTree has files of one name in two folders, of which the first counts, and rules of which the first counts.
var presetTree = treetest.Fill(map[string]string{
	"etc/systemd/system-preset/50-x.preset":     "# x\n; y\ndisable a.service\nignore d.service\n",
	"usr/lib/systemd/system-preset/50-x.preset": "enable a.service\nenable *\n",
	"usr/lib/systemd/system-preset/40-y.preset": "enable b.service\nnonsense c.service\n",
	"lib/systemd/system-preset/60-z.preset":     "disable [a-d].service\n",
	"lib/systemd/system-preset/70.conf":         "disable *\n",
})
