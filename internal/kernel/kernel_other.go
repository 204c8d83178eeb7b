//go:build !amd64

package kernel

// native returns the forms in machine code that this machine can run.
func native() []*impl { return nil }
