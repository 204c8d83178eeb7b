package data

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// A character of training has an id if training has it twice. Unknown ones have id 0, and so do
// bytes that are not UTF-8.
func TestCharacterIDs(t *testing.T) {
	in := countCharacters(maps.All(map[string]int{"été": 1, "tat": 2, "z": 1}))
	if got, want := in.Entries(), []string{"t", "a", "é"}; !slices.Equal(got, want) || in.Size() != 4 {
		t.Errorf("%d ids of %q, want %q", in.Size(), got, want)
	}
	for word, want := range map[string][]uint32{
		"": nil, "été": {3, 1, 3}, "Tz東a": {0, 0, 0, 2}, "a\xff\xfea": {2, 0, 0, 2},
	} {
		if got := in.Append(nil, word); !slices.Equal(got, want) {
			t.Errorf("ids of %q are %v, want %v", word, got, want)
		}
	}
}

// Long words are read up to a bound, and a table has a bound, too: the most frequent characters
// are kept.
func TestCharactersAreBounded(t *testing.T) {
	many := func(yield func(string, int) bool) {
		for i := range maxCharacters + 100 {
			if !yield(string(rune(0x10000+i)), 2+i) {
				return
			}
		}
	}
	in := countCharacters(many)
	if n := in.Size(); n != 1+maxCharacters {
		t.Errorf("%d ids, want %d", n, 1+maxCharacters)
	}
	if in.Append(nil, "\U00010000")[0] != 0 || in.Append(nil, string(rune(0x10000+maxCharacters+99)))[0] != 1 {
		t.Error("the most frequent characters are not kept")
	}
	if _, err := restoreCharacters(in.Entries()); err != nil {
		t.Error(err)
	}
	if _, err := restoreCharacters(append(in.Entries(), "a")); err == nil {
		t.Error("a list of too many characters is accepted")
	}
	if got := in.Append([]uint32{7}, strings.Repeat("é", 1e6)); len(got) != 1+maxSpelling {
		t.Errorf("%d ids of a word of a million characters", len(got)-1)
	}
}
