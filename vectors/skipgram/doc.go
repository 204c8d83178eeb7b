// Package skipgram trains word vectors from text, by skip-gram with negative sampling over words and
// their character n-grams.
//
// Sentences of words go in; a vector for every frequent word comes out. A word's vector is the
// mean of the rows of the word and of its n-grams, so that words with common parts are alike. The
// result is a function of sentences and Config: training is one goroutine's, and its arithmetic is
// that of package kernel. The package knows no file, task or job.
//
// D is the number of elements of a vector.
//
// Sources: Mikolov et al., "Distributed representations of words and phrases and their
// compositionality", 2013; Bojanowski et al., "Enriching word vectors with subword information",
// 2017. The names and defaults are those of fastText, except for fewer buckets.
package skipgram
