// Package rpmdb reads the database of installed packages in an image, and says what rpm in the running image
// would say of its files.
//
// Nothing of the image is run, and nothing of the database is changed: an edit that goes past rpm leaves it as it
// was, and what that means is to be told.
//
//	db, err := rpmdb.Open(ctx, image, rpmdb.Options{})
//	if errors.Is(err, rpmdb.ErrNoDatabase) {
//		… // an image without rpm
//	}
//	db.Named("haproxy")                    // which version is it?
//	db.Owners("/etc/haproxy/haproxy.cfg")  // whose file is it?
//	db.Satisfies(requirement)              // is there what a package needs?
//	db.Verify(ctx, image)                  // rpm -Va --nodeps --noscripts
//	db.Report(ctx, image, changed)         // what 'rpm -V' will say of files that were changed
//
// # Formats
//
// Berkeley DB's hash table (/var/lib/rpm/Packages, up to EL8), of either byte order; rpm's own format (Packages.db,
// SUSE); SQLite (rpmdb.sqlite, EL9 and Fedora), its write-ahead log included. The two folders where distributions
// keep it are looked at. Indexes, beside the packages or in the same file, are not used: the headers say it all.
//
// # Hostile databases
//
// The database is a file of the image, so it may be anything. Pages of Berkeley DB are parsed by go-rpmdb, but
// walked here: each overflow page belongs to one value, so that no chain goes round and the work is bounded by
// the file. (The library's own walk follows any chain, and its panics, in goroutines of its own, could not be
// caught.) Blocks of rpm's own format bear checksums, which are verified. SQLite reads its format itself, asked
// only for plain columns of a plain table. Headers are checked by package rpm. A database has at most 256 MiB,
// 65,536 packages, a million files and two million dependencies. That it all happens in this process, without a
// helper process under limits, is deliberate: there is no step whose work or memory a database could drive
// beyond these.
//
// # Versions of rpm
//
// 'rpm -V' has learnt things over the years; what the rpm in the image does is told by its version: the ninth
// column (capabilities, since 4.7), files that another package replaced (since 4.9), links where a folder is
// expected (since 4.9, and by owner since 4.14), the letter before the path. An access control list counts for a
// difference of the mode, as in the builds of EL and Fedora; Debian's build of rpm does not look. Verification scripts
// are not run, dependencies have [DB.Satisfies]. rpm undoes prelinking (EL5, EL6) before it computes a digest, which is
// not done here: a prelinked program is told as changed.
//
// The formats are those that rpm and Berkeley DB define by their sources; what is printed is described in rpm(8),
// VERIFY OPTIONS.
package rpmdb
