// Profile trains the model of docs/performance.md in this process and prints the functions that take
// the most of the processor's time.
//
//	go run ./scripts/bench/profile [--seconds 5] [--threads 2] [--top 15] [--keep FILE] [--json FILE]
//
// In goes nothing, out comes a table of Markdown: flat is a function's own share, cumulative also
// that of what it calls. It needs the go tool, which reads the profile.
package main
