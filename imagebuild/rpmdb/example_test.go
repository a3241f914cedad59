package rpmdb_test

import (
	"context"
	"errors"
	"fmt"

	"lbimage/imagebuild/rpmdb"
	"lbimage/overlay/treetest"
)

func ExampleOpen() {
	image := treetest.Fill(map[string]string{"etc/debian_version": "7.0\n"})
	db, err := rpmdb.Open(context.Background(), image, rpmdb.Options{})
	if errors.Is(err, rpmdb.ErrNoDatabase) {
		fmt.Println(err)
		return
	}
	for _, p := range db.Named("haproxy") {
		fmt.Println(p)
	}
	// Output: the image has no database of packages (/var/lib/rpm)
}
