package data

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"braid/job"
)

// initialVocab returns the vocabulary of the job's initial model; nil if the job has none.
func initialVocab(j *job.Job) (*Vocab, error) {
	if j.Init.From == "" {
		return nil, nil
	}
	text, err := j.InitVocab()
	if err != nil {
		return nil, err
	}
	old := new(Vocab)
	if err := json.Unmarshal(text, old); err != nil {
		return nil, &Error{File: filepath.Join(j.InitDir(), "vocab.json"), Msg: err.Error(),
			Mend: "copy the whole directory of the model again"}
	}
	return old, nil
}

// has reports whether a word has an id of its own. A nil Vocab has no words.
func (v *Vocab) has(word string) bool {
	if v == nil {
		return false
	}
	_, ok := v.ids[word]
	return ok
}

// addOld adds the words and the digit forms of the initial model's vocabulary that training does not have. The rows
// of these words are not changed by training, which never reads them.
func (v *Vocab) addOld(old *Vocab) {
	if old == nil {
		return
	}
	have := map[string]bool{}
	for _, list := range [][]string{v.words[shapes:], v.fixed} {
		for _, word := range list {
			have[word] = true
		}
	}
	for _, list := range [][]string{old.words[shapes:], old.fixed} {
		for _, word := range list {
			if !have[word] && v.spelling(word) == word { // otherwise no text looks it up
				v.fixed = append(v.fixed, word)
			}
		}
	}
	for _, form := range old.forms {
		if !v.normalised && !slices.Contains(v.forms, form) {
			v.forms = append(v.forms, form)
		}
	}
}

// maxEntries bounds the entries of an input after a merge, as the inputs themselves do. Those of training are kept.
const maxEntries = 1 << 16

// mergeInputs adds to each input the entries that the same input of the initial model has and training lacks.
func (v *Vocab) mergeInputs(all []vocabInput) []vocabInput {
	if v == nil {
		return all
	}
	for i, in := range all {
		old := v.Input(in.name)
		if old == nil {
			continue
		}
		entries := slices.Clone(in.Entries())
		have := map[string]bool{}
		for _, e := range entries {
			have[e] = true
		}
		for _, e := range old.Entries() {
			if !have[e] && len(entries) < maxEntries {
				entries = append(entries, e)
			}
		}
		merged, err := restoreInput(in.name, entries)
		if err != nil {
			panic(fmt.Sprintf("data: input %s refuses entries of two vocabularies: %v", in.name, err))
		}
		all[i] = merged
	}
	return all
}
