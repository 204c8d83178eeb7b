// Command data converts the original files of two public data sets into the format that the
// examples read. scripts/data/get.sh runs it after a download:
//
//	go run ./scripts/data trec ORIGINAL OUT
//	go run ./scripts/data reviews ORIGINAL OUT
//
// It finds the original files below the directory ORIGINAL by name, at any depth. It imports only
// the standard library, as the tests compile it in another module.
package main
