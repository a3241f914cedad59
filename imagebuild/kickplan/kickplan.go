// Package kickplan turns what a kickstart file says, and an image does not have, into the edits of a recipe.
package kickplan
