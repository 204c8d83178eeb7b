package data

import (
	"strings"
	"unicode"
)

// Shapes of unknown words. A word that is not in the vocabulary has the id of its shape. These
// ids are the first ones of every vocabulary.
const (
	Unknown     = iota // lower case and anything else
	unknownName        // Capital first
	unknownCaps        // ALL CAPITALS, two at least
	unknownMix         // capitals further in: iPhone
	unknownPath        // example.com, bytes.Buffer
	unknownDigit
	unknownMark // neither letter nor digit
	shapes
)

// shapeNames are the names of the shapes in lists of words.
var shapeNames = [shapes]string{"<lower>", "<Name>", "<CAPS>", "<miXed>", "<pa.th>", "<0>", "<.>"}

// shapeOfText returns the shape of a word of a text. A word that starts with a digit, such as
// 1990s and 31.8-percent, is a number. A word whose first letter is a capital is a name, also
// McIntyre and YouTube, unless all its letters are capitals: NASA, U.S. and S.AFRICA. An address
// is a path.
func shapeOfText(word string) uint32 {
	letters, capitals, digits, first := 0, 0, 0, rune(0)
	for _, r := range word {
		switch {
		case isCapital(r):
			capitals++
			letters++
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		default:
			continue
		}
		if first == 0 {
			first = r
		}
	}
	switch {
	case letters+digits == 0:
		return unknownMark
	case isAddress(word):
		return unknownPath
	case unicode.IsDigit(first):
		return unknownDigit
	case capitals > 1 && capitals == letters:
		return unknownCaps
	case isCapital(first):
		return unknownName
	case capitals > 0:
		return unknownMix
	}
	return Unknown
}

func isCapital(r rune) bool { return unicode.IsUpper(r) || unicode.IsTitle(r) }

// isAddress reports whether a word with letters or digits has a _, a @ or a :// in it, or a dot
// between two letters or more and a small letter: example.com, but neither e.g. nor U.S.
func isAddress(word string) bool {
	if strings.ContainsAny(word, "_@") || strings.Contains(word, "://") {
		return true
	}
	letters, dot := 0, false
	for _, r := range word {
		switch {
		case unicode.IsLetter(r):
			if dot && unicode.IsLower(r) {
				return true
			}
			letters, dot = letters+1, false
		default:
			letters, dot = 0, r == '.' && letters > 1
		}
	}
	return false
}

// shapeOfCode returns the shape of a word of source code and its documentation, where ReadFull
// has capitals further in, and letters around a dot are a path. Vocabularies of earlier versions
// use it for all words.
func shapeOfCode(word string) uint32 {
	letters, capitals, digits, joints, first := 0, 0, 0, 0, false
	for i, r := range word {
		switch {
		case unicode.IsUpper(r):
			capitals++
			letters++
			first = first || i == 0
		case unicode.IsLower(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		case r == '.' || r == '_':
			joints++
		}
	}
	switch {
	case letters+digits == 0:
		return unknownMark
	case joints > 0 && letters > 0:
		return unknownPath
	case digits > 0 && letters == 0:
		return unknownDigit
	case capitals > 1 && capitals == letters:
		return unknownCaps
	case capitals == 1 && first:
		return unknownName
	case capitals > 0:
		return unknownMix
	}
	return Unknown
}
