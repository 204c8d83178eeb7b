// Package plain is the one door through which foreign text (labels, texts, names of jobs,
// tasks, workers and files, reasons from the network) reaches a terminal or a log.
//
// In goes any text, out comes text that a terminal shows and does not obey, and that stays
// on its line. Formats are ours and pass as they are; their arguments are foreign.
//
// JSON for programs does not pass here: encoding/json has an escape of its own.
package plain
