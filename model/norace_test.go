//go:build !race

package model

// raced reports that the race detector is on, which allocates.
const raced = false
