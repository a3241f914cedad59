// Package judge has a real HAProxy say what it thinks of a configuration.
//
// A linter knows rules; HAProxy knows the truth, and every release has its own. The best judge of the
// configuration in an image is therefore the HAProxy in that image, with its own libraries and its own users.
// This package takes that program out of the image's file tree, with everything it needs and nothing else,
// and runs `haproxy -c` where it can do no harm:
//
//	program, err := judge.FromTree(image, "/usr/sbin/haproxy", judge.Options{})
//	if err != nil {
//		return err // of another architecture, libraries missing, …: [ErrNoVerdict] says so
//	}
//	defer program.Close()
//	verdict, err := program.Check(ctx, judge.Config{Files: []judge.File{
//		{Name: "/etc/load-balancer-servo/haproxy_template.conf", Data: template},
//	}})
//
// A program that does this calls [Init] as the first thing in main: the sandbox is set up by the same
// executable, started anew.
//
// # Who is asked
//
// [FromTree] is the image's own HAProxy. [Host] is one of this machine: second best, because its release is
// another one. Without either, only the linter is left; every error that means "no judge here, go on without"
// is an [ErrNoVerdict], and its text says why.
//
// # The sandbox
//
// The program in an image is not trusted. It runs as process 1 of its own user, mount, process, network,
// System V and host name namespaces, in a small file system in memory that holds its libraries, the
// configuration and four devices, mounted read-only; without a network, a capability, an environment worth the
// name or a way to gain privilege; with limits on time, memory, processes and output. No privilege is needed to
// set that up, only a kernel that lets users have namespaces. A caller that is root gives up that, too: the
// program runs as nobody.
//
// Nothing of it has a name on a disk: what is taken out of the image waits in an anonymous file. A caller that
// is killed, even by SIGKILL, takes the file with it, and the kernel ends the program. (One that means harm could
// undo that last; as confined as ever, it would outlive the caller.)
//
// Many containers forbid namespaces. Then the image's program is not run, unless [Options.AllowUnsandboxed] says
// that the image is trusted: it would run with the rights of the user. What is run then is the image's loader
// with the image's libraries (`ld.so --library-path`); the users are those of this machine, so lines that name
// users are set aside, and the [Verdict] says so. A HAProxy of this machine is trusted as the user trusts it and
// is run without a sandbox where there is none. Without a sandbox, files must have names: each such run has a
// folder in [Options.TempDir], which is removed at its end and left there by a SIGKILL before.
//
// # What comes back
//
// A [Verdict]: good, good but without a listener, or bad; and HAProxy's messages ([ParseMessages]), with the
// file and line they blame. Line numbers are those of the texts that were handed in, whatever had to be set
// aside.
package judge
