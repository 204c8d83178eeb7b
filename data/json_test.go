package data

import (
	"encoding/json"
	"strings"
	"testing"
)

// A vocabulary of very many empty words is refused before memory for them is allocated.
func TestVocabularyIsBounded(t *testing.T) {
	text := `{"words":["` + strings.Repeat(`","`, maxWords) + `"]}`
	if err := json.Unmarshal([]byte(text), new(Vocab)); err == nil ||
		!strings.Contains(err.Error(), "more than 8388608 words") {
		t.Error(err)
	}
	for text, n := range map[string]int{`["a","b"]`: 2, `["\\\"","\\\\"]`: 2, `[]`: 0, `["\","]`: 1} {
		if !atMostStrings([]byte(text), n) || n > 0 && atMostStrings([]byte(text), n-1) {
			t.Errorf("%s: not %d strings", text, n)
		}
	}
}
