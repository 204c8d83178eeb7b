package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"braid/job"
	"braid/model"
	"braid/train"
)

// untrained saves a model of the tiny job with its initial parameters.
func untrained(t testing.TB, overrides ...string) (dir string, b *model.Bundle) {
	t.Helper()
	j, err := job.Load("testdata/tiny/tiny.yaml", overrides...)
	if err != nil {
		t.Fatal(err)
	}
	setup, err := train.Open(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	b = &model.Bundle{Architecture: setup.Arch, Params: setup.Arch.Start(), Vocab: setup.Data.Vocab}
	dir = t.TempDir()
	if err := model.SaveBundle(dir, b); err != nil {
		t.Fatal(err)
	}
	return dir, b
}

// predict runs braid predict - --json over a stream and returns the answers.
func predict(t testing.TB, dir string, in io.Reader) (answers []map[string]any, err error) {
	t.Helper()
	out, errCreate := os.Create(filepath.Join(t.TempDir(), "out"))
	if errCreate != nil {
		t.Fatal(errCreate)
	}
	defer out.Close()
	err = predictCommand{Model: dir, JSON: true, Workers: 1}.Run(t.Context(), streams{in: in, out: out, err: io.Discard})
	text, errRead := os.ReadFile(out.Name())
	if errRead != nil {
		t.Fatal(errRead)
	}
	for line := range strings.Lines(string(text)) {
		var a map[string]any
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		answers = append(answers, a)
	}
	return answers, err
}

// Each line has one answer, in order: a prediction or an error.
func TestOneAnswerALine(t *testing.T) {
	dir, _ := untrained(t)
	long := strings.Repeat("x", maxLine+10)
	const place = "standard input: line %d: "
	for _, c := range []struct{ name, line, text, err string }{
		{"text", "play Bach", "play Bach", ""},
		{"blank", "", "", "no words: write a text"},
		{"blanks", " \t", " \t", "no words: write a text"},
		{"invisible", "\u200b", "\u200b", "no words: write a text"},
		{"CR LF", "play Bach\r", "play Bach", ""},
		{"blanks around", "  play Bach ", "  play Bach ", ""},
		{"control characters", "play \x1b[31m Bach", "play \x1b[31m Bach", ""},
		{"object", `{"text": "play Bach"}`, "play Bach", ""},
		{"object behind blanks", `  {"text": "play Bach"}`, "play Bach", ""},
		{"no text", `{"text": ""}`, "", "no words: write a text"},
		{"blank text", `{"text": " "}`, " ", "no words: write a text"},
		{"words", `{"tokens": ["play", "Bach"]}`, "play Bach", ""},
		{"no words", `{"tokens": []}`, "", `no text: write {"text": "…"} or {"tokens": ["…"]}`},
		{"empty word", `{"tokens": ["a", ""]}`, "", `word 2 of "tokens" is empty: remove it`},
		{"null", `{"text": null}`, "", `no text: write {"text": "…"} or {"tokens": ["…"]}`},
		{"other case", `{"Text": "a"}`, "", `no text: write {"text": "…"} or {"tokens": ["…"]}`},
		{"number", `{"text": 5}`, "", `"text" is not a string: write one`},
		{"text for words", `{"tokens": "a b"}`, "", `"tokens" is not a list of strings: write one`},
		{"twice", `{"text": "a", "text": "b"}`, "", `the key "text" appears twice in the object: rename or remove one`},
		{"cut off", `{"text": "a`, "", "not JSON (the object is incomplete): write"},
		{"more", `{"text": "a"} {}`, "", "not JSON (text after the object): write"},
		{"no JSON", `{text}`, "", "not JSON ("},
		{"deep", `{"x": ` + strings.Repeat("[", 100_000), "", "not JSON ("},
		{"Latin-1", "caf\xe9", "", "not UTF-8: convert the text (from Latin-1: iconv"},
		{"Latin-1 in JSON", "{\"text\": \"caf\xe9\"}", "", "not UTF-8: convert the text"},
		{"NUL", "p\x00l\x00", "", "a NUL byte: this is no text"},
		{"byte order mark", "\ufeffplay", "", "a byte order mark inside the stream"},
		{"too long", long, "", "longer than 16777216 bytes: write one text per line"},
		{"list", "[1, 2]", "[1, 2]", ""},
	} {
		// The line is between two others, which must be answered in each case.
		answers, err := predict(t, dir, strings.NewReader("first\n"+c.line+"\nlast"))
		if len(answers) != 3 || answers[0]["text"] != "first" || answers[2]["text"] != "last" || answers[2]["tasks"] == nil {
			t.Errorf("%s: %d answers: %.300v", c.name, len(answers), answers)
			continue
		}
		a := answers[1]
		got, _ := a["error"].(string)
		if c.err == "" && (got != "" || a["text"] != c.text || a["tasks"] == nil || err != nil) {
			t.Errorf("%s: %.300v, %v", c.name, a, err)
		}
		if want := fmt.Sprintf(place, 2) + c.err; c.err != "" && (!strings.HasPrefix(got, want) || a["tasks"] != nil ||
			err == nil || !strings.HasPrefix(err.Error(), "1 of 3 lines have no answer; the first: "+want)) {
			t.Errorf("%s: %.300v, %v", c.name, a, err)
		}
		if text, ok := a["text"]; c.err != "" && ok && text != c.text {
			t.Errorf("%s: text %q", c.name, text)
		}
	}
}

// The first line of a stream is treated like the first line of a data file.
func TestStartOfStream(t *testing.T) {
	dir, _ := untrained(t)
	for in, want := range map[string]string{
		"\ufeff{\"text\": \"play Bach\"}\n":      "",
		"\ufeffplay Bach\n":                      "",
		"\xff\xfep\x00l\x00\n\x00":               "is UTF-16 (little endian), not text in UTF-8: convert it",
		"\xfe\xff\x00p\x00l\x00\n":               "is UTF-16 (big endian), not text in UTF-8",
		"p\x00l\x00a\x00y\x00 \x00B\x00\n\x00":   "is UTF-16 without a byte order mark, not UTF-8",
		"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\n": "is a gzip file, not text in UTF-8: unpack it",
	} {
		answers, _ := predict(t, dir, strings.NewReader(in))
		got, _ := answers[0]["error"].(string)
		if want == "" && (got != "" || answers[0]["text"] != "play Bach" ||
			fmt.Sprint(answers[0]["tokens"]) != "[play Bach]") {
			t.Errorf("%q: %v", in, answers[0])
		}
		if want != "" && !strings.HasPrefix(got, "standard input: line 1: "+want) {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// Other fields of a JSON line are copied to its answer, also if the line is invalid, except those with the
// name of a field of the answer.
func TestFieldsPassThrough(t *testing.T) {
	dir, _ := untrained(t)
	in := `{"id": 12345678901234567890, "meta": {"a": [1, {"b": null}], "<x>": "\u00e9"}, "text": "play Bach", ` +
		`"tasks": 1,` +
		` "error": "old", "truncated": true}
{"id": "b", "text": ""}
{"tokens": ["in", "Cairo"], "text": "in  Cairo!", "id": null}
{"tokens": ["in", "Cairo"], "text": "elsewhere"}
`
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	err = predictCommand{Model: dir, JSON: true, Workers: 1}.Run(t.Context(),
		streams{in: strings.NewReader(in), out: out, err: io.Discard})
	if err == nil || err.Error() != "1 of 4 lines have no answer; the first: standard input: line 2: no words: write "+
		"a text" {
		t.Errorf("error %v", err)
	}
	text, _ := os.ReadFile(out.Name())
	lines := strings.Split(string(text), "\n")
	for i, want := range []string{
		`{"id":12345678901234567890,"meta":{"a":[1,{"b":null}],"<x>":"\u00e9"},"text":"play ` +
			`Bach","tokens":["play","Bach"],"tasks":{`,
		`{"id":"b","text":"","error":"standard input: line 2: no words: write a text"}`,
		`{"id":null,"text":"in  Cairo!","tokens":["in","Cairo"],"tasks":{`,
		`{"text":"in Cairo","tokens":["in","Cairo"],"tasks":{`,
	} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d: %s\nwant %s", i+1, lines[i], want)
		}
	}
}

// An answer is written as soon as its line has arrived, while the stream stays open.
func TestAnswersAtOnce(t *testing.T) {
	dir, _ := untrained(t)
	in, write := io.Pipe()
	read, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- predictCommand{Model: dir, JSON: true, Workers: 1}.Run(t.Context(),
			streams{in: in, out: out, err: io.Discard})
		out.Close()
	}()
	answers := bufio.NewReader(read)
	_ = read.SetReadDeadline(time.Now().Add(time.Minute))
	for _, line := range []string{"play Bach\n", "\n", "{\"text\": \"in Cairo\"}\n", "{\n"} {
		if _, err := io.WriteString(write, line); err != nil {
			t.Fatal(err)
		}
		if _, err := answers.ReadString('\n'); err != nil {
			t.Fatalf("no answer to %q: %v", line, err)
		}
	}
	write.Close()
	if err := <-done; err == nil || !strings.HasPrefix(err.Error(), "2 of 4 lines have no answer") {
		t.Errorf("error %v", err)
	}
}

// Ctrl-C ends a prediction that waits for input.
func TestPredictIsInterrupted(t *testing.T) {
	dir, _ := untrained(t)
	in, write := io.Pipe()
	defer write.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- predictCommand{Model: dir, JSON: true, Workers: 1}.Run(ctx, streams{in: in, out: os.Stdout, err: io.Discard})
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// repeated is a reader that repeats a text up to a number of bytes.
func repeated(unit string, bytes int64) io.Reader {
	return io.LimitReader(endless(unit), bytes)
}

type endless string

func (e endless) Read(b []byte) (int, error) {
	for n := 0; ; {
		k := copy(b[n:], e)
		if n += k; n == len(b) || k < len(e) {
			return n, nil
		}
	}
}

// A line of any length needs bounded memory.
func TestLongLineTakesLittleMemory(t *testing.T) {
	dir, _ := untrained(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	answers, err := predict(t, dir, io.MultiReader(repeated("word ", 1<<28), strings.NewReader("\nplay Bach\n")))
	runtime.ReadMemStats(&after)
	if len(answers) != 2 || err == nil || answers[1]["tasks"] == nil {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 16*maxLine {
		t.Errorf("%d bytes for a line of %d", spent, 1<<28)
	}
}

// longTexts returns lines of n words in all forms of input.
var longTexts = map[string]func(words int) string{
	"text":  func(n int) string { return strings.Repeat("in Bach ", n/2) },
	"words": func(n int) string { return `{"tokens":["a"` + strings.Repeat(`,"Bach"`, n) + "]}" },
	"words and text": func(n int) string {
		return `{"tokens":["a"` + strings.Repeat(`,"b"`, n) + `],"text":"a` + strings.Repeat(" b", n) + `"}`
	},
	"entities": func(n int) string { return strings.Repeat("Bach Paris ", n/2) },
}

const longTextLimit = 65535

// A text of a million words is answered from its first words and marked as truncated. BenchmarkLongTexts
// measures the time.
func TestLongTexts(t *testing.T) {
	dir, _ := untrained(t, fmt.Sprintf("data.made.max_tokens=%d", longTextLimit))
	for name, line := range longTexts {
		for _, n := range []int{6_000, 1_000_000} {
			answers, err := predict(t, dir, strings.NewReader(line(n)))
			if err != nil || len(answers) != 1 || (answers[0]["truncated"] == true) != (n > longTextLimit) ||
				len(answers[0]["tokens"].([]any)) < min(n, longTextLimit) {
				t.Errorf("%s of %d words: %d answers, %v", name, n, len(answers), err)
			}
		}
	}
}

// BenchmarkLongTexts shows that the time of an answer is linear in the length of the text: ns/word does not
// grow with the number of words.
func BenchmarkLongTexts(b *testing.B) {
	dir, _ := untrained(b, fmt.Sprintf("data.made.max_tokens=%d", longTextLimit))
	for name, line := range longTexts {
		for _, n := range []int{6_000, 60_000, 1_000_000} {
			text := line(n)
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(name, " ", "_"), n), func(b *testing.B) {
				for b.Loop() {
					if _, err := predict(b, dir, strings.NewReader(text)); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/word")
			})
		}
	}
}

// Offsets refer to the text as given, with all characters between the words.
func TestOffsetsAreOfTheText(t *testing.T) {
	_, b := untrained(t)
	p := b.Predictor(model.Limits{Passes: 1})
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom([]rune("Bé \u00a0\u200b\u200d\ufeff\U0001f600x1'.\t\u0301"))).Draw(t,
			"text"))
		answers, err := p.Answer(ctx, []model.Text{{Text: text}})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range answers[0].Tasks {
			for _, e := range a.Entities {
				if text[e.StartByte:e.EndByte] != e.Text || string([]rune(text)[e.Start:e.End]) != e.Text {
					t.Fatalf("%+q: %+v", text, e)
				}
			}
		}
	})
}

// A model whose answers are not finite gives errors, never numbers.
func TestAnswersAreFinite(t *testing.T) {
	_, b := untrained(t)
	for _, value := range []float32{float32(math.NaN()), float32(math.Inf(1)), math.MaxFloat32} {
		for _, g := range b.Params.Groups {
			for i := range g.Data {
				g.Data[i] = value
			}
		}
		a := answerer{predictor: b.Predictor(model.Limits{Passes: 1}), out: new(bytes.Buffer), write: writeObject}
		if err := a.answer(t.Context(), []question{askText("play Bach")}); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(a.out); !strings.Contains(got, `"error":"TEXT: task topic: the answer is`) ||
			strings.Contains(got, "tasks") || a.failed(1) == nil {
			t.Errorf("%v: %s, %v", value, got, a.failed(1))
		}
	}
}

// evaluate gives an error, and no score, for answers that are not finite.
func TestScoresAreFinite(t *testing.T) {
	dir, _ := untrained(t)
	c := evaluateCommand{Model: dir, Data: []string{"testdata/tiny/dev.jsonl"}, JSON: true, Workers: 1}
	if err := c.Run(t.Context(), streams{out: os.Stderr}); err != nil {
		t.Fatal(err)
	}
	dir, b := untrained(t)
	for _, g := range b.Params.Groups {
		for i := range g.Data {
			g.Data[i] = math.MaxFloat32
		}
	}
	if err := model.SaveBundle(dir, b); err != nil {
		t.Fatal(err)
	}
	c.Model = dir
	if err := c.Run(t.Context(), streams{out: os.Stderr}); err == nil ||
		!strings.Contains(err.Error(), "task names: the loss is NaN: the weights are too large or damaged") {
		t.Errorf("error %v", err)
	}
}

// Any line is either a text or an error, and its JSON answer is JSON on one line.
func FuzzAskLine(f *testing.F) {
	for _, line := range []string{"play Bach\r\n", "", `{"text": "a", "id": [1]}`, `{"tokens": ["a"], "text": "b a"}`,
		`{"a": 1, "a": 2}`, "{", "\ufeff{}", "\xff", "\x00", `{"tokens": [""]}`, `{"text":"\ud800"}`} {
		f.Add(line, 1)
		f.Add(line, 2)
	}
	_, b := untrained(f)
	a := answerer{predictor: b.Predictor(model.Limits{Passes: 1}), write: writeObject}
	f.Fuzz(func(t *testing.T, line string, number int) {
		q := askLine(number, []byte(line), nil)
		if q.err == nil && (!q.known || q.text.Words == nil && strings.TrimSpace(q.text.Text) == "") {
			t.Fatalf("%q is accepted as %+v", line, q)
		}
		for _, w := range q.text.Words {
			if w.Text == "" || q.text.Text[w.Start:w.End] != w.Text {
				t.Fatalf("%q: word %+v of %q", line, w, q.text.Text)
			}
		}
		var out bytes.Buffer
		a.out = &out
		if err := a.answer(t.Context(), []question{q}); err != nil {
			t.Fatal(err)
		}
		var answer map[string]any
		if err := json.Unmarshal(out.Bytes(), &answer); err != nil || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
			t.Fatalf("%q: %v: %s", line, err, out.Bytes())
		}
		if _, failed := answer["error"]; failed == (answer["tasks"] != nil) {
			t.Fatalf("%q: %s", line, out.Bytes())
		}
	})
}

// The report of a training shows the beginning of a long text, and the reason if the model has no answer.
func TestReportShowsSomeOfEachText(t *testing.T) {
	_, b := untrained(t)
	setup, err := train.Open(t.Context(), b.Job, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw := setup.Raw
	long := raw.Sets[0].Test[:1]
	long[0].Tokens = strings.Fields(strings.Repeat("word ", 1000))
	raw.Sets[0].Test = long
	var out bytes.Buffer
	if first, err := showExamples(t.Context(), &out, setup, b); err != nil || first != "your text" ||
		out.Len() > 2000 || !strings.Contains(out.String(), "…") {
		t.Errorf("%d bytes, to ask %.50q: %.200s", out.Len(), first, &out)
	}
	for _, g := range b.Params.Groups {
		for i := range g.Data {
			g.Data[i] = math.MaxFloat32
		}
	}
	out.Reset()
	if _, err := showExamples(t.Context(), &out, setup, b); err != nil ||
		!strings.Contains(out.String(), "no answer: task topic: the answer is") {
		t.Errorf("%.300s", &out)
	}
}

// A text on the command line must be UTF-8, like one in a stream.
func TestArgumentsAreUTF8(t *testing.T) {
	dir, _ := untrained(t)
	var errs strings.Builder
	code := execute(t.Context(), []string{"predict", dir, "caf\xe9"},
		streams{in: strings.NewReader(""), out: os.Stdout, err: &errs})
	if want := `braid: argument 3, "caf\xe9", is not UTF-8: `; code != 2 || !strings.HasPrefix(errs.String(), want) {
		t.Errorf("code %d, %s", code, errs.String())
	}
}
