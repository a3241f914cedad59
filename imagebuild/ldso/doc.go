// Package ldso finds the libraries of a program in an image as the image's own loader (ld.so) would, without running it.
//
// The loader looks for a name in this order, and so does [Search.Libraries]:
//
//  1. the folders of DT_RPATH, of the one who asks and of those who asked for it, where it has no DT_RUNPATH
//  2. the folders of DT_RUNPATH of the one who asks
//  3. the cache /etc/ld.so.cache, which ldconfig made of the folders in /etc/ld.so.conf and of its own
//  4. the folders that are built into the loader: they are read out of the loader
//
// A file for another processor is passed over. What is in none of these, and in a folder of /etc/ld.so.conf, is found
// as well, and told apart ([ViaLdconfig]): the loader finds it once ldconfig has been run.
//
// The loader refuses to start a program when a library lacks a symbol version that is asked of it; [Found.Versions]
// lists these.
//
// The orders and formats are those of glibc (elf/dl-load.c, elf/dl-cache.c, ld.so(8)). For musl the folders are those of
// /etc/ld-musl-ARCH.path, and there is no cache.
package ldso
