package data

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/words"
)

// Token is a word of a text with its byte offsets.
type Token struct {
	Text       string
	Start, End int
}

// tokenizers is the table of tokenizers by name. Each yields the words of a text in order. Its
// time must be linear in the length of the text.
var tokenizers = map[string]func(text string) iter.Seq[Token]{
	"unicode": unicodeWords,
	"space":   spaceWords,
	"":        unicodeWords, // of a DataSet that was not read from a job file
}

// unicodeWords cuts at the word boundaries of Unicode (UAX #29) and yields words, numbers,
// marks and emoji, but no white space. It differs from UAX #29 in three points, so that an
// invisible character never hides a word. Invisible characters are not words, nor are they part
// of the word after them. A zero-width space divides words. A zero-width joiner joins emoji to
// each other, as in the grapheme clusters of UAX #29 (GB11), but not to letters.
func unicodeWords(text string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		at := 0
		for w := words.FromString(text); w.Next(); {
			for part := range splitAtJoiners(w.Value()) {
				word := strings.TrimLeftFunc(part, showsNothing)
				at += len(part)
				if word != "" && !yield(Token{word, at - len(word), at}) {
					return
				}
			}
		}
	}
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// splitAtJoiners divides a segment of UAX #29 where a zero-width joiner does not join two
// emoji: where a grapheme cluster ends with the joiner and an emoji follows.
func splitAtJoiners(segment string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !strings.ContainsRune(segment, zeroWidthJoiner) {
			yield(segment)
			return
		}
		start, end := 0, 0
		for g := graphemes.FromString(segment); g.Next(); {
			first, _ := utf8.DecodeRuneInString(g.Value())
			if end > start && pictographic(first) && strings.HasSuffix(segment[start:end], string(zeroWidthJoiner)) {
				if !yield(segment[start:end]) {
					return
				}
				start = end
			}
			end += len(g.Value())
		}
		yield(segment[start:])
	}
}

// pictographic reports whether a character may be an emoji: a symbol, or one of the three
// characters of Extended_Pictographic that are punctuation.
func pictographic(r rune) bool {
	return unicode.IsSymbol(r) || r == '\u203c' || r == '\u2049' || r == '\u3030'
}

// showsNothing reports whether a character has no glyph at the start of a word.
func showsNothing(r rune) bool {
	return unicode.IsSpace(r) || invisible(r) || r == zeroWidthJoiner || r == zeroWidthNonJoiner ||
		unicode.Is(unicode.Variation_Selector, r)
}

// invisible reports whether a character has neither glyph nor meaning in a word: the soft
// hyphen, the zero-width space, the byte order mark and marks of direction. The joiners have a
// meaning in Persian, in Indic scripts and in emoji, and are not among them.
func invisible(r rune) bool {
	switch {
	case r == 0xad || r == 0x61c || r == 0x180e || r == 0x200b || r == 0xfeff:
		return true
	case r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f:
		return true
	}
	return false
}

// spaceWords cuts at blanks, TABs and line ends, as the readers of words in files do. A
// no-break space or an ideographic space is part of a word.
func spaceWords(text string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		for at := 0; at < len(text); {
			if divides(text[at]) {
				at++
				continue
			}
			start := at
			for at < len(text) && !divides(text[at]) {
				at++
			}
			if !yield(Token{text[start:at], start, at}) {
				return
			}
		}
	}
}

func divides(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
