// Package boots asks whether an image comes up: what its boot loader names is there, and says where it is.
package boots
