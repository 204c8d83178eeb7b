package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// The JSON forms are files of a model directory, which people and other programs may read.

type vocabJSON struct {
	Digits string      `json:"digits,omitempty"` // keep; missing if digits are normalised
	Shapes string      `json:"shapes,omitempty"` // text; missing if those of code
	Lower  bool        `json:"lower,omitempty"`  // set by earlier versions only
	Words  []string    `json:"words"`            // by id; the first are shapes
	Forms  []string    `json:"forms,omitempty"`  // ids after those of the words
	Fixed  []string    `json:"fixed,omitempty"`  // words with the ids after those of the forms
	Lookup string      `json:"lookup,omitempty"` // similar: unknown words are looked up in lower case, too
	Inputs []inputJSON `json:"inputs,omitempty"`
}

// inputJSON is an input of a vocabulary.
type inputJSON struct {
	Name    string   `json:"name"`
	Entries []string `json:"entries"`
}

// MarshalJSON returns the JSON form.
func (v *Vocab) MarshalJSON() ([]byte, error) {
	f := vocabJSON{Digits: digitsKept, Lower: v.lower, Words: v.words, Forms: v.forms, Fixed: v.fixed}
	if v.normalised {
		f.Digits = ""
	}
	if v.text {
		f.Shapes = shapesOfText
	}
	if v.pretrained {
		f.Lookup = lookupSimilar
	}
	for _, in := range v.inputs {
		f.Inputs = append(f.Inputs, inputJSON{in.name, in.Entries()})
	}
	return json.Marshal(f)
}

const (
	digitsKept    = "keep"
	shapesOfText  = "text"
	lookupSimilar = "similar"
)

// UnmarshalJSON reads the output of MarshalJSON, also that of earlier versions. The JSON form
// does not mark rare words.
func (v *Vocab) UnmarshalJSON(b []byte) error {
	var f vocabJSON
	if !atMostStrings(b, maxWords) {
		return fmt.Errorf("data: a vocabulary of more than %d words", maxWords)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	if !startsWithShapes(f.Words) {
		return errors.New("data: a vocabulary without the unknown words at its start")
	}
	if f.Digits != "" && f.Digits != digitsKept {
		return fmt.Errorf("data: a vocabulary with digits %q", f.Digits)
	}
	if f.Shapes != "" && f.Shapes != shapesOfText {
		return fmt.Errorf("data: a vocabulary with shapes %q", f.Shapes)
	}
	if f.Lookup != "" && f.Lookup != lookupSimilar {
		return fmt.Errorf("data: a vocabulary with lookup %q", f.Lookup)
	}
	*v = Vocab{normalised: f.Digits == "", lower: f.Lower, words: f.Words, forms: f.Forms, fixed: f.Fixed,
		text: f.Shapes != "", pretrained: f.Lookup != ""}
	v.rare = make([]bool, v.Len())
	v.index()
	for _, f := range f.Inputs {
		in, err := restoreInput(f.Name, f.Entries)
		if err != nil {
			return err
		}
		v.inputs = append(v.inputs, in)
	}
	return nil
}

// maxWords bounds a vocabulary that is read. The largest published word embeddings have about 2
// million words.
const maxWords = 1 << 23

// atMostStrings reports whether JSON has at most n strings. An empty string takes 3 bytes of a
// file and at least 16 bytes of memory.
func atMostStrings(b []byte, n int) bool {
	quotes := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++ // skip the escaped character
		case '"':
			quotes++
		}
	}
	return quotes <= 2*n
}

func startsWithShapes(words []string) bool {
	return len(words) >= shapes && slices.Equal(words[:shapes], shapeNames[:])
}

// MarshalJSON returns the labels of training by id.
func (l *Labels) MarshalJSON() ([]byte, error) { return json.Marshal(l.names[:l.trained]) }

// UnmarshalJSON reads the output of MarshalJSON.
func (l *Labels) UnmarshalJSON(b []byte) error {
	if !atMostStrings(b, maxWords) {
		return fmt.Errorf("data: more than %d labels", maxWords)
	}
	var names []string
	if err := json.Unmarshal(b, &names); err != nil {
		return err
	}
	*l = Labels{names: names, trained: len(names)}
	l.index()
	if len(l.ids) != len(names) {
		return errors.New("data: a label stands twice")
	}
	return nil
}
