// Package godoc makes a data set from the Go installation on this machine, so that a first run
// needs no download. It registers the format godoc with package data; import it for that
// effect.
//
// Each documentation sentence of the standard library is an example. Its field topic is a
// class, the group of its package. Its field entities has BIO tags of the Go names in the
// sentence. No package is in two splits, and no sentence occurs twice.
//
// In goes GOROOT, out come examples. The package knows no vocabulary and no numbers.
package godoc
