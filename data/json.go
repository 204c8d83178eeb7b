package data

import (
	"encoding/json"
	"errors"
	"slices"
)

// The JSON forms lie in a model's directory, for people and other programs to read.

type vocabJSON struct {
	Lower bool     `json:"lower"`
	Words []string `json:"words"` // by id; the first are the unknown words
}

// MarshalJSON writes the words by id.
func (v *Vocab) MarshalJSON() ([]byte, error) { return json.Marshal(vocabJSON{v.lower, v.words}) }

// UnmarshalJSON reads what MarshalJSON wrote. Which words were rare is not kept.
func (v *Vocab) UnmarshalJSON(b []byte) error {
	var f vocabJSON
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	if !startsWithShapes(f.Words) {
		return errors.New("data: a vocabulary without the unknown words at its start")
	}
	*v = Vocab{words: f.Words, rare: make([]bool, len(f.Words)), lower: f.Lower}
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
