package data

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/words"
)

// Token is a word of a text with its byte offsets.
type Token struct {
	Text       string
	Start, End int
}

// Tokenize cuts a text into words, numbers and marks at the word boundaries of Unicode
// (UAX #29), without white space.
func Tokenize(text string) []Token {
	var tokens []Token
	at := 0
	for w := words.FromString(text); w.Next(); {
		v := w.Value()
		if r, _ := utf8.DecodeRuneInString(v); !unicode.IsSpace(r) {
			tokens = append(tokens, Token{v, at, at + len(v)})
		}
		at += len(v)
	}
	return tokens
}

// tokensOf is Tokenize without offsets.
func tokensOf(text string) []string {
	tokens := Tokenize(text)
	out := make([]string, len(tokens))
	for i, t := range tokens {
		out[i] = t.Text
	}
	return out
}

// normalise is how a word is looked up: digits become 0, and case goes only when asked.
func normalise(word string, lower bool) string {
	if lower {
		word = strings.ToLower(word)
	}
	if strings.ContainsAny(word, "123456789") {
		b := []byte(word)
		for i, c := range b {
			if c >= '1' && c <= '9' {
				b[i] = '0'
			}
		}
		word = string(b)
	}
	return word
}
