package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// The JSON forms lie in a model's directory, for people and other programs to read.

type vocabJSON struct {
	Digits string   `json:"digits,omitempty"` // keep; missing: normalised
	Lower  bool     `json:"lower,omitempty"`  // all words are looked up in lower case: models of earlier versions
	Words  []string `json:"words"`            // by id; the first are the unknown words
	Forms  []string `json:"forms,omitempty"`  // ids after those of the words
}

// MarshalJSON writes the words by id.
func (v *Vocab) MarshalJSON() ([]byte, error) {
	digits := digitsKept
	if v.normalised {
		digits = ""
	}
	return json.Marshal(vocabJSON{digits, v.lower, v.words, v.forms})
}

const digitsKept = "keep"

// UnmarshalJSON reads what MarshalJSON wrote, in this version and earlier ones. Which words were
// rare is not kept.
func (v *Vocab) UnmarshalJSON(b []byte) error {
	var f vocabJSON
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	if !startsWithShapes(f.Words) {
		return errors.New("data: a vocabulary without the unknown words at its start")
	}
	if f.Digits != "" && f.Digits != digitsKept {
		return fmt.Errorf("data: a vocabulary with digits %q", f.Digits)
	}
	*v = Vocab{normalised: f.Digits == "", lower: f.Lower, words: f.Words, forms: f.Forms, rare: make([]bool, len(f.Words)+len(f.Forms))}
	v.index()
	return nil
}

func startsWithShapes(words []string) bool {
	return len(words) >= shapes && slices.Equal(words[:shapes], shapeNames[:])
}

// MarshalJSON writes the labels of training by id.
func (l *Labels) MarshalJSON() ([]byte, error) { return json.Marshal(l.names[:l.trained]) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *Labels) UnmarshalJSON(b []byte) error {
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
