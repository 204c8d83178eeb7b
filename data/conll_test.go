package data

import (
	"os"
	"slices"
	"strings"
	"testing"

	"braid/job"
)

func conllOf(t *testing.T, columns []string, text string) (words, tags []string, notes []string, examples []Example) {
	t.Helper()
	note := func(file string, line int, msg string) {
		notes = append(notes, Finding{File: file, Line: line, Msg: msg}.String())
	}
	examples, err := parseCoNLL(job.DataSet{Format: "conll", Columns: columns}, "f", text, note)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	for _, e := range examples {
		words = append(words, e.Tokens...)
		tags = append(tags, e.Fields["tag"].List...)
	}
	return words, tags, notes, examples
}

// Comments, ranges and empty nodes of CoNLL-U are not words, and words keep their line numbers.
// The sentences are from https://universaldependencies.org/format.html.
func TestCoNLLU(t *testing.T) {
	text, err := os.ReadFile("testdata/format.conllu")
	if err != nil {
		t.Fatal(err)
	}
	words, tags, notes, examples := conllOf(t, []string{"-", "word", "-", "tag"}, string(text))
	if got, want := strings.Join(words, " "), "vamos nos a el mar Sue likes coffee and Bill tea"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := strings.Join(tags, " "), "VERB PRON ADP DET NOUN PROPN VERB NOUN CCONJ PROPN NOUN"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := []int{4, 5, 7, 8, 9}; !slices.Equal(examples[0].Lines, want) {
		t.Errorf("the words stand in lines %v, not %v", examples[0].Lines, want)
	}
	want := []string{
		"f:1: 3 comment lines left out: # at the start of a sentence, and no TAB",
		"f:3: 3 lines left out with an id such as 1-2 or 1.1: CoNLL-U's ranges and empty nodes are no words",
	}
	if !slices.Equal(notes, want) {
		t.Errorf("got %q", notes)
	}
}

// Dividers of columns, and words.
func TestCoNLLWords(t *testing.T) {
	plain, ids := []string{"word", "tag"}, []string{"-", "word", "tag"}
	for _, c := range []struct {
		name, text  string
		columns     []string
		words, tags []string
	}{
		{"no-break space in a word", "10\u00a0000 NUM\npeople NOUN\n", plain, []string{"10\u00a0000", "people"},
			[]string{"NUM", "NOUN"}},
		{"ideographic space as a word", "\u3000\tPUNCT\n人\tNOUN\n", plain, []string{"\u3000", "人"},
			[]string{"PUNCT", "NOUN"}},
		{"and between blanks", "\u3000 PUNCT\n人 NOUN\n", plain, []string{"\u3000", "人"}, []string{"PUNCT", "NOUN"}},
		{"blank in a word between TABs", "New York\tPROPN\npeople\tNOUN\n", plain, []string{"New York", "people"},
			[]string{"PROPN", "NOUN"}},
		{"hashtag between TABs", "#tag\tO\n# \tO\n#\tB-x\n", plain, []string{"#tag", "#", "#"}, []string{"O", "O", "B-x"}},
		{"hash between blanks", "# O\n#tag O\n", plain, []string{"#", "#tag"}, []string{"O", "O"}},
		{"comments where TABs divide", "# newdoc\n#text=a b\na\tO\n\n# x\nb\tO\n", plain, []string{"a", "b"},
			[]string{"O", "O"}},
		{"ids that number no sentences", "3\ta\tO\n1-2\tb\tO\n", ids, []string{"a", "b"}, []string{"O", "O"}},
		{"ranges as words", "1-2\tO\n1\tO\n", plain, []string{"1-2", "1"}, []string{"O", "O"}},
		{"more columns than named", "a O x\nb O y\n", plain, []string{"a", "b"}, []string{"O", "O"}},
		{"a TAB at the end", "a\tO\t\nb\tO\n", plain, []string{"a", "b"}, []string{"O", "O"}},
		{"runs of blanks", "  a   O  \n \nb O\n", plain, []string{"a", "b"}, []string{"O", "O"}},
		{"document starts", "-DOCSTART-\tO\na\tO\n-DOCSTART-\tO\nb\tO\n", plain, []string{"a", "b"}, []string{"O", "O"}},
		{"document start after an id", "0\t-DOCSTART-\tO\n1\ta\tO\n", ids, []string{"a"}, []string{"O"}},
	} {
		words, tags, _, _ := conllOf(t, c.columns, c.text)
		if !slices.Equal(words, c.words) || !slices.Equal(tags, c.tags) {
			t.Errorf("%s: got %q with %q", c.name, words, tags)
		}
	}
}
