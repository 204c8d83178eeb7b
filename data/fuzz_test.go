package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"braid/job"
)

// sound checks that every example has words, and every error a place.
func sound(t *testing.T, examples []Example, err error) {
	var place *Error
	if err != nil && !errors.As(err, &place) {
		t.Errorf("an error without a place: %v", err)
	}
	for _, e := range examples {
		if err == nil && len(e.Tokens) == 0 {
			t.Errorf("an example without words at line %d", e.Line)
		}
	}
}

func FuzzJSONL(f *testing.F) {
	f.Add(`{"text":"a b","y":1}`)
	f.Add("{\"text\":\"a\",\"l\":[\"b\"]}\n\nnull")
	f.Add(`{"text":1e999}`)
	f.Fuzz(func(t *testing.T, text string) {
		examples, err := parseJSONL(textSet, "f", text)
		sound(t, examples, err)
		examples, err = parseJSONL(job.DataSet{Tokens: "text"}, "f", text)
		sound(t, examples, err)
	})
}

// The fields of an object are those that encoding/json reads, unless a key is repeated.
func FuzzFields(f *testing.F) {
	f.Add(`{"text":"a\ud800\u00e9","y":1e400,"z":[{}],"":null}`)
	f.Add(`{"a":[1,"b"],"a":true} `)
	f.Fuzz(func(t *testing.T, line string) {
		fields, err := parseFields(line)
		var object map[string]any
		dec := json.NewDecoder(strings.NewReader(line))
		dec.UseNumber()
		want := dec.Decode(&object)
		if _, end := dec.Token(); want == nil && (end != io.EOF || object == nil) {
			want = errors.New("more, or null")
		}
		var twice *wrongJSON
		if (err == nil) != (want == nil) && !errors.As(err, &twice) {
			t.Fatalf("%q: got %v, encoding/json says %v", line, err, want)
		}
		if err != nil {
			return
		}
		for name, v := range object {
			f, given := fields[name]
			if given != (v != nil) {
				t.Errorf("%q: field %q is given: %v", line, name, given)
			}
			if s, ok := v.(string); ok && f.Text != s {
				t.Errorf("%q: got %q, encoding/json says %q", line, f.Text, s)
			}
		}
		if len(fields) > len(object) {
			t.Errorf("%q: %d fields of %d", line, len(fields), len(object))
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add("text,y\n\"a\"\"b\",1\n")
	f.Add("text\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		examples, err := parseCSV(job.DataSet{Text: "text"}, "f", text)
		sound(t, examples, err)
	})
}

func FuzzTSV(f *testing.F) {
	f.Add("y\ttext\n1\ta b\n")
	f.Add("text\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		examples, err := parseTSV(tsvSet, "f", text)
		sound(t, examples, err)
	})
}

func FuzzCoNLL(f *testing.F) {
	f.Add("a\tx\tB-P\n\t\nb y O\n")
	f.Add("-DOCSTART-\na")
	f.Fuzz(func(t *testing.T, text string) {
		examples, err := parseCoNLL(conllSet, "f", text, quiet)
		sound(t, examples, err)
		for _, e := range examples {
			if err == nil && len(e.Fields["ner"].List) != len(e.Tokens) {
				t.Errorf("%d tags for %d words", len(e.Fields["ner"].List), len(e.Tokens))
			}
		}
	})
}

func FuzzSeq(f *testing.F) {
	f.Add("a b\nc\n", "O B-x\nO\n", "p\nq\n")
	f.Add("a", "", "")
	f.Fuzz(func(t *testing.T, in, out, label string) {
		examples, err := parseSeq("d", [3]*string{&in, &out, &label})
		sound(t, examples, err)
		examples, err = parseSeq("d", [3]*string{&in, nil, &label})
		sound(t, examples, err)
	})
}

// again unmarshals b. If that is accepted, marshalling the result and reading it again must
// give the same.
func again(t *testing.T, b []byte, empty func() binaryForm) {
	x := empty()
	if x.UnmarshalBinary(b) != nil {
		return
	}
	once, err := x.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	y := empty()
	if err := y.UnmarshalBinary(once); err != nil {
		t.Fatalf("refuses its own bytes: %v", err)
	}
	twice, _ := y.MarshalBinary()
	if !bytes.Equal(once, twice) {
		t.Fatalf("%x became %x", once, twice)
	}
}

type binaryForm = interface {
	MarshalBinary() ([]byte, error)
	UnmarshalBinary([]byte) error
}

func FuzzVocab(f *testing.F) {
	v := vocabOf(job.Word{MinCount: 1, Unknown: 0.5, Digits: "keep"}, "a b a 10 20")
	b, _ := v.MarshalBinary()
	f.Add(b)
	v.inputs = []vocabInput{{"characters", "", newCharacters([]rune("aé"))}, {"lengths", "", lengths(3)},
		{"column.pos", "pos", newValues([]string{"NN", "VB"})}}
	b, _ = v.MarshalBinary()
	f.Add(b)
	v.pretrained, v.fixed, v.given = true, []string{"c"}, make([]bool, v.Trained())
	v.given[shapes], v.rare = true, append(v.rare, true)
	b, _ = v.MarshalBinary()
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		again(t, b, func() binaryForm { return &Vocab{} })
		v := &Vocab{}
		if v.UnmarshalBinary(b) != nil {
			return
		}
		for _, id := range v.Unknowns() { // of any vocabulary from the network
			if int(id) >= v.Len() {
				t.Errorf("id %d of %d", id, v.Len())
			}
		}
		v.ID("A1")
	})
}

func FuzzLabels(f *testing.F) {
	b, _ := NewLabels([]string{"O", "B-x", "I-x"}).MarshalBinary()
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) { again(t, b, func() binaryForm { return &Labels{} }) })
}

func FuzzCorpus(f *testing.F) {
	c := sampleCorpus()
	b, _ := c.MarshalBinary()
	f.Add(b)
	column := Column{Off: make([]uint32, len(c.Words)+1), IDs: []uint32{1, 2}}
	column.Off[len(c.Words)] = 2
	c.Columns = []Column{column}
	b, _ = c.MarshalBinary()
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) { again(t, b, func() binaryForm { return &Corpus{} }) })
}
