// Package boots asks whether an image comes up: what its boot loader names is there, and says where the root file system
// is.
//
// The facts are those of package survey, which follows a boot loader's configuration to the entry that is started: that
// one counts, not the others. Where there are several boot loaders, the first is the one that starts the machine, and
// what another would do is worth a warning.
//
// Images without a boot loader are none the worse for it where they are not asked to start themselves: a bare file system
// is started by its cloud, with the kernel and the ramdisk that lie beside it in the tarball (the installer of 1.0), or with
// its own. Then kernel, initramfs and command line are the cloud's, and nothing is asked of them but whether the image has
// the modules.
package boots
