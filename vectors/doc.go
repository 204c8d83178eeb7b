// Package vectors reads and writes files of word vectors: the text of GloVe, the text of fastText
// and word2vec, and the binary form of word2vec, each as it is or packed by gzip.
//
// The input is a path; the results are words and rows of numbers, one row at a time, in the order
// of the file. A reader takes about 300 KiB of memory, whatever its header claims. The
// package does not know which words a caller wants, and no vocabulary, job or model.
//
// D is the number of elements of a vector.
package vectors
