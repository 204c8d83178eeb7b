package data

import (
	"strings"

	"braid/job"
)

// Reading describes how a data set turns a text into the words that a model looks up. Training,
// scoring and prediction all use it, so that a text has the same words everywhere.
type Reading struct {
	Tokenizer string // unicode, space
	Lower     bool   // words are looked up in lower case
	MaxTokens int    // words of a text that the model reads; at least 1
}

// ReadingOf returns the Reading of a data set.
func ReadingOf(d job.DataSet) Reading { return Reading{d.Tokenizer, d.Lower, d.MaxTokens} }

// Cut cuts a text into at most MaxTokens words. truncated means that the text has more.
func (r Reading) Cut(text string) (words []Token, truncated bool) {
	for w := range tokenizers[r.Tokenizer](text) {
		if len(words) == r.MaxTokens {
			return words, true
		}
		words = append(words, w)
	}
	return words, false
}

// key returns the form in which a word is counted and looked up: without invisible characters,
// and in lower case if Lower is set.
func (r Reading) key(word string) string {
	if r.Lower {
		word = strings.ToLower(word)
	}
	if strings.IndexFunc(word, invisible) < 0 {
		return word
	}
	shown := strings.Map(func(c rune) rune {
		if invisible(c) {
			return -1
		}
		return c
	}, word)
	if shown == "" {
		return word
	}
	return shown
}

// Tokenize cuts a whole text into words. It panics if there is no tokenizer of that name.
func Tokenize(tokenizer, text string) (words []string) {
	for w := range tokenizers[tokenizer](text) {
		words = append(words, w.Text)
	}
	return words
}

// HasWords reports whether every tokenizer finds a word in a text.
func HasWords(text string) bool {
	for _, cut := range tokenizers {
		has := false
		for range cut(text) {
			has = true
			break
		}
		if !has {
			return false
		}
	}
	return true
}
