// Package migrate brings a configuration to a later HAProxy: what that version has taken
// back is written as it is written today, with the same values; comments and all other
// lines stay. Every change says why it was made. What has no equal in the later version is
// a finding and stays as it is: nothing is guessed.
package migrate
