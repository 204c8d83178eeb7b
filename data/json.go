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
	*v = Vocab{normalised: f.Digits == "", lower: f.Lower, words: f.Words, forms: f.Forms,
		rare: make([]bool, len(f.Words)+len(f.Forms))}
	v.index()
	return nil
}

// maxWords bounds a vocabulary that is read; the largest word embeddings that are published
// have some 2 million.
const maxWords = 1 << 23

// atMostStrings says that JSON has no more than n strings. Empty ones take 3 bytes of a file,
// and 16 and more in memory.
func atMostStrings(b []byte, n int) bool {
	quotes := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++ // what follows is escaped
		case '"':
			quotes++
		}
	}
	return quotes <= 2*n
}

func startsWithShapes(words []string) bool {
	return len(words) >= shapes && slices.Equal(words[:shapes], shapeNames[:])
}

// MarshalJSON writes the labels of training by id.
func (l *Labels) MarshalJSON() ([]byte, error) { return json.Marshal(l.names[:l.trained]) }

// UnmarshalJSON reads what MarshalJSON wrote.
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
