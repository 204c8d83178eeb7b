//go:build !linux

package batch

// Begin does nothing here.
func Begin() {}
