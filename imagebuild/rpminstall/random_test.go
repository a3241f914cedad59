package rpminstall_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lbimage/imagebuild/rpmdb"
	"lbimage/imagebuild/rpminstall"
)

// setting is a number in the environment: RPM_ROUNDS, how many random packages are tried, or RPM_SEED, which ones.
func setting(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// randomPackage makes a package below /opt/NAME out of few names, so that two of them meet.
func randomPackage(r *rand.Rand, name, version string) built {
	p := built{name: name, version: version}
	var install, files strings.Builder
	in := func(format string, args ...any) { fmt.Fprintf(&install, format+"\n", args...) }
	list := func(format string, args ...any) { fmt.Fprintf(&files, format+"\n", args...) }
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	owner := func() string { return pick("root,root", "app,app", "daemon,app", "nobody0,root", "root,nogroup0") }
	top := "opt/" + name
	in("mkdir -p %s", top)
	if r.IntN(2) == 0 {
		list("%%dir %%attr(%s,%s) /%s", pick("0755", "0700", "4711", "1777", "2755"), owner(), top)
	}
	for _, d := range []string{"d0", "d1"} {
		dir := top + "/" + d
		in("mkdir -p %s", dir)
		if r.IntN(3) > 0 {
			list("%%dir %%attr(%s,%s) /%s", pick("0755", "0750", "6700", "2755"), owner(), dir)
		}
		linked := ""
		for _, f := range []string{"a", "b", "c", "e", "f"} {
			path := dir + "/" + f
			kind := r.IntN(14)
			content := pick("one", "two", "three", "")
			when := pick("2013-01-01", "2014-02-02 03:04:05", "1999-12-31")
			file := func() {
				in("printf '%%s' '%s' >%s; touch -d '%s' %s", content, path, when, path)
			}
			mode := pick("0644", "0755", "4755", "2711", "0600")
			switch {
			case kind < 3: // not in the package
			case kind < 5:
				file()
				list("%%attr(%s,%s) /%s", mode, owner(), path)
			case kind < 10:
				file()
				list("%%config%s %%attr(%s,%s) /%s", pick("", "(noreplace)", "(noreplace)", "(missingok)", "(noreplace,missingok)"), mode, owner(), path)
			case kind == 10:
				in("ln -s %s %s; touch -h -d '%s' %s", pick("z", "../d0/z", "/srv/real"), path, when, path)
				list("%s %%attr(-,%s) /%s", pick("", "%config", "%config(noreplace)"), owner(), path)
			case kind == 11:
				list("%%ghost %s %%attr(%s,%s) /%s", pick("", "%config", "%config(noreplace)"), mode, owner(), path)
				in("touch %s", path)
			case kind == 12 && linked == "": // rpm 4.18 tears a set apart when its content was there before
				content = "linked " + version
				file()
				linked = path
				list("%%attr(0644,root,root) /%s", path)
			case kind == 12:
				in("ln %s %s", linked, path)
				list("%%attr(0644,root,root) /%s", path)
			default:
				file()
				list("%%caps(%s) %%attr(0755,root,root) /%s", pick("cap_net_bind_service=ep", "cap_chown,cap_fowner+p"), path)
			}
		}
	}
	for _, dir := range []string{top, top + "/d0", top + "/d1"} {
		in("touch -d 2010-10-1%d %s", r.IntN(9), dir)
	}
	p.install, p.files = install.String(), files.String()
	return p
}

// disturb is a random change of what an administrator might have done, as a shell script. Through a hard link
// nothing is written that a package has, too: rpm 4.18 takes such a file as it is, rpm 4.8 and 4.11 put a new one.
func disturb(r *rand.Rand, name string) string {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	var s strings.Builder
	for range r.IntN(6) {
		dir := "opt/" + name + "/" + pick("d0", "d1")
		path := dir + "/" + pick("a", "b", "c", "e", "f")
		s.WriteString(pick(
			"rm -rf "+path+"; printf '%s' one >"+path+"\n",
			"rm -rf "+path+"; printf '%s' two >"+path+"\n",
			"rm -rf "+path+"; printf '%s' three >"+path+"\n",
			"echo mine >"+path+"\n",
			"echo mine >"+path+"\n",
			"rm -rf "+path+"\n",
			"rm -rf "+path+"; ln -s "+pick("a", "b", "/srv/real", "nowhere")+" "+path+"\n",
			"chmod 0611 "+path+"\n",
			"chown 77:88 "+path+"\n",
			"ln -f "+path+" srv/kept 2>/dev/null\n", // a name outside of the package
			"echo stray >"+dir+"/stray\n",
			"echo older >"+path+pick(".rpmsave", ".rpmnew", ".rpmorig")+"\n",
			"rm -rf "+path+"; mkdir "+path+"\n",
			"mv "+dir+" srv/real/; ln -s /srv/real/"+filepath.Base(dir)+" "+dir+"\n",
		))
	}
	return s.String()
}

// forgive passes over what versions of rpm differ in. An old package had a folder and the image has a link
// there, or it had a file and the image has an empty folder: rpm 4.18 removes them, rpm 4.8 leaves them, and
// so do we, for what lies behind such a link must not go out of reach. A further name of a file that gives
// place to a set of hard links: rpm 4.18 leaves it its set-id bits, rpm 4.11 does not, nor do we. One of a file
// whose content stays: rpm 4.18 takes the file as it is, rpm 4.11 puts a new one, and so do we.
func forgive(theirs, ours map[string]string, report *rpminstall.Report) {
	const kept = "srv/kept"
	if _, both, ok := strings.Cut(theirs[kept], " names 2 of "); ok && strings.Contains(ours[kept], " names 1 of ") {
		first, _, _ := strings.Cut(both, ",")
		for name, s := range theirs {
			theirs[name] = strings.Replace(s, " names 2 of "+first+",", " names 1 of "+name+",", 1)
		}
		ours[kept] = theirs[kept]
	}
	if a, b := theirs[kept], ours[kept]; strings.HasPrefix(b, "-") && strings.TrimLeft(a, "ug") == strings.TrimLeft(b, "-") {
		ours[kept] = a
	}
	for _, f := range report.Files {
		if f.Outcome != rpminstall.Left || !strings.Contains(f.Note, "had") {
			continue
		}
		for p := strings.TrimPrefix(f.Path, "/"); p != "."; p = filepath.Dir(p) {
			if theirs[p] == "" {
				delete(ours, p)
			}
		}
	}
}

// TestRandomPackagesJudgedByRPM installs random packages, disturbs what they brought, upgrades them, and installs
// them once more or goes back: once by rpm, once by our edit. What comes of it is the same, file by file; what rpm cannot do is refused.
func TestRandomPackagesJudgedByRPM(t *testing.T) {
	judges(t)
	seed := uint64(setting("RPM_SEED", 42))
	n := setting("RPM_ROUNDS", 8) // a few seconds' worth
	t.Logf("RPM_SEED=%d RPM_ROUNDS=%d", seed, n)
	var first, second []built
	for i := range n {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		name := fmt.Sprintf("p%d", i)
		first = append(first, randomPackage(r, name, "1"))
		second = append(second, randomPackage(r, name, "2"))
	}
	old, new := build(t, first...), build(t, second...)
	refused := 0
	for i := range n {
		t.Run(first[i].name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed+1, uint64(i)))
			theirs := baseRoot(t)
			before := ""
			if r.IntN(2) == 0 { // something stands there already
				before = "mkdir -p opt/" + first[i].name + "/d0 opt/" + first[i].name + "/d1\n" + disturb(r, first[i].name)
				sh(t, theirs, "umask 022\n"+before+"true")
			}
			ours := twin(t, theirs)
			compare := func(step string, args []string, path string, o rpminstall.Options) bool {
				err := install(theirs, append(args, path)...)
				report, err2 := run(t, ours, path, o)
				switch {
				case err != nil && err2 != nil:
					refused++
					return false
				case err != nil || err2 != nil:
					t.Errorf("%s: rpm says %v, we say %v", step, err, err2)
					return false
				}
				a, b := look(t, theirs), look(t, ours)
				forgive(a, b, report)
				if step == "reinstall" { // a folder of files that are as they were: rpm 4.18 gives it its time, we touch nothing
					for name, s := range a {
						if strings.HasPrefix(s, "d") {
							a[name] = strings.Join(strings.Fields(s)[:2], " ")
						}
					}
				}
				if d := differences(a, b); len(d) > 0 {
					t.Errorf("%s differs:\n%s\nreport: %+v\nbefore: %s", step, strings.Join(d, "\n"), report.Files, before)
					return false
				}
				return true
			}
			if !compare("install", []string{"--noscripts", "-i"}, old[i], rpminstall.Options{}) {
				return
			}
			before = disturb(r, first[i].name)
			sh(t, theirs, "umask 022\n"+before+"true")
			ours = twin(t, theirs)
			var db rpminstall.Database = newDatabase(t, old[i])
			if i%2 == 0 { // as rpm itself wrote it
				real, err := rpmdb.Open(t.Context(), folder(t, theirs), rpmdb.Options{TempDir: t.TempDir()})
				if err != nil {
					t.Fatal(err)
				}
				db = rpminstall.FromDB(real)
			}
			if !compare("upgrade", []string{"--noscripts", "-U"}, new[i], rpminstall.Options{Database: db}) {
				return
			}
			step, args, path := "reinstall", []string{"--noscripts", "-U", "--replacepkgs"}, new[i]
			if r.IntN(2) == 0 {
				step, args, path = "downgrade", []string{"--noscripts", "-U", "--oldpackage"}, old[i]
			}
			before = disturb(r, first[i].name)
			sh(t, theirs, "umask 022\n"+before+"true")
			ours = twin(t, theirs)
			compare(step, args, path, rpminstall.Options{Database: newDatabase(t, new[i])})
		})
	}
	if refused > n/2 {
		t.Errorf("%d of %d were refused: too few are compared", refused, n)
	}
}
