package data

import (
	"strings"

	"braid/job"
)

// Reading is how a data set turns a text into the words that a model looks up. Training,
// scoring and prediction all read through it, so that one text is the same words everywhere.
type Reading struct {
	Tokenizer string // unicode, space
	Lower     bool   // words are looked up in lower case
	MaxTokens int    // words of a text that the model sees; at least 1
}

// ReadingOf returns a data set's.
func ReadingOf(d job.DataSet) Reading { return Reading{d.Tokenizer, d.Lower, d.MaxTokens} }

// Cut cuts a text into words, at most MaxTokens of them; truncated says that it has more.
func (r Reading) Cut(text string) (words []Token, truncated bool) {
	for w := range tokenizers[r.Tokenizer](text) {
		if len(words) == r.MaxTokens {
			return words, true
		}
		words = append(words, w)
	}
	return words, false
}

// ID returns the id of a word, or of what stands for it if training did not have it.
func (r Reading) ID(v *Vocab, word string) uint32 { return v.ID(r.key(word)) }

// key is a word as it is counted and looked up: without invisible characters, and in lower
// case if the data set says so.
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

// HasWords says that a text has a word by every tokenizer.
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
