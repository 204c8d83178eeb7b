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

// tokenizers is the table of the ways to cut a text into words. Each yields the words in
// their order, in time linear in the text.
var tokenizers = map[string]func(text string) iter.Seq[Token]{
	"unicode": unicodeWords,
	"space":   spaceWords,
	"":        unicodeWords, // of a data set that no job file declares
}

// unicodeWords cuts at the word boundaries of Unicode (UAX #29): words, numbers, marks and
// emoji, without white space. It differs from UAX #29 in three points, so that no invisible
// character hides a word: characters that show nothing are no words by themselves and are not
// part of the word that follows them; a zero-width space divides; and a zero-width joiner
// joins an emoji to emoji only, as in UAX #29's grapheme clusters (GB11), not to letters.
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

// splitAtJoiners divides a segment of UAX #29 where a zero-width joiner joins an emoji to
// something that is no emoji: where a grapheme cluster ends with the joiner and an emoji follows.
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

// pictographic says that a character may be an emoji: symbols, and the three of UAX #29's
// Extended_Pictographic that are punctuation.
func pictographic(r rune) bool {
	return unicode.IsSymbol(r) || r == '\u203c' || r == '\u2049' || r == '\u3030'
}

// showsNothing says that a character shows nothing where it begins a word.
func showsNothing(r rune) bool {
	return unicode.IsSpace(r) || invisible(r) || r == zeroWidthJoiner || r == zeroWidthNonJoiner || unicode.Is(unicode.Variation_Selector, r)
}

// invisible says that a character has neither glyph nor meaning for a word: the soft hyphen,
// the zero-width space, the byte order mark, and marks of direction. The joiners of Persian,
// of Indic scripts and of emoji do have a meaning, and are not among them.
func invisible(r rune) bool {
	switch {
	case r == 0xad || r == 0x61c || r == 0x180e || r == 0x200b || r == 0xfeff:
		return true
	case r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f:
		return true
	}
	return false
}

// spaceWords cuts at blanks, TABs and ends of lines, as the readers of files of words do: a
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
