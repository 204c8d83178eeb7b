// Command data converts the original files of two public data sets into the form that the
// examples read. scripts/data/get.sh calls it after a download:
//
//	go run ./scripts/data trec ORIGINAL OUT
//	go run ./scripts/data reviews ORIGINAL OUT
//
// ORIGINAL is searched for the files by name, at any depth.
package main
