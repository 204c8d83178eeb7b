package data

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"braid/job"
)

// lengths is an input of one id per word: its length in bytes, up to the longest of training.
type lengths int

func (l lengths) Size() int         { return int(l) + 1 }
func (l lengths) Entries() []string { return []string{strconv.Itoa(int(l))} }
func (l lengths) Append(dst []uint32, word string) []uint32 {
	return append(dst, uint32(min(len(word), int(l))))
}

func init() {
	RegisterInput("lengths", InputKind{
		func(words iter.Seq2[string, int]) Input {
			longest := 0
			for w := range words {
				longest = max(longest, len(w))
			}
			return lengths(longest)
		},
		func(entries []string) (Input, error) {
			if len(entries) != 1 {
				return nil, fmt.Errorf("%d entries", len(entries))
			}
			n, err := strconv.Atoi(entries[0])
			return lengths(n), err
		},
	})
	job.RegisterEncoder("both", "characters", "lengths")
}

const bothJob = `
data: {d: {format: jsonl, tokens: words, train: train.jsonl, lower: true, max_tokens: 3}}
encoder: {kind: both}
tasks: [{name: y, kind: classification, field: y}]
`

var bothFiles = map[string]string{"train.jsonl": `{"words":["Aab","ba","é","out"],"y":"p"}
{"words":["éa"],"y":"q"}
`}

// Columns have the ids of each word in the form that the data set looks up. Words that
// max_tokens cuts off are not counted.
func TestColumns(t *testing.T) {
	p, err := preparedInputs(t)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Vocab.Input("characters").Entries(); !slices.Equal(got, []string{"a", "b", "é"}) {
		t.Errorf("characters %q", got)
	}
	c := p.Sets[0].Train
	want := []Column{
		{Off: []uint32{0, 3, 5, 6, 8}, IDs: []uint32{1, 1, 2, 2, 1, 3, 3, 1}},
		{Off: []uint32{0, 1, 2, 3, 4}, IDs: []uint32{3, 2, 2, 3}},
	}
	if d := cmp.Diff(want, c.Columns); d != "" {
		t.Error(d)
	}
	b := NewBuilder(p.Vocab, ReadingOf(job.DataSet{}), 1)
	b.Word("axé")
	b.EndText()
	b.EndText()
	want = []Column{{Off: []uint32{0, 3, 3}, IDs: []uint32{1, 0, 3}}, {Off: []uint32{0, 1, 2}, IDs: []uint32{3, 0}}}
	if d := cmp.Diff(want, b.Corpus().Columns); d != "" {
		t.Errorf("unknown words: %s", d)
	}
	if p.Vocab.Input("other") != nil {
		t.Error("an input that nobody named")
	}
}

func preparedInputs(t *testing.T) (*Prepared, error) {
	t.Helper()
	p, text := prepared(t, bothJob, bothFiles)
	if text != "" {
		return nil, fmt.Errorf("%s", text)
	}
	return p, nil
}

// Inputs and columns survive the binary form and the JSON form, and are part of the digest.
func TestInputsTravel(t *testing.T) {
	p, err := preparedInputs(t)
	if err != nil {
		t.Fatal(err)
	}
	wire, _ := p.Vocab.MarshalBinary()
	text, _ := json.Marshal(p.Vocab)
	var sent, saved Vocab
	if err := sent.UnmarshalBinary(wire); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &saved); err != nil {
		t.Fatal(err)
	}
	for _, v := range []*Vocab{&sent, &saved} {
		for _, name := range []string{"characters", "lengths"} {
			if got, want := v.Input(name).Entries(), p.Vocab.Input(name).Entries(); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
	for n := range wire {
		if new(Vocab).UnmarshalBinary(wire[:n]) == nil {
			t.Errorf("the first %d of %d bytes are a vocabulary", n, len(wire))
		}
	}
	for _, damage := range [][2]string{{`"a"`, `"ab"`}, {`"a"`, `""`}, {`"a"`, `"b"`}, {`"characters"`, `"colours"`},
		{`["3"]`, `[]`}} {
		bad := strings.Replace(string(text), damage[0], damage[1], 1)
		if bad == string(text) || json.Unmarshal([]byte(bad), new(Vocab)) == nil {
			t.Errorf("%s in place of %s is accepted", damage[1], damage[0])
		}
	}

	c := p.Sets[0].Train
	b, _ := c.MarshalBinary()
	without := *c
	without.Columns = nil
	plain, _ := without.MarshalBinary()
	for n := range b {
		if new(Corpus).UnmarshalBinary(b[:n]) == nil && n != len(plain) {
			t.Errorf("the first %d of %d bytes are a corpus", n, len(b))
		}
	}
	var again Corpus
	if err := again.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c.Columns, again.Columns); d != "" {
		t.Error(d)
	}
	for _, damage := range []func(*Column){
		func(c *Column) { c.IDs = c.IDs[:1] },
		func(c *Column) { c.Off = c.Off[:2] },
		func(c *Column) { c.Off[1] = 99 },
	} {
		bad := *c
		bad.Columns = []Column{{slices.Clone(c.Columns[0].Off), c.Columns[0].IDs}}
		damage(&bad.Columns[0])
		b, _ := bad.MarshalBinary()
		if new(Corpus).UnmarshalBinary(b) == nil {
			t.Errorf("%+v is accepted", bad.Columns[0])
		}
	}

	before := p.Digest.Numbers
	c.Columns[0].IDs[0]++
	if hashNumbers(p) == before {
		t.Error("the digest does not depend on the columns")
	}
}

// A vocabulary is refused for an encoder that reads other inputs.
func TestCheckInputs(t *testing.T) {
	p, err := preparedInputs(t)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Vocab.Check(job.Encoder{Kind: "both"}); err != nil {
		t.Error(err)
	}
	if p.Vocab.Check(job.Encoder{Kind: "lstm"}) == nil || new(Vocab).Check(job.Encoder{Kind: "both"}) == nil {
		t.Error("a vocabulary with other inputs is accepted")
	}
}
