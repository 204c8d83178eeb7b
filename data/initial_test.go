package data

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"braid/job"
)

// mergedVocab returns a vocabulary of words with counts, of a job with characters, and with an initial model or nil.
func mergedVocab(minCount int, counts map[string]int, old *Vocab) *Vocab {
	e := job.Encoder{Kind: "lstm", Word: job.Word{MinCount: minCount, Unknown: 0.2, Digits: "keep", Features: "hashed"},
		Char: job.Char{Kind: "conv"}}
	c := wordCounts{text: true, spelled: counts, counts: maps.Clone(counts)}
	return newVocab(c, e, nil, old)
}

// The vocabulary has the words, digit forms and characters of both. The rows of words that training lacks are the last
// ones, which training does not change. A rare word that the initial model knows keeps its own id.
func TestVocabularyOfAnInitialModel(t *testing.T) {
	old := mergedVocab(1, map[string]int{"old": 5, "both": 4, "rare": 3, "x41": 2, "x42": 1, "ß": 2}, nil)
	plain := mergedVocab(2, map[string]int{"both": 9, "new": 3, "rare": 1, "lost": 1}, nil)
	v := mergedVocab(2, map[string]int{"both": 9, "new": 3, "rare": 1, "lost": 1}, old)
	trained := v.words[shapes:]
	if want := []string{"both", "new", "rare"}; !slices.Equal(trained, want) {
		t.Errorf("words of training %q, want %q", trained, want)
	}
	if want := []string{"old", "x41", "ß", "x42"}; !slices.Equal(v.fixed, want) {
		t.Errorf("words of the model alone %q, want %q", v.fixed, want)
	}
	if want := []string{"x00"}; !slices.Equal(v.forms, want) || len(plain.forms) > 0 {
		t.Errorf("digit forms %q, want %q; without the model %q", v.forms, want, plain.forms)
	}
	if v.Len()-v.Trained() != 4 || !v.Known(v.ID("old")) || !v.Known(v.ID("rare")) || v.Known(v.ID("lost")) {
		t.Error("ids of the words are wrong")
	}
	if !v.rare[v.ID("rare")] || v.rare[v.ID("both")] {
		t.Error("training replaces other words than the rare ones")
	}
	again, wire := new(Vocab), new(Vocab)
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, again)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, _ := v.MarshalBinary()
	if err := wire.UnmarshalBinary(b); err != nil || !slices.Equal(wire.rare, v.rare) {
		t.Errorf("the vocabulary changes on its way to a worker: %v", err)
	}
	for _, copied := range []*Vocab{again, wire} {
		if !slices.Equal(copied.fixed, v.fixed) || copied.ID("old") != v.ID("old") {
			t.Errorf("a copy has the words %q of the model alone, want %q", copied.fixed, v.fixed)
		}
	}
	for _, name := range []string{Characters, Features} {
		entries, own := v.Input(name).Entries(), plain.Input(name).Entries()
		if !slices.Equal(entries[:len(own)], own) {
			t.Errorf("%s: the entries of training are not the first", name)
		}
		for _, e := range old.Input(name).Entries() {
			if !slices.Contains(entries, e) {
				t.Errorf("%s: no %s of the initial model", name, e)
			}
		}
		if once := slices.Compact(slices.Sorted(slices.Values(entries))); len(once) < len(entries) {
			t.Errorf("%s: an entry is there twice", name)
		}
	}
}
