package main

import (
	"slices"
	"testing"
)

// The keys of an arm are divided at commas before the next key, since values may have commas.
func TestSplitKeys(t *testing.T) {
	for text, want := range map[string][]string{
		"a=1":                          {"a=1"},
		"a.b=1,c.d_e=2":                {"a.b=1", "c.d_e=2"},
		"data.x.columns=[word,-,ner]":  {"data.x.columns=[word,-,ner]"},
		"columns=word,-,ner, seed=3":   {"columns=word,-,ner", "seed=3"},
		"tasks.0.class_weights.B-x=2,": {"tasks.0.class_weights.B-x=2,"},
		"":                             nil,
	} {
		if got := splitKeys(text); !slices.Equal(got, want) {
			t.Errorf("%q is divided into %q, want %q", text, got, want)
		}
	}
}
