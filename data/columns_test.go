package data

import (
	"slices"
	"strings"
	"testing"

	"braid/job"
)

const columnsJob = `
data:
  news: {format: conll, columns: [word, pos, ner], train: a.conll, dev: b.conll}
  asks: {format: jsonl, tokens: words, train: c.jsonl}
encoder: {word: {features: off}, columns: [{field: pos, dim: 3}]}
tasks:
  - {name: names, kind: tagging, data: news, field: ner}
  - {name: topic, kind: classification, data: asks, field: y}
`

var columnsFiles = map[string]string{
	"a.conll": "Oslo NNP B-LOC\nrains VBZ O\n\nRome NNP B-LOC\nis VBZ O\nbig JJ O\n",
	"b.conll": "Paris NNP B-LOC\nsmall JJ O\nnew XX O\n",
	"c.jsonl": `{"words": ["who", "sings"], "pos": ["WP", "VBZ"], "y": "p"}
{"words": ["who", "is"], "y": "q"}
`,
}

// Values that training has twice have ids by falling count, over all data sets. Others, and words
// without a value, have id 0. The column travels to workers and model directories.
func TestColumnsBesideWords(t *testing.T) {
	p, text := prepared(t, columnsJob, columnsFiles)
	if text != "" {
		t.Fatal(text)
	}
	in := p.Vocab.Input("column.pos")
	if got := in.Entries(); !slices.Equal(got, []string{"VBZ", "NNP"}) || in.Size() != 3 {
		t.Errorf("values %q of %d ids", got, in.Size())
	}
	for i, want := range [][]uint32{{2, 1, 2, 1, 0}, {2, 0, 0}, {0, 1, 0, 0}} {
		c := []*Corpus{p.Sets[0].Train, p.Sets[0].Dev, p.Sets[1].Train}[i]
		if len(c.Columns) != 1 || !slices.Equal(c.Columns[0].IDs, want) {
			t.Errorf("corpus %d has the columns %v, want %v", i, c.Columns, want)
		}
	}
	// The case of a word is lost if nothing but its value is read next to it.
	if got := p.Vocab.Word(p.Vocab.ID("BIG")); got != "<CAPS>" {
		t.Errorf("BIG is %s", got)
	}
	for _, v := range travelled(t, p.Vocab) {
		b := NewBuilder(v, Reading{}, 1)
		b.Word("Oslo", "NNP")
		b.Word("Oslo", "")
		b.Word("Oslo")
		b.EndText()
		b.EndText() // without words
		if got := b.Corpus().Columns[0]; !slices.Equal(got.IDs, []uint32{2, 0, 0, 0}) {
			t.Errorf("after a journey %v", got)
		}
	}
	for _, bad := range [][]string{{"a", "a"}, {""}, make([]string, maxValues+1)} {
		if _, err := restoreInput("column.pos", bad); err == nil {
			t.Errorf("%d values are accepted", len(bad))
		}
	}
}

// A column that no training example has, or whose values do not fit the words, is refused. An
// example without it is a finding. Another value is another digest.
func TestColumnsThatLackValues(t *testing.T) {
	for old, c := range map[string]struct{ file, now, want string }{
		`"pos": ["WP", "VBZ"]`: {"c.jsonl", `"pos": ["WP"]`, `c.jsonl:1: 1 tag in "pos" for 2 words: ` +
			"give every word one tag"},
		"field: pos": {"", "field: lemma", `no training example has the column "lemma"`},
	} {
		files, yaml := map[string]string{}, columnsJob
		for name, text := range columnsFiles {
			files[name] = text
		}
		if c.file == "" {
			yaml = strings.Replace(yaml, old, c.now, 1)
		} else {
			files[c.file] = strings.Replace(files[c.file], old, c.now, 1)
		}
		if _, text := prepared(t, yaml, files); !strings.Contains(text, c.want) {
			t.Errorf("%s: %q, want %q", c.now, text, c.want)
		}
	}
	j, err := job.Parse("job.yaml", []byte(columnsJob), nil)
	if err != nil {
		t.Fatal(err)
	}
	set := RawSet{Train: []Example{{Tokens: []string{"a"}, File: "x", Line: 1}, {Tokens: []string{"a"}, File: "x", Line: 2,
		Fields: map[string]Field{"pos": {Kind: ListField, List: []string{"NN"}}}}}}
	found := withoutColumns(j, 0, &set)
	if len(found) != 1 || !strings.HasPrefix(found[0].String(), "x:1: 1 example of train (of 2) without the column pos") {
		t.Errorf("findings %v", found)
	}
	before := hashExamples(j, 0, set.Train)
	set.Train[1].Fields["pos"].List[0] = "VB"
	if hashExamples(j, 0, set.Train) == before {
		t.Error("the digest does not depend on the values")
	}
}

// A corpus with an id that the vocabulary does not have, or with other columns, is refused.
func TestForeignCorpusIsRefused(t *testing.T) {
	p, text := prepared(t, columnsJob, columnsFiles)
	if text != "" {
		t.Fatal(text)
	}
	c := p.Sets[0].Train
	for i, change := range []func(c *Corpus){
		func(c *Corpus) {},
		func(c *Corpus) { c.Words[1] = uint32(p.Vocab.Len()) },
		func(c *Corpus) { c.Columns[0].IDs[1] = 3 },
		func(c *Corpus) { c.Columns = nil },
		func(c *Corpus) { c.Columns = append(c.Columns, c.Columns[0]) },
	} {
		b, _ := c.MarshalBinary()
		var other Corpus
		if err := other.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		change(&other)
		if err := other.Check(p.Vocab); (err == nil) != (i == 0) {
			t.Errorf("change %d: %v", i, err)
		}
	}
}
