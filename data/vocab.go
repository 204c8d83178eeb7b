package data

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"braid/job"
)

// Vocab turns words into ids. The first ids are the shapes of unknown words. The words of
// training follow by falling count, then by spelling, and after them the digit forms in the
// same order.
//
// The digit form of a word has 0 for every digit: 404 and 500 both have the form 000. If digits
// are kept, 404 and 500 are words of their own, and a number that training does not have gets
// the id of its form. A form has an id if its count in training is at least 2. If digits are
// normalised, the forms are the words.
//
// The last ids are those of words whose vectors training does not change: see job.Vectors.
type Vocab struct {
	normalised bool     // words are looked up by their digit form alone
	text       bool     // unknown words have the shapes of text, not those of code
	lower      bool     // all words are looked up in lower case; set by earlier versions only
	words      []string // by id
	forms      []string // by id - len(words)
	fixed      []string // by id - len(words) - len(forms): words whose vectors training does not change
	pretrained bool     // there are vectors: unknown words are looked up in lower case, too
	inputs     []vocabInput
	rare       []bool // by id: training replaces the word at random
	given      []bool // by id: the row starts with a vector; nil if no row that training changes does
	ids        map[string]uint32
	formIDs    map[string]uint32
}

// counted is the training examples of a data set and its Reading.
type counted struct {
	Reading
	examples []Example
}

type entry struct {
	text  string
	count int
}

// wordCounts is the words of training examples that the model reads.
type wordCounts struct {
	text    bool           // false: the words are those of source code
	spelled map[string]int // as examples have them
	counts  map[string]int // as the vocabulary has them

	columns []map[string]int // values, by column of the encoder
}

// countWords counts the words of training. text is false if they are those of source code.
func countWords(sets []counted, text bool, e job.Encoder) wordCounts {
	v, c := newVocabOf(e.Word), wordCounts{text: text, spelled: map[string]int{}, counts: map[string]int{}}
	for _, set := range sets {
		for i := range set.examples {
			for _, w := range set.examples[i].Words() {
				c.spelled[set.key(w)]++
			}
		}
	}
	for word, n := range c.spelled {
		c.counts[v.spelling(word)] += n
	}
	return c
}

// newVocabOf returns a vocabulary of shapes.
func newVocabOf(w job.Word) *Vocab {
	return &Vocab{normalised: w.Digits == "normalise", words: slices.Clone(shapeNames[:])}
}

// newVocab returns the vocabulary of training examples. pre is the file of vectors, old the vocabulary of the initial
// model; they are nil if the job has none.
func newVocab(c wordCounts, e job.Encoder, pre *pretrained, old *Vocab) *Vocab {
	w := e.Word
	v := newVocabOf(w)
	v.text, v.pretrained = c.text, pre != nil
	v.inputs = old.mergeInputs(countInputs(e, maps.All(c.spelled), c.columns))
	words := wordsWithID(c.counts, w, func(word string) bool { return pre.has(word) || old.has(word) })
	for _, e := range words {
		if w.Vectors.Update == job.VectorsFrozen && pre.has(e.text) {
			v.fixed = append(v.fixed, e.text)
			continue
		}
		v.words = append(v.words, e.text)
	}
	v.addForms(c.counts, w, pre)
	v.fixed = append(v.fixed, pre.others()...)
	v.addOld(old)
	v.rare = make([]bool, v.Len())
	v.index()
	for _, e := range words {
		v.rare[v.ids[e.text]] = e.count <= max(w.MinCount, 1)
	}
	v.trainForms(words)
	v.markGiven(pre)
	return v
}

// addForms adds the digit forms whose rows training updates: those of words that are too rare
// for an id or that training replaces at random.
func (v *Vocab) addForms(counts map[string]int, w job.Word, pre *pretrained) {
	if v.normalised {
		return
	}
	forms := map[string]int{}
	for word, n := range counts {
		if form, has := digitForm(word); has && (n < w.MinCount && !pre.has(word) || w.Unknown > 0) {
			forms[form] += n
		}
	}
	for _, e := range wordsOf(forms, max(w.MinCount, 2)) {
		v.forms = append(v.forms, e.text)
	}
}

// wordsOf lists the entries with a count of at least least, by falling count, then by spelling.
func wordsOf(counts map[string]int, least int) []entry {
	var entries []entry
	for _, w := range frequent(counts, least) {
		entries = append(entries, entry{w, counts[w]})
	}
	return entries
}

// frequent lists the keys with a count of at least least, by falling count, then ascending.
func frequent[K cmp.Ordered](counts map[K]int, least int) []K {
	var keys []K
	for key, n := range counts {
		if n >= least {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b K) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return keys
}

// trainForms marks the least frequent words of every form as rare, whatever their count.
// Otherwise training might never replace a word by the form, and the form's row would keep its
// initial values.
func (v *Vocab) trainForms(words []entry) {
	least := map[string]int{}
	for _, e := range words { // by falling count
		if form, has := digitForm(e.text); has {
			least[form] = e.count
		}
	}
	for _, e := range words {
		form, has := digitForm(e.text)
		if _, kept := v.formIDs[form]; has && kept && e.count == least[form] {
			v.rare[v.ids[e.text]] = true
		}
	}
}

func (v *Vocab) index() {
	v.ids, v.formIDs = make(map[string]uint32, len(v.words)+len(v.fixed)),
		make(map[string]uint32, len(v.forms))
	for i := shapes; i < len(v.words); i++ {
		v.ids[v.words[i]] = uint32(i)
	}
	for i, form := range v.forms {
		v.formIDs[form] = uint32(len(v.words) + i)
	}
	for i, word := range v.fixed {
		v.ids[word] = uint32(v.Trained() + i)
	}
}

// digitForm replaces every digit of a word, in any script, by 0; false if the word has none.
func digitForm(word string) (string, bool) {
	if strings.IndexFunc(word, unicode.IsDigit) < 0 {
		return "", false
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '0'
		}
		return r
	}, word), true
}

// ID returns the id of a word in the form in which a Builder looks it up. If the model sees the
// word's spelling or has vectors of a file, a word that is not in the vocabulary has the id of
// another of its spellings. Otherwise it has the id of its digit form, or, if there is none, that
// of its shape.
func (v *Vocab) ID(word string) uint32 {
	if v.lower {
		word = strings.ToLower(word)
	}
	word = v.spelling(word)
	if id, ok := v.ids[word]; ok {
		return id
	}
	if v.pretrained || v.spells() {
		if id, ok := v.similar(word); ok {
			return id
		}
	}
	return v.standIn(word)
}

// spells reports whether an input reads the spelling of words.
func (v *Vocab) spells() bool {
	return slices.ContainsFunc(v.inputs, func(in vocabInput) bool { return in.field == "" })
}

// similar returns the id that an unknown word has in lower case, as a digit form, or as both.
func (v *Vocab) similar(word string) (uint32, bool) {
	for _, other := range spellings(word)[1:] {
		if id, ok := v.formIDs[other]; ok {
			return id, true
		}
		if id, ok := v.ids[other]; ok {
			return id, true
		}
	}
	return 0, false
}

// spelling returns the entry of the vocabulary for a word.
func (v *Vocab) spelling(word string) string {
	if form, has := digitForm(word); has && v.normalised {
		return form
	}
	return word
}

// standIn returns the id that replaces a rare word in training.
func (v *Vocab) standIn(word string) uint32 {
	if form, has := digitForm(word); has {
		if id, ok := v.formIDs[form]; ok {
			return id
		}
	}
	return v.shape(word)
}

func (v *Vocab) shape(word string) uint32 {
	if v.text {
		return shapeOfText(word)
	}
	return shapeOfCode(word)
}

// Known reports whether an id is that of a word, not of a form or a shape.
func (v *Vocab) Known(id uint32) bool {
	return id >= shapes && int(id) < len(v.words) || int(id) >= v.Trained()
}

// Word returns the name of an id: the word, <#000> for a digit form, or <Name> for a shape.
func (v *Vocab) Word(id uint32) string {
	if i := int(id) - v.Trained(); i >= 0 {
		return v.fixed[i]
	}
	if i := int(id) - len(v.words); i >= 0 {
		return "<#" + v.forms[i] + ">"
	}
	return v.words[id]
}

// Check returns an error if the vocabulary does not have exactly the inputs that an encoder
// reads.
func (v *Vocab) Check(e job.Encoder) error {
	var names []string
	for _, in := range v.inputs {
		names = append(names, in.name)
	}
	if !slices.Equal(names, e.Inputs()) {
		return fmt.Errorf("data: a vocabulary with the inputs %q for an encoder that reads %q", names, e.Inputs())
	}
	return nil
}

// Input returns an input by name; nil if the vocabulary does not have it.
func (v *Vocab) Input(name string) Input {
	for _, in := range v.inputs {
		if in.name == name {
			return in.Input
		}
	}
	return nil
}

// Len returns the number of ids, with those of shapes and forms.
func (v *Vocab) Len() int { return v.Trained() + len(v.fixed) }

// Trained returns the number of ids whose rows training may change. They are the first.
func (v *Vocab) Trained() int { return len(v.words) + len(v.forms) }

// Given reports by id, for those below Trained, whether the row starts with a vector of a file; nil
// if none does.
func (v *Vocab) Given() []bool { return v.given }

// Unknowns returns by id the id that replaces a rare word at random in training. It is the
// word's own id for words that are not rare.
func (v *Vocab) Unknowns() []uint32 {
	u := make([]uint32, v.Len())
	for id := range u {
		u[id] = uint32(id)
		if v.rare[id] {
			u[id] = v.standIn(v.spelled(uint32(id)))
		}
	}
	return u
}
