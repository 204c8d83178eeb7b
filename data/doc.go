// Package data turns text into batches of numbers: it reads examples in five formats,
// counts the words and labels of the training splits, and gives each split as a Corpus of
// word ids and targets, which is all that a worker needs.
//
// In go a job and its files, out come a Prepared, and a Raw with the texts for people. It
// knows no tensors, no plan and no network. Whatever is wrong with a file is one error
// with file, line and mend.
package data
