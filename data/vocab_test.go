package data

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"braid/job"
)

// vocabOf counts the words of texts, which are divided by blanks.
func vocabOf(w job.Word, texts ...string) *Vocab {
	var examples []Example
	for _, t := range texts {
		examples = append(examples, Example{Tokens: strings.Fields(t)})
	}
	e := job.Encoder{Word: w}
	return newVocab(countWords([]counted{{Reading{}, examples}}, true, e), e, nil, nil)
}

// meaning returns the names of the ids of words.
func meaning(v *Vocab, words string) string {
	var out []string
	for _, w := range strings.Fields(words) {
		out = append(out, v.Word(v.ID(w)))
	}
	return strings.Join(out, " ")
}

// A number of training is a word of its own. Another number has the id of its digit form, or,
// if there is none, that of its shape.
func TestDigits(t *testing.T) {
	const training = "error 404 404 error 500 500 0 7 1984 a10 rev-3 rev-3"
	for _, c := range []struct {
		word          job.Word
		asked, answer string
	}{
		{job.Word{MinCount: 1, Unknown: 0.5, Digits: "keep"}, "404 500 503 000 0 8 7 1984 1999 a10 a11 rev-3 rev-4 x",
			"404 500 <#000> <#000> 0 <#0> 7 1984 <0> a10 <lower> rev-3 <#rev-0> <lower>"},
		{job.Word{MinCount: 1, Unknown: 0.5, Digits: "normalise"}, "404 500 503 0 8 1999 a11 rev-4",
			"000 000 000 0 0 0000 a00 rev-0"},
		// 0 and 7 are too rare for a row of their own. They train the row of their form.
		{job.Word{MinCount: 2, Unknown: 0.5, Digits: "keep"}, "404 503 7 1 1984", "404 <#000> <#0> <#0> <0>"},
		// Without replacement only words below min_count train a form.
		{job.Word{MinCount: 1, Unknown: 0, Digits: "keep"}, "404 503 7 8", "404 <0> 7 <0>"},
		{job.Word{MinCount: 2, Unknown: 0, Digits: "keep"}, "404 503 7 8", "404 <0> <#0> <#0>"},
	} {
		if got := meaning(vocabOf(c.word, training), c.asked); got != c.answer {
			t.Errorf("%+v:\n%s are\n%s, want\n%s", c.word, c.asked, got, c.answer)
		}
	}
	if got := meaning(vocabOf(job.Word{MinCount: 1, Unknown: 0.5, Digits: "keep"}, "٤٠٤ ５"), "٥٠٥ ５"); got != "<0> ５" {
		t.Errorf("digits of other scripts: %s", got)
	}
}

// Every form replaces some word of training or represents one below min_count. Otherwise
// training would never change its row.
func TestFormsAreTrained(t *testing.T) {
	v := vocabOf(job.Word{MinCount: 1, Unknown: 0.5, Digits: "keep"}, "404 404 404 500 500 1 2 2 10:30 10:30 x")
	got := map[string]string{}
	for id, u := range v.Unknowns() {
		if id != int(u) {
			got[v.Word(uint32(id))] = v.Word(u)
		}
	}
	// The least frequent word of each form, and every word with the count 1.
	want := map[string]string{"500": "<#000>", "1": "<#0>", "10:30": "<#00:00>", "x": "<lower>"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// An unknown word whose spelling the encoder reads has the id of the word in lower case, else of a
// digit form, as it is or in lower case. The shape is last. Training never replaces a
// rare word by another word.
func TestLookUpInLowerCase(t *testing.T) {
	files := map[string]string{"train.jsonl": `{"words":["cat","cat","Cat","rev-3","rev-3","x7","x7","A-1"],"y":"p"}
{"words":["A-1","2","2"],"y":"p"}
{"words":["é","Kelvin"],"y":"q"}
`, "dev.jsonl": `{"words":["CAT","cat","Dog","rev-3","REV-3","REV-4","404"],"y":"p"}` + "\n"}
	hashed := strings.Replace(featuresJob, "train.jsonl", "train.jsonl, dev: dev.jsonl", 1)
	off := strings.Replace(hashed, "features: hashed", `features: "off"`, 1)
	for _, c := range []struct {
		yaml, asked, answer string
		unknown             int
	}{
		{hashed, "cat Cat CAT É KELVIN rev-3 Rev-3 REV-4 X8 3 A-1 A-2 a-1 Dog",
			"cat Cat cat é <CAPS> rev-3 rev-3 <#rev-0> <#x0> <#0> A-1 <#A-0> <lower> <Name>", 3},
		{off, "CAT É REV-4 REV-3 3", "<CAPS> <Name> <CAPS> <CAPS> <#0>", 5},
	} {
		p, text := prepared(t, c.yaml, files)
		if text != "" {
			t.Fatal(text)
		}
		if got := meaning(p.Vocab, c.asked); got != c.answer {
			t.Errorf("%s are\n%s, want\n%s", c.asked, got, c.answer)
		}
		for id, u := range p.Vocab.Unknowns() {
			if id != int(u) && p.Vocab.Known(u) {
				t.Errorf("training replaces %s by %s", p.Vocab.Word(uint32(id)), p.Vocab.Word(u))
			}
		}
		j, err := job.Parse("job.yaml", []byte(c.yaml), nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := Counts(j, p)[1]; n.Split != job.Dev || n.Unknown != c.unknown {
			t.Errorf("%d of %d words of %s are unknown, want %d", n.Unknown, n.Words, n.Split, c.unknown)
		}
		for _, again := range travelled(t, p.Vocab) {
			if got := meaning(again, c.asked); got != c.answer {
				t.Errorf("after a journey %s are\n%s, want\n%s", c.asked, got, c.answer)
			}
		}
	}
}

// travelled returns a vocabulary that went to a worker, and one that went to a model directory.
func travelled(t *testing.T, v *Vocab) []*Vocab {
	t.Helper()
	sent, saved := new(Vocab), new(Vocab)
	wire, _ := v.MarshalBinary()
	if err := sent.UnmarshalBinary(wire); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(v)
	if err := json.Unmarshal(text, saved); err != nil {
		t.Fatal(err)
	}
	return []*Vocab{sent, saved}
}

// For any min_count, training replaces the least frequent of the words that have a row.
func TestRareWordsOfAnyMinCount(t *testing.T) {
	for minCount, want := range [][]string{{"a", "b"}, {"a", "b"}, {"c", "d"}, {"e"}, nil} {
		v := vocabOf(job.Word{MinCount: minCount, Unknown: 0.5, Digits: "keep"}, "a b c c d d e e e f f f f f")
		var got []string
		for id, u := range v.Unknowns() {
			if id != int(u) {
				got = append(got, v.Word(uint32(id)))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("min_count %d: training replaces %q, want %q", minCount, got, want)
		}
	}
}

// A model of an earlier version, which normalised digits and had one case for all data sets,
// reads words as in its training.
func TestEarlierVocabulary(t *testing.T) {
	names, _ := json.Marshal(shapeNames)
	text := fmt.Sprintf(`{"lower":true,"words":%s}`, strings.TrimSuffix(string(names), "]")+`,"000","paris"]`)
	v := &Vocab{}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatal(err)
	}
	if got := meaning(v, "404 500 Paris x"); got != "000 000 paris <lower>" {
		t.Errorf("got %s", got)
	}
	again, err := json.Marshal(v)
	if err != nil || string(again) != text {
		t.Errorf("written again: %s, %v", again, err)
	}
	if err := json.Unmarshal([]byte(strings.Replace(text, `"lower":true`, `"digits":"drop"`, 1)), v); err == nil {
		t.Error("digits of another kind are accepted")
	}
}

// lower: true of one data set does not change the words of others.
func TestLowerOfOneDataSet(t *testing.T) {
	texts := []Example{{Tokens: []string{"Paris", "PARIS", "paris"}}}
	e := job.Encoder{Word: job.Word{MinCount: 1, Digits: "keep"}}
	v := newVocab(countWords([]counted{{Reading{Lower: true}, texts}, {Reading{}, texts}}, true, e), e, nil, nil)
	if got := meaning(v, "Paris PARIS paris"); got != "Paris PARIS paris" {
		t.Errorf("got %s", got)
	}
	if lower, as := v.ID(Reading{Lower: true}.key("PARIS")), v.ID("paris"); lower != as {
		t.Errorf("in lower case %d, want %d", lower, as)
	}
}
