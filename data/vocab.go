package data

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"braid/job"
)

// Vocab turns words into ids. The first ids are the shapes of unknown words; then come the
// words of training by falling count, then by spelling; then the digit forms, in the same
// order.
//
// A digit form is a word with every digit written as 0: 404 and 500 both have the form 000.
// Where digits are kept, each of them is a word of its own, and its form stands for numbers
// that training does not have. A form has an id if training has it twice at least. Where
// digits are normalised, the forms are the words, and there are no others.
type Vocab struct {
	normalised bool     // words are looked up by their digit form alone
	lower      bool     // all words are looked up in lower case: models of versions that had one case for all data sets
	words      []string // by id
	forms      []string // by id - len(words)
	rare       []bool   // by id: training now and then replaces the word by what stands for it
	ids        map[string]uint32
	formIDs    map[string]uint32
}

// counted are the training examples of a data set and how they are read.
type counted struct {
	Reading
	examples []Example
}

type entry struct {
	text  string
	count int
}

// newVocab counts the words of training examples, as many of each as the model sees.
func newVocab(sets []counted, w job.Word) *Vocab {
	v := &Vocab{normalised: w.Digits == "normalise", words: slices.Clone(shapeNames[:]), rare: make([]bool, shapes)}
	counts := map[string]int{}
	for _, set := range sets {
		for i := range set.examples {
			for _, w := range set.examples[i].Words() {
				counts[v.spelling(set.key(w))]++
			}
		}
	}
	words := wordsOf(counts, w.MinCount)
	for _, e := range words {
		v.words = append(v.words, e.text)
		v.rare = append(v.rare, e.count == 1)
	}
	v.addForms(counts, w)
	v.index()
	v.trainForms(words)
	return v
}

// addForms adds the digit forms whose rows training will update: by words that are too rare
// for an id, and by those that are replaced now and then.
func (v *Vocab) addForms(counts map[string]int, w job.Word) {
	if v.normalised {
		return
	}
	forms := map[string]int{}
	for word, n := range counts {
		if form, has := digitForm(word); has && (n < w.MinCount || w.Unknown > 0) {
			forms[form] += n
		}
	}
	for _, e := range wordsOf(forms, max(w.MinCount, 2)) {
		v.forms = append(v.forms, e.text)
		v.rare = append(v.rare, false)
	}
}

// wordsOf lists what was counted least times or more, by falling count, then by spelling.
func wordsOf(counts map[string]int, least int) []entry {
	var entries []entry
	for w, n := range counts {
		if n >= least {
			entries = append(entries, entry{w, n})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.text, b.text))
	})
	return entries
}

// trainForms marks the least frequent words of every form as rare, however frequent they
// are: without a word that is replaced by it, the form's row would keep its first values.
func (v *Vocab) trainForms(words []entry) {
	least := map[string]int{}
	for _, e := range words { // by falling count
		if form, has := digitForm(e.text); has {
			least[form] = e.count
		}
	}
	for i, e := range words {
		form, has := digitForm(e.text)
		if _, kept := v.formIDs[form]; has && kept && e.count == least[form] {
			v.rare[shapes+i] = true
		}
	}
}

func (v *Vocab) index() {
	v.ids, v.formIDs = make(map[string]uint32, len(v.words)), make(map[string]uint32, len(v.forms))
	for i := shapes; i < len(v.words); i++ {
		v.ids[v.words[i]] = uint32(i)
	}
	for i, form := range v.forms {
		v.formIDs[form] = uint32(len(v.words) + i)
	}
}

// digitForm writes every digit of a word, of whatever script, as 0; false if it has none.
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

// ID returns the id of a word, as Reading.ID spells it. A word that training did not have has
// the id of its digit form, and without one that of its shape.
func (v *Vocab) ID(word string) uint32 {
	if v.lower {
		word = strings.ToLower(word)
	}
	word = v.spelling(word)
	if id, ok := v.ids[word]; ok {
		return id
	}
	return v.standIn(word)
}

// spelling is the entry that a word has or would have.
func (v *Vocab) spelling(word string) string {
	if form, has := digitForm(word); has && v.normalised {
		return form
	}
	return word
}

// standIn is the id that stands for a word that is unknown.
func (v *Vocab) standIn(word string) uint32 {
	if form, has := digitForm(word); has {
		if id, ok := v.formIDs[form]; ok {
			return id
		}
	}
	return shapeOf(word)
}

// Known says that an id is a word's, not that of a form or a shape.
func (v *Vocab) Known(id uint32) bool { return id >= shapes && int(id) < len(v.words) }

// Word names an id: the word, <#000> for a digit form and a shape's name, as <Name>.
func (v *Vocab) Word(id uint32) string {
	if i := int(id) - len(v.words); i >= 0 {
		return "<#" + v.forms[i] + ">"
	}
	return v.words[id]
}

// Len counts the ids, those of shapes and forms among them.
func (v *Vocab) Len() int { return len(v.words) + len(v.forms) }

// Unknowns gives by id what a word becomes when it is to be unknown: what stands for it if it
// is rare, itself otherwise.
func (v *Vocab) Unknowns() []uint32 {
	u := make([]uint32, v.Len())
	for id := range u {
		u[id] = uint32(id)
		if v.rare[id] {
			u[id] = v.standIn(v.words[id])
		}
	}
	return u
}
