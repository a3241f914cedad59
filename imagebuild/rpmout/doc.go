// Package rpmout makes a package of an image tarball: an RPM as the load
// balancer image's own spec makes it, so that yum brings it to a cloud
// controller and its installer finds it there.
//
//	/usr/bin/euca-install-load-balancer                      the installer, 0755
//	/usr/share/doc/NAME-VERSION/IMAGE-LICENSE                the licence of what is in the image
//	/usr/share/doc/NAME-VERSION/NAME.ks                      the kickstart that the image was made by
//	/usr/share/NAME/NAME-VERSION-BUILD.tgz                   the image tarball
//
// NAME is eucalyptus-load-balancer-image, with -devel for an image for
// developers; VERSION-RELEASE is 1.1.0-0.212.el6, where 212 is the BUILD.
//
// Where the image was made of a package, the new one follows that: all tags,
// dependencies, scripts and files are its, byte for byte, but the tarball and what
// [Options] name. Where it was made of a tarball or a disk, name and version
// are in the file's name or in the Options, and so are the files beside the
// tarball. What is left out or filled in is told ([Draft.Notes]); nothing is made up
// in silence. In particular no installer of our own takes the place of one that is
// missing: it would be in the way of the real one, which has the same name in each
// package.
//
// [New] decides all that before any work is done. [Draft.Write] then streams the
// package: its memory does not grow with the tarball. The bytes depend on what is
// put in and on the time given alone. The package is read by every rpm from EL6 on: gzip,
// and no feature of rpm that is not asked for.
package rpmout
