package data

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"braid/internal/fixture"
)

// wellFormed draws well-formed BIO tags.
func wellFormed(t *rapid.T) []string {
	var tags []string
	for range rapid.IntRange(0, 12).Draw(t, "pieces") {
		kind := rapid.SampledFrom([]string{"", "a", "b", "a-b"}).Draw(t, "kind")
		if kind == "" {
			tags = append(tags, "O")
			continue
		}
		tags = append(tags, "B-"+kind)
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			tags = append(tags, "I-"+kind)
		}
	}
	return tags
}

// BIO that is written in another scheme and read from it does not change.
func TestSchemesAreTheSameSpans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tags := wellFormed(t)
		for _, scheme := range []string{"bio", "iobes", "bilou", "iob1"} {
			written := fixture.Scheme(scheme, tags)
			for _, tag := range written {
				if wrong := checkTag(scheme, tag); wrong != "" {
					t.Fatal(wrong)
				}
			}
			if back := toBIO(scheme, written); !slices.Equal(back, tags) {
				t.Fatalf("%v as %s is %v, and back %v", tags, scheme, written, back)
			}
		}
	})
}

func TestSchemesByExample(t *testing.T) {
	bio := []string{"B-a", "B-a", "I-a", "B-b", "O", "B-b", "I-b", "I-b"}
	for scheme, want := range map[string][]string{
		"iobes": {"S-a", "B-a", "E-a", "S-b", "O", "B-b", "I-b", "E-b"},
		"bilou": {"U-a", "B-a", "L-a", "U-b", "O", "B-b", "I-b", "L-b"},
		"iob1":  {"I-a", "B-a", "I-a", "I-b", "O", "I-b", "I-b", "I-b"},
	} {
		if got := fixture.Scheme(scheme, bio); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", scheme, got, want)
		}
	}
	for tag, scheme := range map[string]string{"B": "bio", "B-": "bio", "E-a": "bio", "X-a": "iobes", "S-a": "iob1",
		"o": "bio", "L-a": "iobes", "E-a ": "bilou"} {
		if checkTag(scheme, tag) == "" {
			t.Errorf("%s accepts %q", scheme, tag)
		}
	}
}
