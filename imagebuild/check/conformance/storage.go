package conformance

import (
	"fmt"
	"strings"

	"lbimage/imagebuild/check"
	"lbimage/imagebuild/survey"
	"lbimage/kickstart"
)

const mib = 1 << 20

// slack is by how many MiB a partition may differ from its size in the file: partitioning tools begin and end at cylinders of
// 7.8 MiB, or at whole MiB, and where a disk was made of that size its table and the gap behind it are taken from it.
const slack = 8

// part judges a partition: its size, file system and label.
func (j *judge) part(c *kickstart.Command) []Statement {
	point := firstArg(c.Args)
	switch {
	case point == "/":
		return j.rootPartition(c)
	case point == "swap":
		return j.otherPartition(c, "swap")
	case strings.HasPrefix(point, "/"):
		return j.otherPartition(c, point)
	}
	return []Statement{j.claim(c, rulePartition, "partition "+point).untold("a partition for it", "what lies in a partition without a mount point is not looked into")}
}

// rootPartition judges the partition with the root file system.
func (j *judge) rootPartition(c *kickstart.Command) []Statement {
	out := []Statement{j.rootSize(c)}
	info := j.subject.Info
	bare := func(about, want string) (Statement, bool) {
		return j.claim(c, rulePartition, about).untold(want, "the root file system was not looked at"), info.Type == ""
	}
	if fs, ok := c.Value("--fstype"); ok {
		about, want := "file system of /", fs
		if s, unknown := bare(about, want); unknown {
			out = append(out, s)
		} else {
			out = append(out, j.claim(c, rulePartition, about).is(info.Type == fs, want, info.Type))
		}
	}
	if label, ok := c.Value("--label"); ok {
		about, want := "label of /", label
		if s, unknown := bare(about, want); unknown {
			out = append(out, s)
		} else {
			out = append(out, j.claim(c, rulePartition, about).is(info.Label == label, want, named(info.Label)))
		}
	}
	if c.Has("--asprimary") {
		out = append(out, j.primary(c))
	}
	out = append(out, j.fstabOptions(c, "/")...)
	return append(out, j.partRest(c)...)
}

// partRest are options that nothing in an image tells of.
func (j *judge) partRest(c *kickstart.Command) []Statement {
	return j.rest(c, rulePartition, "partition "+firstArg(c.Args), "nothing in the image tells by which options it was formatted",
		"--mkfsoptions", "--fsprofile", "--bytes-per-inode", "--encrypted", "--badblocks", "--cipher")
}

// rootSize judges the size of the root partition; of an image without a partition table, of the file system.
func (j *judge) rootSize(c *kickstart.Command) Statement {
	claim := j.claim(c, rulePartition, "size of /")
	want, low, high, why := sizes(c)
	if why != "" {
		return claim.untold(want, why)
	}
	d := j.subject.Disk
	var size int64
	what := "a partition of %s"
	for _, p := range d.Partitions {
		if p.Root {
			size = p.Size
		}
	}
	if size == 0 {
		if size = d.Size; d.Table != "none" {
			size = 0
		}
		what = "a file system of %s, without a partition table"
	}
	if size == 0 {
		return claim.untold(want, "the disk around the root file system was not looked at")
	}
	has := fmt.Sprintf(what, inMiB(size))
	if fs := int64(j.subject.Info.Blocks) * int64(j.subject.Info.BlockSize); fs > 0 && fs < size-slack*mib {
		return claim.fails(want, fmt.Sprintf("%s, of which the file system uses %s", has, inMiB(fs)))
	}
	return claim.is(size >= low && size <= high, want, has)
}

func inMiB(n int64) string {
	if n%mib == 0 {
		return fmt.Sprintf("%d MiB", n/mib)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/mib)
}

// sizes are the bounds in bytes that a part line sets; why says that it sets none that can be held against a disk.
func sizes(c *kickstart.Command) (want string, low, high int64, why string) {
	const most = 1 << 40 // MiB, more than any disk has
	n, ok := c.Int("--size")
	switch {
	case c.Has("--recommended") || c.Has("--hibernation"):
		return "the size that the installer recommends", 0, 0, "it depends on the memory of the machine that the installer ran on"
	case c.Has("--onpart") || c.Has("--usepart") || c.Has("--noformat") || c.Has("--useexisting"):
		return "a partition that is there", 0, 0, "how large it was, the file does not say"
	case !ok && c.Has("--grow"):
		n = 1
	case !ok || n < 0 || n > most:
		return "a size", 0, 0, "the line names none"
	}
	low, high = (n-slack)*mib, (n+slack)*mib
	want = fmt.Sprintf("%d MiB", n)
	if c.Has("--grow") {
		want, high = fmt.Sprintf("%d MiB or more", n), most*mib
		if m, ok := c.Int("--maxsize"); ok && m > 0 && m < most {
			want, high = fmt.Sprintf("%d to %d MiB", n, m), (m+slack)*mib
		}
	}
	return want + fmt.Sprintf(", give or take %d for its alignment", slack), low, high, ""
}

// primary holds for a partition that is not in an extended one.
func (j *judge) primary(c *kickstart.Command) Statement {
	claim := j.claim(c, rulePartition, "place of /")
	const want = "a primary partition"
	switch d := j.subject.Disk; d.Table {
	case "mbr":
		for _, p := range d.Partitions {
			if p.Root {
				return claim.is(p.Number <= 4, want, fmt.Sprintf("partition %d", p.Number))
			}
		}
	case "gpt":
		return claim.untold(want, "a GPT has no other ones")
	}
	return claim.untold(want, "the disk has no partition table")
}

// otherPartition judges a partition beside the root: by the line of fstab, and by whether there is one of its size.
func (j *judge) otherPartition(c *kickstart.Command, point string) []Statement {
	var out []Statement
	claim := j.claim(c, rulePartition, "partition for "+point).at(survey.FstabPath, 0)
	m, ok := j.mount(point)
	switch {
	case !ok && j.fstabBad() != "":
		return []Statement{claim.untold("a line in fstab", j.fstabBad())}
	case !ok:
		return []Statement{claim.fails("a line in fstab", "none for "+point)}
	}
	claim = claim.at(survey.FstabPath, m.Line)
	out = append(out, claim.holds("a line in fstab", m.Device))
	if fs, ok := c.Value("--fstype"); ok && point != "swap" {
		out = append(out, j.claim(c, rulePartition, "file system of "+point).at(survey.FstabPath, m.Line).is(m.Type == fs, fs, m.Type))
	}
	if label, ok := c.Value("--label"); ok {
		about := j.claim(c, rulePartition, "label of "+point).at(survey.FstabPath, m.Line)
		if has, labelled := strings.CutPrefix(m.Device, "LABEL="); labelled {
			out = append(out, about.is(strings.Trim(has, `"`) == label, label, has))
		} else {
			out = append(out, about.untold(label, "fstab does not name it by its label, and only the root file system is looked into"))
		}
	}
	out = append(out, j.otherSize(c, point))
	if point != "swap" {
		out = append(out, j.fstabOptions(c, point)...)
	}
	return append(out, j.partRest(c)...)
}

// otherSize judges whether the disk has a partition of that size besides the root. Which one it is, is not told.
func (j *judge) otherSize(c *kickstart.Command, point string) Statement {
	claim := j.claim(c, rulePartition, "size of "+point)
	want, low, high, why := sizes(c)
	if why != "" {
		return claim.untold(want, why)
	}
	d := j.subject.Disk
	if d.Table == "" {
		return claim.untold(want, "the disk around the root file system was not looked at")
	}
	var others []string
	for _, p := range d.Partitions {
		if p.Root {
			continue
		}
		if others = append(others, inMiB(p.Size)); p.Size >= low && p.Size <= high {
			return claim.untold(want, fmt.Sprintf("partition %d has that size, and what lies in it is not looked into", p.Number))
		}
	}
	if len(others) == 0 {
		return claim.fails(want, "no partition beside the root")
	}
	if len(others) > 8 {
		others = others[:8]
	}
	return claim.fails(want, "other partitions of "+strings.Join(others, ", "))
}

// volume judges a volume of LVM by its line in fstab.
func (j *judge) volume(c *kickstart.Command) []Statement {
	point := firstArg(c.Args)
	if point != "swap" && !strings.HasPrefix(point, "/") {
		return []Statement{j.claim(c, rulePartition, "volume "+point).untold("a volume for it", "volumes of LVM are not looked into")}
	}
	claim := j.claim(c, rulePartition, "volume for "+point).at(survey.FstabPath, 0)
	m, ok := j.mount(point)
	switch {
	case !ok && j.fstabBad() != "":
		return []Statement{claim.untold("a line in fstab", j.fstabBad())}
	case !ok:
		return []Statement{claim.fails("a line in fstab", "none for "+point)}
	}
	out := []Statement{claim.at(survey.FstabPath, m.Line).holds("a line in fstab", m.Device)}
	if fs, ok := c.Value("--fstype"); ok && point != "swap" {
		out = append(out, j.claim(c, rulePartition, "file system of "+point).at(survey.FstabPath, m.Line).is(m.Type == fs, fs, m.Type))
	}
	return append(append(out, j.fstabOptions(c, point)...),
		j.rest(c, rulePartition, "volume for "+point, "volumes of LVM are not looked into", "--size", "--percent", "--vgname", "--name")...)
}

func (j *judge) autopart(c *kickstart.Command) []Statement {
	return []Statement{j.claim(c, rulePartition, "layout of the disk").untold("what the installer takes for best", "which partitions those are depends on the installer and the disk")}
}

// mount is the line of fstab for a mount point, or for swap.
func (j *judge) mount(point string) (survey.Mount, bool) {
	for _, m := range j.subject.Survey.Boot.Fstab {
		if m.Point == point && point != "swap" || point == "swap" && m.Type == "swap" {
			return m, true
		}
	}
	return survey.Mount{}, false
}

// fstabBad says why fstab cannot be read; empty where it can, or is not there.
func (j *judge) fstabBad() string { return j.read(survey.FstabPath).bad }

// fstabOptions judges --fsoptions, all of which have to stand in fstab.
func (j *judge) fstabOptions(c *kickstart.Command, point string) []Statement {
	options, ok := c.Value("--fsoptions")
	if !ok {
		return nil
	}
	claim := j.claim(c, rulePartition, "mount options of "+point).at(survey.FstabPath, 0)
	m, ok := j.mount(point)
	if !ok {
		if bad := j.fstabBad(); bad != "" {
			return []Statement{claim.untold(options, bad)}
		}
		return []Statement{claim.fails(options, "no line for "+point)}
	}
	claim = claim.at(survey.FstabPath, m.Line)
	for o := range strings.SplitSeq(options, ",") {
		if o = strings.TrimSpace(o); o != "" && !m.Has(o) {
			return []Statement{claim.fails(options, check.OneLine(strings.Join(m.Options, ",")))}
		}
	}
	return []Statement{claim.holds(options, strings.Join(m.Options, ","))}
}
