//go:build !amd64

package kernel

// native returns the assembly forms that this machine can run: none.
func native() []*impl { return nil }
