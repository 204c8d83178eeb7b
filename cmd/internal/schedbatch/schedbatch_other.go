//go:build !linux

package schedbatch

// Begin does nothing on this system.
func Begin() {}
