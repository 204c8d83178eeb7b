package data

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"braid/job"
)

var (
	textSet  = job.DataSet{Format: "jsonl", Text: "text"}
	tokenSet = job.DataSet{Format: "jsonl", Tokens: "tokens"}
	tsvSet   = job.DataSet{Format: "tsv", Text: "text"}
	csvSet   = job.DataSet{Format: "csv", Text: "text"}
	conllSet = job.DataSet{Format: "conll", Columns: []string{"word", "-", "ner"}}
)

// quiet ignores the notes of a reader.
func quiet(string, int, string) {}

func word(text string) Field   { return Field{Kind: TextField, Text: text} }
func list(l ...string) Field   { return Field{Kind: ListField, List: l} }
func pointer(s string) *string { return &s }
func seqOf(in, out, label string) func() ([]Example, error) {
	return func() ([]Example, error) { return parseSeq("d", [3]*string{&in, pointer(out), pointer(label)}) }
}

func TestReaders(t *testing.T) {
	for _, c := range []struct {
		name string
		read func() ([]Example, error)
		want []Example
	}{
		{"jsonl", func() ([]Example, error) {
			return parseJSONL(textSet, "f",
				"{\"text\":\"Hi, you\",\"a\":\"x\",\"n\":2.50,\"none\":null,\"yes\":true}\r\n\n"+
					"{\"text\":\"b\",\"l\":[\"p\",\"q\"]}")
		}, []Example{
			{Text: "Hi, you", Tokens: []string{"Hi", ",", "you"}, File: "f", Line: 1,
				Fields: map[string]Field{"a": word("x"), "n": {Kind: NumberField, Text: "2.50"}, "yes": word("true")}},
			{Text: "b", Tokens: []string{"b"}, File: "f", Line: 3, Fields: map[string]Field{"l": list("p", "q")}},
		}},
		{"jsonl tokens", func() ([]Example, error) { return parseJSONL(tokenSet, "f", `{"tokens":["a b","c"]}`) },
			[]Example{{Tokens: []string{"a b", "c"}, File: "f", Line: 1, Fields: map[string]Field{}}}},
		{"csv", func() ([]Example, error) {
			return parseCSV(job.DataSet{Text: "text"}, "f", "text,y\n\"a \"\"b\"\",\nc\",1\nd,\n")
		}, []Example{
			{Text: "a \"b\",\nc", Tokens: []string{"a", "\"", "b", "\"", ",", "c"}, File: "f", Line: 2,
				Fields: map[string]Field{"y": word("1")}},
			{Text: "d", Tokens: []string{"d"}, File: "f", Line: 4, Fields: map[string]Field{}},
		}},
		{"tsv", func() ([]Example, error) { return parseTSV(tsvSet, "f", "y\ttext\r\n1\t\"a\r\n") },
			[]Example{{Text: "\"a", Tokens: []string{"\"", "a"}, File: "f", Line: 2, Fields: map[string]Field{"y": word("1")}}}},
		{"conll", func() ([]Example, error) {
			return parseCoNLL(conllSet, "f", "-DOCSTART- O\n\na x B-P\nb y O\n\t\nc zw O", quiet)
		}, []Example{
			{Tokens: []string{"a", "b"}, File: "f", Line: 3, Lines: []int{3, 4},
				Fields: map[string]Field{"ner": list("B-P", "O")}},
			{Tokens: []string{"c"}, File: "f", Line: 6, Lines: []int{6}, Fields: map[string]Field{"ner": list("O")}},
		}},
		{"seq", seqOf("a  b \nc\n", "O B-x\nO\n", "p\n\n"), []Example{
			{Text: "a  b", Tokens: []string{"a", "b"}, File: "d/seq.in", Line: 1,
				Fields: map[string]Field{"tags": list("O", "B-x"), "label": word("p")}},
			{Text: "c", Tokens: []string{"c"}, File: "d/seq.in", Line: 2, Fields: map[string]Field{"tags": list("O")}},
		}},
	} {
		got, err := c.read()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// Each kind of bad line, and the whole error.
func TestBadLines(t *testing.T) {
	jsonl := func(d job.DataSet, text string) func() ([]Example, error) {
		return func() ([]Example, error) { return parseJSONL(d, "f", text) }
	}
	csv := func(text string) func() ([]Example, error) {
		return func() ([]Example, error) { return parseCSV(csvSet, "f", text) }
	}
	tsv := func(text string) func() ([]Example, error) {
		return func() ([]Example, error) { return parseTSV(tsvSet, "f", text) }
	}
	conll := func(text string) func() ([]Example, error) {
		return func() ([]Example, error) { return parseCoNLL(conllSet, "f", text, quiet) }
	}
	for _, c := range []struct {
		read func() ([]Example, error)
		want string
	}{
		{jsonl(textSet, "{\"text\":\"a\"}\n{\"text\":"),
			`f:2: not a JSON object: it ends early: write one JSON object a line`},
		{jsonl(textSet, `[1]`), `f:1: not a JSON object but a list: write one JSON object a line, as jq -c '.[]' FILE does`},
		{jsonl(textSet, `{"text":"a"} {}`), `f:1: more after the JSON object: write one JSON object a line`},
		{jsonl(tokenSet, `{"tokens":["a",404]}`),
			`f:1: the field "tokens" is a list with 404, which is no string: write a list of strings`},
		{jsonl(textSet, `{"txt":"a"}`),
			"f:1: no text in the field \"text\": write it, or name another with `text:` or `tokens:` in the job"},
		{jsonl(textSet, `{"text":404}`), `f:1: the text in the field "text" is no string: write a string`},
		{jsonl(textSet, `{"text":" "}`), `f:1: no words: write a word or remove the line`},
		{jsonl(textSet, `null`), `f:1: not a JSON object but null: write one JSON object a line`},
		{jsonl(textSet, `"a"`), `f:1: not a JSON object but "a": write one JSON object a line`},
		{jsonl(textSet, `{"text":"a","y":1,"y":2}`), `f:1: the key "y" stands twice in the object: rename or remove one`},
		{jsonl(textSet, `{"text":"a","text":"b"}`), `f:1: the key "text" stands twice in the object: rename or remove one`},
		{jsonl(textSet, "{\"text\":\" \"}\n{\"text\":\"a\"}\n{\"text\":\"\"}"),
			`f:1: no words, here and in 1 more example of the file: write a word or remove the line`},
		{jsonl(tokenSet, `{"tokens":["a",""]}`), `f:1: word 2 of the field "tokens" is empty: remove it, and its tag`},
		{jsonl(tokenSet, `{"tokens":"a"}`), `f:1: no tokens in the field "tokens": write a list of strings`},
		{csv("text,y\na\n"), `f:2: 1 field: give it 2 as the header has`},
		{csv("text,label,label\na,b,c\n"), `f:1: the header has "label" twice, as columns 2 and 3: rename or remove one`},
		{csv("text, text\na,b\n"), `f:1: the header has "text" twice, as columns 1 and 2: rename or remove one`},
		{csv("text;label\na;b\n"),
			`f:1: the header is divided by semicolons, not by commas as csv is: write it with commas, as in RFC 4180 ` +
				`(decimal commas as points)`},
		{csv("label\ttext\n"), "f:1: the header is divided by TABs, not by commas as csv is: set `format: tsv`, or " +
			"convert it"},
		{csv("sep=,\ntext,y\na,b\n"),
			"f:1: the header \"sep= \" has no field \"text\": remove this line, which is for spreadsheets"},
		{tsv("\"text\"\t\"y\"\na\tb\n"),
			"f:1: the header \"\\\"text\\\" \\\"y\\\"\" has no field \"text\": remove the quotes, which tsv keeps"},
		{csv("Text,y\na,b\n"), "f:1: the header \"Text y\" has no field \"text\": write `text: Text` in the job, or " +
			"rename the column"},
		{csv("text,y\n\"a,b\nc,d\ne,f\n"),
			`f:2: a quote opens here and is not closed up to line 4: close it, and double the quotes inside quoted fields`},
		{csv("text,y\na,b,c\n"), `f:2: 3 fields: give it 2 as the header has`},
		{tsv("text\ty\ty\na\tb\tc\n"), `f:1: the header has "y" twice, as columns 2 and 3: rename or remove one`},
		{tsv("text,y\na,b\n"), "f:1: the header is divided by commas, not by TABs as tsv is: set `format: csv`, or " +
			"convert it"},
		{tsv("text\ty\na\tb\tc\n"), `f:2: 3 fields: give it 2, divided by TABs, as the header has`},
		{csv("text\na\"b\n"), `f:2: bare " in non-quoted-field: quote fields that hold a comma or a quote, and double ` +
			`the quotes in them`},
		{csv("y\na\n"), "f:1: the header \"y\" has no field \"text\": name the text's field with `text:` in the job"},
		{csv("text,y\n,1\n"), `f:2: no words: write a text or remove the line`},
		{tsv("y\ttext\n1\n"), `f:2: 1 field: give it 2, divided by TABs, as the header has`},
		{tsv("y\n"), "f:1: the header \"y\" has no field \"text\": name the text's field with `text:` in the job"},
		{tsv("y\ttext\n1\t\n"), `f:2: no words: write a text or remove the line`},
		{conll("a x O\nb O\n"), "f:2: 2 columns: give it 3 (word, -, ner), or mend `columns:` in the job"},
		{conll("a x O\nb\u00a0c\u00a0O\n"),
			"f:2: 1 column (U+00A0 divides none): give it 3 (word, -, ner), or mend `columns:` in the job"},
		{conll("a x O\nb c x O\n"), `f:2: 4 columns, where line 1 has 3: divide the columns by TABs if a word holds a blank`},
		{conll("b c x O\na x O\n"), `f:1: 4 columns, where line 2 has 3: divide the columns by TABs if a word holds a blank`},
		{conll("a\tx\tO\nb\tc\tx\tO\n"),
			`f:2: 4 columns, where line 1 has 3: remove the TAB inside a word, or the columns that are too many`},
		{conll("a b O\nc\tx\tO\n"),
			`f:1: no TAB, where line 2 has one: divide all columns of the file by TABs, or all by blanks`},
		{conll("a\tx\tO\n# b\n"),
			`f:2: a comment inside a sentence: write it before the sentence, or an empty line before it`},
		{conll("\tx\tO\n"), `f:1: column word is empty: write the word, or its tag (O for none)`},
		{conll("a\tx\t\n"), `f:1: column ner is empty: write the word, or its tag (O for none)`},
		{seqOf("a\nb\n", "O\n", "p\np\n"),
			`d/seq.out:2: 1 line, and seq.in has 2: give every utterance one line in each file`},
		{seqOf("a b\n", "O\n", "p\n"), `d/seq.out:1: 1 tag for 2 words: give every word of seq.in one tag`},
		{seqOf("\n", "\n", "p\n"), `d/seq.in:1: no words: write the utterance or remove its line from all files`},
		{func() ([]Example, error) { return parseSeq("d", [3]*string{pointer("a\n")}) },
			`d: neither seq.out nor label is there: add the labels`},
		{func() ([]Example, error) { return readSeq(job.DataSet{}, "nowhere", quiet) },
			`nowhere: no such directory: name the directory that holds seq.in, seq.out and label`},
		{func() ([]Example, error) { return readJSONL(textSet, "nowhere", quiet) },
			`nowhere: cannot read it (no such file or directory): check the path; it is relative to the job file`},
		{func() ([]Example, error) { return readCSV(tsvSet, ".", quiet) }, `.: is a directory: name the file in it`},
	} {
		_, err := c.read()
		if err == nil {
			t.Errorf("accepted; want %s", c.want)
		} else if err.Error() != c.want {
			t.Errorf("\n got %s\nwant %s", err, c.want)
		}
	}
}

// An empty file is refused, and a byte order mark is not a word.
func TestWholeFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	marked := write("marked.tsv", "\ufefftext\ty\na\t1\n")
	if got, err := readCSV(tsvSet, marked, quiet); err != nil || len(got) != 1 || got[0].Fields["y"].Text != "1" {
		t.Errorf("got %v, %v", got, err)
	}
	empty := write("empty.tsv", "text\ty\n")
	_, err := read(&job.Job{}, job.DataSet{Name: "s", Format: "tsv", Text: "text", Train: empty})
	want := shortName(empty) + ": no examples in it: put one in"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// A registered format is read, and max_tokens applies to it.
func TestRegister(t *testing.T) {
	job.RegisterFormat(job.Format{Name: "counting"})
	Register("counting", func(_ *job.Job, d job.DataSet) (RawSet, error) {
		return RawSet{Name: d.Name, Train: []Example{
			{Tokens: []string{"one", "two", "three"}, Fields: map[string]Field{"n": {Text: "3"}}},
			{Tokens: []string{"one"}, Fields: map[string]Field{"n": {Text: "1"}}},
		}}, nil
	})
	j, err := job.Parse("job.yaml",
		[]byte("data: {d: {format: counting, max_tokens: 2}}\ntasks: [{name: n, kind: classification, field: n}]\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	p, raw, err := Prepare(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := p.Sets[0].Train; c.Len() != 2 || len(c.Words) != 3 || raw.Sets[0].Train[0].Cut != 1 {
		t.Errorf("%d examples with %d words, %d cut", c.Len(), len(c.Words), raw.Sets[0].Train[0].Cut)
	}
}

// A format without a reader in this program is an error at its place in the job.
func TestFormatWithoutReader(t *testing.T) {
	j, err := job.Parse("job.yaml",
		[]byte("data: {d: {format: godoc}}\ntasks: [{name: n, kind: classification, field: n}]\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Prepare(t.Context(), j, nil); err == nil || !strings.Contains(err.Error(),
		"job.yaml:1:20: this program cannot read the format godoc") {
		t.Errorf("%v", err)
	}
}
