// Package plain escapes untrusted text before it reaches a terminal or a log. Untrusted text
// is labels, texts, reasons from the network, and names of jobs, tasks, workers and files.
// All output for people passes through this package.
//
// The input is any text. The output is one line that a terminal displays and does not
// interpret. Formats are constants of the program and pass unchanged; their arguments are
// untrusted.
//
// JSON for programs does not need this package: encoding/json escapes by itself.
package plain
