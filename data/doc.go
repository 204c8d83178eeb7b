// Package data turns texts into numbers. It reads the files of a job, counts the words and
// labels of the training splits, and returns each split as a Corpus of word ids and targets.
// A worker needs nothing else.
//
// In go a job and its files, out come a Prepared with the numbers and a Raw with the texts.
// A mistake in a file is an Error with file, line and mend. Audit looks for probable mistakes
// that do not stop training.
//
// A reader of another format is one file and one line in formats. The package knows no
// layers, no plan and no network.
package data
