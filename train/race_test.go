//go:build race

package train_test

// raced is true if the race detector is on, which allocates.
const raced = true
