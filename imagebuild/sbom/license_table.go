package sbom

// shortNames are the names of licences that distributions had before SPDX, in small letters, and what SPDX calls them:
// those of Fedora and its descendants (the field License of a package, until 2022) and those of Debian
// (machine-readable copyright files), which are written alike. A name that stands for several licences, such as BSD, is
// not here, as nothing can be said of which of them it is.
var shortNames = map[string]string{
	// The GNU licences.
	"gpl": "GPL-1.0-or-later", "gpl+": "GPL-1.0-or-later", "gpl-1": "GPL-1.0-only", "gpl-1+": "GPL-1.0-or-later",
	"gplv1": "GPL-1.0-only", "gplv1+": "GPL-1.0-or-later",
	"gplv2": "GPL-2.0-only", "gplv2+": "GPL-2.0-or-later", "gpl-2": "GPL-2.0-only", "gpl-2+": "GPL-2.0-or-later",
	"gplv3": "GPL-3.0-only", "gplv3+": "GPL-3.0-or-later", "gpl-3": "GPL-3.0-only", "gpl-3+": "GPL-3.0-or-later",
	"gpl-1.0": "GPL-1.0-only", "gpl-1.0+": "GPL-1.0-or-later", "gpl-2.0": "GPL-2.0-only", "gpl-2.0+": "GPL-2.0-or-later",
	"gpl-3.0": "GPL-3.0-only", "gpl-3.0+": "GPL-3.0-or-later",
	"lgpl": "LGPL-2.0-or-later", "lgpl+": "LGPL-2.0-or-later", "lgplv2": "LGPL-2.0-only", "lgplv2+": "LGPL-2.0-or-later",
	"lgplv2.1": "LGPL-2.1-only", "lgplv2.1+": "LGPL-2.1-or-later", "lgplv3": "LGPL-3.0-only", "lgplv3+": "LGPL-3.0-or-later",
	"lgpl-2": "LGPL-2.0-only", "lgpl-2+": "LGPL-2.0-or-later", "lgpl-2.0": "LGPL-2.0-only", "lgpl-2.0+": "LGPL-2.0-or-later",
	"lgpl-2.1": "LGPL-2.1-only", "lgpl-2.1+": "LGPL-2.1-or-later",
	"lgpl-3": "LGPL-3.0-only", "lgpl-3+": "LGPL-3.0-or-later", "lgpl-3.0": "LGPL-3.0-only", "lgpl-3.0+": "LGPL-3.0-or-later",
	"agplv3": "AGPL-3.0-only", "agplv3+": "AGPL-3.0-or-later", "agpl-3": "AGPL-3.0-only", "agpl-3+": "AGPL-3.0-or-later",
	"agpl-3.0": "AGPL-3.0-only", "agpl-3.0+": "AGPL-3.0-or-later",
	"gfdl-1.1": "GFDL-1.1-only", "gfdl-1.1+": "GFDL-1.1-or-later", "gfdl-1.2": "GFDL-1.2-only", "gfdl-1.2+": "GFDL-1.2-or-later",
	"gfdl-1.3": "GFDL-1.3-only", "gfdl-1.3+": "GFDL-1.3-or-later",
	"gfdl-niv-1.2": "GFDL-1.2-no-invariants-only", "gfdl-niv-1.2+": "GFDL-1.2-no-invariants-or-later",
	"gfdl-niv-1.3": "GFDL-1.3-no-invariants-only", "gfdl-niv-1.3+": "GFDL-1.3-no-invariants-or-later",

	// Permissive ones.
	"expat": "MIT", "mit/x11": "MIT", "x11": "X11", "isc": "ISC", "zlib": "Zlib", "zlib/libpng": "Zlib", "boost": "BSL-1.0",
	"asl 1.0": "Apache-1.0", "asl 1.1": "Apache-1.1", "asl 2.0": "Apache-2.0", "apache-2": "Apache-2.0", "apache 2.0": "Apache-2.0",
	"apache license 2.0": "Apache-2.0", "apache v2": "Apache-2.0",
	"bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause", "bsd-4-clause": "BSD-4-Clause", "2-clause bsd": "BSD-2-Clause",
	"3-clause bsd": "BSD-3-Clause", "bsd with advertising": "BSD-4-Clause", "bsd protection": "BSD-Protection",
	"openssl": "OpenSSL", "openldap": "OLDAP-2.8", "psf-2": "PSF-2.0", "vim": "Vim", "ntp": "NTP", "tcl": "TCL", "libtiff": "libtiff",
	"ijg": "IJG", "json": "JSON", "beerware": "Beerware", "wtfpl": "WTFPL", "unicode": "Unicode-DFS-2016", "mit with advertising": "MIT-advertising",
	"zpl": "ZPL-2.1", "zplv2.0": "ZPL-2.0", "zplv2.1": "ZPL-2.1", "cnri": "CNRI-Python", "bittorrent": "BitTorrent-1.1",
	"curl": "curl", "ofl": "OFL-1.1", "cc0": "CC0-1.0", "unlicense": "Unlicense", "sendmail": "Sendmail",
	"bsl": "BSL-1.0", "info-zip": "Info-ZIP", "w3c": "W3C", "postgresql": "PostgreSQL", "ruby": "Ruby", "php": "PHP-3.01",
	"hsrl": "HPND", "stk": "MIT-STK", "lsof": "lsof", "crossword": "Crossword", "glide": "Glide", "ibm": "IPL-1.0",

	// Weak copyleft.
	"mplv1.0": "MPL-1.0", "mplv1.1": "MPL-1.1", "mplv2.0": "MPL-2.0", "mpl-1.1": "MPL-1.1", "mpl-2.0": "MPL-2.0",
	"epl": "EPL-1.0", "epl-1.0": "EPL-1.0", "epl-2.0": "EPL-2.0", "cpl": "CPL-1.0", "cddl": "CDDL-1.0", "cddl-1.0": "CDDL-1.0",
	"eupl 1.1": "EUPL-1.1", "qpl": "QPL-1.0", "netscape": "NPL-1.1", "npl": "NPL-1.1", "afl": "AFL-2.1", "osl 2.1": "OSL-2.1", "osl 3.0": "OSL-3.0",
	"lppl": "LPPL-1.3c", "artistic": "Artistic-1.0-Perl", "artistic 2.0": "Artistic-2.0", "artistic clarified": "ClArtistic",
	"artistic-1": "Artistic-1.0", "artistic-2": "Artistic-2.0", "sleepycat": "Sleepycat", "ofsl": "OFL-1.1",

	// Of contents.
	"cc-by": "CC-BY-3.0", "cc-by-sa": "CC-BY-SA-3.0", "cc-by-3": "CC-BY-3.0", "cc-by-4": "CC-BY-4.0", "cc-by-sa-3": "CC-BY-SA-3.0",
	"cc-by-sa-4": "CC-BY-SA-4.0",
}

// withExceptions are names with an exception that is known.
var withExceptions = map[string]string{
	"gpl-2+ with openssl exception":      "GPL-2.0-or-later WITH x11vnc-openssl-exception",
	"gpl-2+ with autoconf exception":     "GPL-2.0-or-later WITH Autoconf-exception-generic",
	"gpl-3+ with autoconf exception":     "GPL-3.0-or-later WITH Autoconf-exception-3.0",
	"gpl-3+ with bison exception":        "GPL-3.0-or-later WITH Bison-exception-2.2",
	"gpl-2+ with bison exception":        "GPL-2.0-or-later WITH Bison-exception-2.2",
	"gpl-2+ with font exception":         "GPL-2.0-or-later WITH Font-exception-2.0",
	"gpl-2+ with classpath exception":    "GPL-2.0-or-later WITH Classpath-exception-2.0",
	"gplv2 with classpath exception":     "GPL-2.0-only WITH Classpath-exception-2.0",
	"gpl-2+ with libtool exception":      "GPL-2.0-or-later WITH Libtool-exception",
	"gplv2 with linux-syscall-note":      "GPL-2.0-only WITH Linux-syscall-note",
	"gpl-3+ with gcc exception":          "GPL-3.0-or-later WITH GCC-exception-3.1",
	"gpl-2 with linux-syscall-note":      "GPL-2.0-only WITH Linux-syscall-note",
	"gpl-3+ with autoconf-exception-3.0": "GPL-3.0-or-later WITH Autoconf-exception-3.0",
}
