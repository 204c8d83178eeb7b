package data

import "unicode"

// Shapes of unknown words. A word that is not in the vocabulary has the id of its shape. These
// ids are the first ones of every vocabulary.
const (
	Unknown     = iota // lower case and anything else
	unknownName        // Capital first
	unknownCaps        // ALL CAPITALS, two at least
	unknownMix         // capitals further in: ReadFull, iPhone
	unknownPath        // letters around a . or _: bytes.Buffer
	unknownDigit
	unknownMark // neither letter nor digit
	shapes
)

// shapeNames are the names of the shapes in lists of words.
var shapeNames = [shapes]string{"<lower>", "<Name>", "<CAPS>", "<miXed>", "<pa.th>", "<0>", "<.>"}

// shapeOf returns the shape of a word.
func shapeOf(word string) uint32 {
	letters, capitals, digits, joints, first := 0, 0, 0, 0, false
	for i, r := range word {
		switch {
		case unicode.IsUpper(r):
			capitals++
			letters++
			first = first || i == 0
		case unicode.IsLetter(r):
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
