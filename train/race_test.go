//go:build race

package train_test

// raced says that the race detector is on, which allocates.
const raced = true
