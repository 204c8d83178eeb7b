package data

import (
	"cmp"
	"slices"
	"unicode"
)

// Shapes of unknown words: what a word that training did not have often enough still
// tells. Their ids are the first ones of every vocabulary.
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

// shapeNames stand for the unknown words in lists of words.
var shapeNames = [shapes]string{"<lower>", "<Name>", "<CAPS>", "<miXed>", "<pa.th>", "<0>", "<.>"}

// shapeOf returns the unknown word for a word.
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

// Vocab turns words into ids: unknown words by their shape, then by falling count, then by
// word.
type Vocab struct {
	words []string
	rare  []bool // seen once in training
	ids   map[string]uint32
	lower bool
}

// newVocab counts the words of training examples.
func newVocab(splits [][]Example, minCount int, lower bool) *Vocab {
	counts := map[string]int{}
	for _, examples := range splits {
		for _, e := range examples {
			for _, t := range e.Tokens {
				counts[normalise(t, lower)]++
			}
		}
	}
	type entry struct {
		word  string
		count int
	}
	var entries []entry
	for w, n := range counts {
		if n >= minCount {
			entries = append(entries, entry{w, n})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.word, b.word))
	})
	v := &Vocab{words: slices.Clone(shapeNames[:]), rare: make([]bool, shapes), lower: lower}
	for _, e := range entries {
		v.words = append(v.words, e.word)
		v.rare = append(v.rare, e.count == 1)
	}
	v.index()
	return v
}

func (v *Vocab) index() {
	v.ids = make(map[string]uint32, len(v.words))
	for i := shapes; i < len(v.words); i++ {
		v.ids[v.words[i]] = uint32(i)
	}
}

// ID returns a word's id, or the unknown word of its shape if training did not have it.
// The word is normalised.
func (v *Vocab) ID(word string) uint32 {
	n := normalise(word, v.lower)
	if id, ok := v.ids[n]; ok {
		return id
	}
	return shapeOf(n)
}

// Known says that an id is a word's, not that of a shape.
func (v *Vocab) Known(id uint32) bool { return id >= shapes }

// Word returns the normalised word of an id.
func (v *Vocab) Word(id uint32) string { return v.words[id] }

// Len counts the ids, unknown ones among them.
func (v *Vocab) Len() int { return len(v.words) }

// Unknowns gives by id what a word becomes when it is to be unknown: the unknown word of
// its shape if training had it once, itself otherwise.
func (v *Vocab) Unknowns() []uint32 {
	u := make([]uint32, len(v.words))
	for id, w := range v.words {
		u[id] = uint32(id)
		if v.rare[id] {
			u[id] = shapeOf(w)
		}
	}
	return u
}

// Lower says whether words are looked up in lower case.
func (v *Vocab) Lower() bool { return v.lower }
