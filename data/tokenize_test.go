package data

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func texts(tokenizer, text string) string { return strings.Join(Tokenize(tokenizer, text), "|") }

// No invisible character hides a word, and an emoji sequence is one word.
func TestUnicodeWords(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"words and marks", "It's 3.5 km, no?", "It's|3.5|km|,|no|?"},
		{"joiner between a space and an emoji", "x \u200d\U0001f600 y", "x|\U0001f600|y"},
		{"joiner between a word and an emoji", "good\u200d\U0001f600 x", "good\u200d|\U0001f600|x"},
		{"joiner between a number and an emoji", "3\u200d\U0001f600", "3\u200d|\U0001f600"},
		{"emoji joined by joiners", "\U0001f469\u200d\U0001f4bb\U0001f469\u200d\U0001f4bb \u2764\ufe0f\u200d\U0001f525",
			"\U0001f469\u200d\U0001f4bb|\U0001f469\u200d\U0001f4bb|\u2764\ufe0f\u200d\U0001f525"},
		{"emoji, joiner, letter", "\U0001f469\u200da", "\U0001f469\u200d|a"},
		{"skin tones", "\U0001f44d\U0001f3fd \U0001f468\U0001f3fd\u200d\U0001f9b0",
			"\U0001f44d\U0001f3fd|\U0001f468\U0001f3fd\u200d\U0001f9b0"},
		{"flags", "\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7 \U0001f3f4\U000e0067\U000e0062\U000e007f",
			"\U0001f1e9\U0001f1ea|\U0001f1eb\U0001f1f7|\U0001f3f4\U000e0067\U000e0062\U000e007f"},
		{"keycaps", "1\ufe0f\u20e3 #\ufe0f\u20e3", "1\ufe0f\u20e3|#\ufe0f\u20e3"},
		{"combining marks", "e\u0301te\u0301 a \u0301 b", "e\u0301te\u0301|a|\u0301|b"},
		{"zero-width space divides", "a\u200bb \u200b c", "a|b|c"},
		{"soft hyphen", "co\u00adop \u00ad x", "co\u00adop|x"},
		{"byte order mark and marks of direction", "\ufeffa \u200eb \u2067c\u2069", "a|b|c\u2069"},
		{"lone variation selector", " \ufe0f a", "a"},
		{"joiners inside words", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0d28\u0d4d\u200d",
			"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645|\u0d28\u0d4d\u200d"},
		{"indic conjunct by a joiner", "\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"},
		{"white space of all kinds", "a\u00a0b\u3000c\u0085d\u2028e\tf\r\ng", "a|b|c|d|e|f|g"},
		{"nothing", " \u200b\ufeff\n", ""},
	} {
		if got := texts("unicode", c.text); got != c.want {
			t.Errorf("%s: %+q, want %+q", c.name, got, c.want)
		}
	}
}

func TestSpaceWords(t *testing.T) {
	if got := texts("space", " 10\u00a0km\ta.b  \u3000\r\nx, \f"); got != "10\u00a0km|a.b|\u3000|x,|\f" {
		t.Errorf("got %q", got)
	}
}

// awkward are characters that are hard for tokenizers.
var awkward = []rune("ab1'.,\u00e9\u0301\u0915\u094d\u05d0\" " +
	"\n\t\r\u00a0\u3000\u200b\u200c\u200d\ufeff\u00ad\u200e\ufe0f\u20e3" +
	"\u2764\U0001f600\U0001f469\U0001f4bb\U0001f3fd\U0001f1e9\U0001f1ea\U000e0067\x00")

// Words are at their offsets in the text, in order, with only invisible characters between
// them.
func TestTokensTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom(awkward)).Draw(t, "text"))
		for name, between := range map[string]func(rune) bool{"unicode": showsNothing,
			"space": func(r rune) bool { return r < 0x80 && divides(byte(r)) }} {
			end := 0
			for w := range tokenizers[name](text) {
				if w.Start < end || w.End <= w.Start || text[w.Start:w.End] != w.Text ||
					strings.TrimFunc(text[end:w.Start], between) != "" {
					t.Fatalf("%s: word %+v of %+q", name, w, text)
				}
				end = w.End
			}
			if strings.TrimFunc(text[end:], between) != "" {
				t.Fatalf("%s: nothing of %+q", name, text[end:])
			}
		}
	})
}

// Words joined by blanks are cut into the same words, so prediction from texts and from words
// agrees.
func TestWordsSurviveJoining(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom(awkward)).Draw(t, "text"))
		for name := range tokenizers {
			words := Tokenize(name, text)
			if again := Tokenize(name, strings.Join(words, " ")); strings.Join(again, "|") != strings.Join(words, "|") {
				t.Fatalf("%s: %+q of %+q became %+q", name, words, text, again)
			}
		}
	})
}

// farSeeing are texts that are repeated, in which rules may look far ahead or back.
var farSeeing = []string{"word ", "a'", "a'\u0301", "1,", "\u05d0\"", "\U0001f1e9", "\U0001f469\u200d", "\u200d",
	"a\u200d\U0001f600", "\u0301", " ", "\u00ad"}

// A long text is cut like a short one. BenchmarkTokenize measures the time.
func TestTokenizeLongTexts(t *testing.T) {
	for _, unit := range farSeeing {
		for name := range tokenizers {
			words := func(n int) (count int) {
				for range tokenizers[name](strings.Repeat(unit, n)) {
					count++
				}
				return count
			}
			// The last words of two texts may be joined, so the count may be off by a few.
			if few, many := words(1_000), words(500_000); many < 500*(few-2) || many > 500*(few+2) {
				t.Errorf("%s: %q 1,000 times is %d words, 500,000 times %d", name, unit, few, many)
			}
		}
	}
}

// BenchmarkTokenize shows that time is linear in the text: ns/B does not grow with its length.
func BenchmarkTokenize(b *testing.B) {
	for _, unit := range farSeeing {
		for _, n := range []int{10_000, 100_000, 1_000_000} {
			text := strings.Repeat(unit, n)
			b.Run(fmt.Sprintf("%+q/%d", unit, n), func(b *testing.B) {
				for b.Loop() {
					for range unicodeWords(text) {
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(text)), "ns/B")
			})
		}
	}
}

// Invisible characters do not change which word a word is.
func TestKeys(t *testing.T) {
	for word, want := range map[string]string{"co\u00adop": "coop", "c\u2069": "c", "\u200b": "\u200b",
		"e\u0301": "e\u0301", "\u0645\u06cc\u200c": "\u0645\u06cc\u200c"} {
		if got := (Reading{}).key(word); got != want {
			t.Errorf("%+q is looked up as %+q, want %+q", word, got, want)
		}
	}
}
