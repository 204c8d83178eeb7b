package task

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"braid/data"
	"braid/job"
)

type conllCase struct {
	Name      string
	Sentences []struct{ Gold, Predicted []string }
	Expected  struct {
		Tokens, Gold, Found, Correct    uint64
		Accuracy, Precision, Recall, F1 float64
		Types                           map[string]struct {
			Precision, Recall, F1 float64
			Found                 uint64
		}
	}
}

func conllCases(t *testing.T) []conllCase {
	b, err := os.ReadFile("../testdata/conlleval/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []conllCase }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 27 {
		t.Fatalf("%d cases", len(file.Cases))
	}
	return file.Cases
}

func TestSpans(t *testing.T) {
	for tags, want := range map[string][]Span{
		"O":                   nil,
		"B-X I-X I-X":         {{"X", 0, 3}},
		"O B-X O I-X":         {{"X", 1, 2}, {"X", 3, 4}},
		"I-X B-X I-X":         {{"X", 0, 1}, {"X", 1, 3}},
		"B-X I-Y I-Y O":       {{"X", 0, 1}, {"Y", 1, 3}},
		"B-a-b I-a-b I-a":     {{"a-b", 0, 2}, {"a", 2, 3}},
		"I-X I-X O O B-Y I-Y": {{"X", 0, 2}, {"Y", 4, 6}},
		"B I O I":             {{"", 0, 2}, {"", 3, 4}},
	} {
		if got := Spans([]Span{{"old", 7, 9}}, strings.Fields(tags)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", tags, got, want)
		}
	}
}

// percent rounds a fraction as conlleval prints it, with %.2f.
func percent(x float64) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(100*x, 'f', 2, 64), 64)
	if err != nil {
		panic(err)
	}
	return v
}

// Precision, recall and F1, of all spans and by type, equal those of the original conlleval.
func TestConlleval(t *testing.T) {
	for _, c := range conllCases(t) {
		all, types := SpanCounts{}, map[string]SpanCounts{}
		for _, s := range c.Sentences {
			gold, found := Spans(nil, s.Gold), Spans(nil, s.Predicted)
			all.Count(gold, found)
			for kind := range c.Expected.Types {
				one := types[kind]
				one.Count(ofType(gold, kind), ofType(found, kind))
				types[kind] = one
			}
		}
		e := c.Expected
		if all.Gold != e.Gold || all.Found != e.Found || all.Correct != e.Correct {
			t.Errorf("%s: %+v, want %d correct of %d found and %d gold", c.Name, all, e.Correct, e.Found, e.Gold)
		}
		p, r, f := all.Scores()
		if percent(p) != e.Precision || percent(r) != e.Recall || percent(f) != e.F1 {
			t.Errorf("%s: %.2f %.2f %.2f, want %.2f %.2f %.2f", c.Name, 100*p, 100*r, 100*f, e.Precision, e.Recall, e.F1)
		}
		for kind, want := range e.Types {
			p, r, f := types[kind].Scores()
			if percent(p) != want.Precision || percent(r) != want.Recall || percent(f) != want.F1 ||
				types[kind].Found != want.Found {
				t.Errorf("%s %s: %.2f %.2f %.2f found %d, want %+v",
					c.Name, kind, 100*p, 100*r, 100*f, types[kind].Found, want)
			}
		}
	}
}

func ofType(spans []Span, kind string) []Span {
	var out []Span
	for _, s := range spans {
		if s.Type == kind {
			out = append(out, s)
		}
	}
	return out
}

// A tagging task's score gives these figures, too, and conlleval's token accuracy.
func TestTaggingScore(t *testing.T) {
	for _, c := range conllCases(t) {
		var names []string
		for _, s := range c.Sentences {
			names = append(append(names, s.Gold...), s.Predicted...)
		}
		task := job.Task{Decoder: "linear", Kind: "tagging", Scheme: "bio"}
		labels := data.NewLabels(names)
		score := NewScore(task, labels.Len())
		for _, s := range c.Sentences {
			var m tagMemory
			for i := range s.Gold {
				g, _ := labels.ID(s.Gold[i])
				p, _ := labels.ID(s.Predicted[i])
				m.gold, m.found = append(m.gold, g), append(m.found, p)
			}
			part := NewScore(task, labels.Len())
			tagging{}.countTags(labels, &m, part)
			sent := NewScore(task, labels.Len())
			if rest, err := sent.Decode(part.AppendBinary(nil)); err != nil || len(rest) > 0 {
				t.Fatal(err)
			}
			score.Add(sent)
		}
		m := score.Metrics()
		if percent(m["accuracy"]) != c.Expected.Accuracy || percent(m["f1"]) != c.Expected.F1 ||
			score.Counts[tagWords] != c.Expected.Tokens {
			t.Errorf("%s: %v, want %+v", c.Name, m, c.Expected)
		}
	}
}
