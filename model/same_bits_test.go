package model

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"braid/data"
	"braid/job"
)

// everyFormat is a job over a data set of each format that gives texts or words, with texts that
// tokenizers may cut differently: double blanks, no-break spaces, marks inside words, emoji,
// numbers that training has not, other cases, and texts beyond max_tokens.
const everyFormat = `
data:
  conll: {format: conll, columns: [word, tag], train: a.conll, dev: a.conll, max_tokens: 6}
  seq: {format: seq, train: seq, dev: seq}
  words: {format: jsonl, tokens: tokens, train: words.jsonl, dev: words.jsonl, lower: true}
  texts: {format: jsonl, train: texts.jsonl, dev: texts.jsonl}
  blanks: {format: csv, train: texts.csv, dev: texts.csv, tokenizer: space, lower: true}
encoder: {word: {dim: 6}, lstm: {hidden: 5, bidirectional: true}}
tasks:
  - {name: conll, kind: tagging, data: conll, field: tag, decoder: crf}
  - {name: slots, kind: tagging, data: seq, field: tags, reads: [intent, texts]} # texts is of another data set
  - {name: intent, kind: classification, data: seq, field: label}
  - {name: words, kind: tagging, data: words, field: tags, scheme: plain}
  - {name: texts, kind: classification, data: texts, field: label, pooling: attention}
  - {name: blanks, kind: classification, data: blanks, field: label, pooling: mean}
training: {batch: 4, shards: 2, steps: 1}
`

var everyFormatFiles = map[string]string{
	"a.conll": "in\tO\nSt.\tB-LOC\nJohn's\tI-LOC\n,\tO\n10\u00a0km\tO\n" +
		"\u3000\tO\nOslo\tB-LOC\n\n@user\tO\nhttp://x.y/z?q=1\tO\n:-)\tO\n\n",
	"seq/seq.in":  "rate  this 4 of 6 \nplay R&B's best-of in 1999\n",
	"seq/seq.out": "O O B-num O B-num\nO B-genre O O B-year\n",
	"seq/label":   "rate\nplay\n",
	"words.jsonl": `{"tokens": ["Don't", "U.S.A.", "\u00a35", "caf\u00e9", "\ud83d\ude00!", "e.g."], ` +
		`"tags": ["a", "b", "a", "b", "a", "b"]}` + "\n",
	"texts.jsonl": `{"text": "Don't pay \u00a35.50, ok? good\u200d\ud83d\ude00", "label": "x"}` + "\n" +
		`{"text": "co\u00adop, 3.14\u00a0km \ud83d\udc69\u200d\ud83d\udcbb", "label": "y"}` + "\n",
	"texts.csv": "text,label\n\"Don't pay 5.50, ok?\",x\nCO-OP 10\u00a0km,y\n",
}

// The words of an example are the same whether a file is scored, its text is predicted or its
// words are, and so are the bits of the answers, with any other texts in the block.
func TestSameBitsByTextWordsAndScore(t *testing.T) {
	dir := t.TempDir()
	for name, text := range everyFormatFiles {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, set := range [][]string{nil, {"encoder.word.features=hashed"},
		{"encoder.word.features=hashed", "encoder.char.kind=conv"}} {
		j, err := job.Parse(filepath.Join(dir, "job.yaml"), []byte(everyFormat), set)
		if err != nil {
			t.Fatal(err)
		}
		sameBits(t, j)
	}
}

// sameBits holds every dev example of a job, by text and by words, against its score.
func sameBits(t *testing.T, j *job.Job) {
	t.Helper()
	p, raw, err := data.Prepare(context.Background(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := newModel(j, p)
	predictor, engine := m.predictor(p.Vocab, Limits{Passes: 2}), m.engine(2)
	for s, set := range raw.Sets {
		corpus, reading := p.Sets[s].Dev, data.ReadingOf(j.Data[s])
		var texts, words []Text
		for _, e := range set.Dev {
			text := e.Text
			if text == "" {
				text = strings.Join(e.Tokens, " ")
			}
			texts, words = append(texts, Text{Text: text}), append(words, Joined(e.Tokens))
		}
		byText, byWords := predictor.mustAnswer(t, texts...), predictor.mustAnswer(t, words...)
		for i := range set.Dev {
			for _, task := range j.TasksOf(s) {
				a, b := byText[i].Tasks[task], byWords[i].Tasks[task]
				again := data.NewBuilder(p.Vocab, reading, 1)
				for _, w := range a.Words {
					again.Word(w.Text)
				}
				if d := cmp.Diff(corpus.Example(i), again.Corpus().Words); d != "" {
					t.Fatalf("%s: %q is scored and predicted as other words: %s", set.Name, texts[i].Text, d)
				}
				ignore := cmpopts.IgnoreFields(TaskAnswer{}, "Words", "Entities") // offsets differ
				if d := cmp.Diff(a, b, ignore); d != "" {
					t.Fatalf("%s: %q by text and by words: %s", set.Name, texts[i].Text, d)
				}
				if a.Truncated != (set.Dev[i].Cut > 0) {
					t.Errorf("%s: %q: truncated %v", set.Name, texts[i].Text, a.Truncated)
				}
				alone := predictor.mustAnswer(t, texts[i])[0].Tasks[task]
				if d := cmp.Diff(a, alone); d != "" {
					t.Fatalf("%s: %q among others and alone: %s", set.Name, texts[i].Text, d)
				}
			}
		}
		scores, err := engine.Scores(t.Context(), p.Sets, []ExampleBlock{{Set: s, Split: job.Dev, Hi: corpus.Len()}}, false)
		if err != nil {
			t.Fatal(err)
		}
		for at, task := range j.TasksOf(s) {
			metrics, _, _ := scores[0].Of(task)
			if want := accuracy(p, corpus, at, task, byText); metrics["accuracy"] != want {
				t.Errorf("%s: accuracy %v by its score, %v by its answers", j.Tasks[task].Name, metrics["accuracy"], want)
			}
		}
	}
}

// accuracy counts the right answers of a task, which is target at of a corpus; words that are
// left out count as wrong.
func accuracy(p *data.Prepared, c *data.Corpus, at, task int, answers []Prediction) float64 {
	right, all := 0, 0
	count := func(gold int32, got string) {
		if all++; p.Labels[task].Name(gold) == got {
			right++
		}
	}
	target := &c.Targets[at]
	for i := range answers {
		a := answers[i].Tasks[task]
		if a.Kind == "classification" {
			count(target.Class[i], a.Label)
			continue
		}
		for k, gold := range target.Tags[c.Offsets[i]:c.Offsets[i+1]] {
			count(gold, a.Tags[k])
		}
		all += len(target.Beyond(uint32(i)))
	}
	return float64(right) / float64(all)
}

// A task whose data set reads texts otherwise answers with words of its own.
func TestEachTaskReadsItsOwnWords(t *testing.T) {
	j, p := small(t)
	j.Data = append(j.Data, j.Data[0])
	j.Data[1].Name, j.Data[1].Tokenizer, j.Data[1].MaxTokens = "other", "unicode", 2
	j.Tasks[1].Data = "other"
	a := newModel(j, p).predictor(p.Vocab, Limits{Passes: 1}).mustAnswer(t, Text{Text: "w1,w2 w3"})[0]
	got := fmt.Sprint(a.Words, a.Tasks[0].Words, a.Tasks[1].Words, a.Tasks[0].Truncated, a.Tasks[1].Truncated, a.Truncated)
	if want := "[{w1,w2 0 5} {w3 6 8}] [{w1,w2 0 5} {w3 6 8}] [{w1 0 2} {, 2 3}] false true true"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// The same on excerpts of the real data, as the examples read them.
func TestSameBitsOfRealData(t *testing.T) {
	overrides := map[string][]string{}
	for name, form := range map[string]string{"snips": "%s/%s", "wnut17": "%s/%s.conll", "trec": "%s/%s.tsv"} {
		for key, split := range map[string]string{"train": "train", "dev": "dev", "test": "test"} {
			if name == "snips" && key == "dev" {
				split = "valid"
			}
			path, err := filepath.Abs(filepath.Join("../testdata/excerpts", fmt.Sprintf(form, name, split)))
			if err != nil {
				t.Fatal(err)
			}
			overrides[name] = append(overrides[name], fmt.Sprintf("data.%s.%s=%s", name, key, path))
		}
	}
	for name, set := range overrides {
		t.Run(name, func(t *testing.T) {
			j, err := job.Load("../examples/"+name+".yaml", append(set, "encoder.lstm.hidden=8", "encoder.word.dim=8")...)
			if err != nil {
				t.Fatal(err)
			}
			sameBits(t, j)
		})
	}
}
