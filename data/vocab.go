package data

import (
	"cmp"
	"slices"
)

// Unknown is the id of every word that the training splits do not have often enough.
const Unknown = 0

// Vocab turns words into ids: 0 is the unknown word, then by falling count, then by word.
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
	v := &Vocab{words: []string{""}, rare: []bool{false}, lower: lower}
	for _, e := range entries {
		v.words = append(v.words, e.word)
		v.rare = append(v.rare, e.count == 1)
	}
	v.index()
	return v
}

func (v *Vocab) index() {
	v.ids = make(map[string]uint32, len(v.words))
	for i, w := range v.words[1:] {
		v.ids[w] = uint32(i + 1)
	}
}

// ID returns a word's id, Unknown if training did not have it. The word is normalised.
func (v *Vocab) ID(word string) uint32 { return v.ids[normalise(word, v.lower)] }

// Word returns the normalised word of an id, "" for Unknown.
func (v *Vocab) Word(id uint32) string { return v.words[id] }

// Len counts the ids, Unknown among them.
func (v *Vocab) Len() int { return len(v.words) }

// Rare says whether an id was seen once in training.
func (v *Vocab) Rare(id uint32) bool { return v.rare[id] }

// Lower says whether words are looked up in lower case.
func (v *Vocab) Lower() bool { return v.lower }
