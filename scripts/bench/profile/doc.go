// Profile trains the model of docs/performance.md in this process and prints the functions with the
// largest shares of processor time.
//
//	go run ./scripts/bench/profile [--seconds 5] [--threads 2] [--top 15] [--keep FILE] [--json FILE]
//
// The output is a Markdown table: flat is a function's own share, cumulative includes the functions
// that it calls. Needs the go tool, which reads the profile.
package main
