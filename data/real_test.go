package data_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"braid/data"
	"braid/job"
	"braid/task"
)

// The real data sets are not part of the project; scripts/data/get.sh fetches them. The
// expected counts and baselines are from the publishers of the data and from independent
// programs.
func load(t *testing.T, name string) (*job.Job, *data.Raw, *data.Prepared) {
	t.Helper()
	j, err := job.Load("../examples/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("../examples/data/" + name); err != nil {
		if _, err := os.Stat("../../shared/data/" + name); err != nil {
			t.Skipf("no data set here: scripts/data/get.sh %s fetches it", name)
		}
		for i := range j.Data {
			d := &j.Data[i]
			for _, path := range []*string{&d.Train, &d.Dev, &d.Test} {
				*path = "../../shared/" + *path
			}
		}
	}
	p, raw, err := data.Prepare(context.Background(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	return j, raw, p
}

func sizes(s data.Set) string { return fmt.Sprint(s.Train.Len(), s.Dev.Len(), s.Test.Len()) }

// tagBaseline returns the span F1, in percent, of the most frequent tag of each word. The
// expected values break ties differently, so tests allow a difference of 0.3.
func tagBaseline(p *data.Prepared, raw *data.Raw, target, t int) float64 {
	set := p.Sets[0]
	answers := data.MostFrequentTag(set.Train, set.Test, raw.Sets[0].Train, raw.Sets[0].Test, target)
	var counts task.SpanCounts
	names := func(ids []int32) []string {
		var out []string
		for _, id := range ids {
			out = append(out, p.Labels[t].Name(id))
		}
		return out
	}
	for i := range set.Test.Len() {
		lo, hi := set.Test.Offsets[i], set.Test.Offsets[i+1]
		counts.Count(task.Spans(nil, names(set.Test.Targets[target].Tags[lo:hi])), task.Spans(nil, names(answers[lo:hi])))
	}
	_, _, f1 := counts.Scores()
	return 100 * f1
}

func duplicates(findings []data.Finding) (messages []string) {
	for _, f := range findings {
		if f.Task == "" {
			messages = append(messages, f.Msg)
		}
	}
	return messages
}

func TestSnips(t *testing.T) {
	j, raw, p := load(t, "snips")
	if got := sizes(p.Sets[0]); got != "13084 700 700" {
		t.Errorf("examples %s", got)
	}
	if p.Labels[0].Len() != 7 || p.Labels[1].Len() != 1+2*39 {
		t.Errorf("%d intents, %d slot tags", p.Labels[0].Len(), p.Labels[1].Len())
	}
	if f1 := tagBaseline(p, raw, 1, 1); math.Abs(f1-49.8) > 0.3 {
		t.Errorf("most frequent tag: %.2f, its README says 49.8", f1)
	}
	all := strings.Join(duplicates(data.Audit(j, raw, p)), "\n")
	// 23 lines are equal byte by byte; 3 more differ only in blanks.
	if want := "26 examples of test that train has too ("; !strings.Contains(all, want) {
		t.Errorf("no %q in\n%s", want, all)
	}
}

func TestWnut(t *testing.T) {
	_, raw, p := load(t, "wnut17")
	if got := sizes(p.Sets[0]); got != "3394 1009 1287" {
		t.Errorf("examples %s", got)
	}
	if p.Labels[0].Len() != 1+2*6 {
		t.Errorf("%d tags", p.Labels[0].Len())
	}
	if f1 := tagBaseline(p, raw, 0, 0); math.Abs(f1-6.0) > 0.3 {
		t.Errorf("most frequent tag: %.2f, its README says 6.0", f1)
	}
}

// Prediction from the text finds the words of the file in every utterance.
func TestTextsAreCutAsTheirFiles(t *testing.T) {
	for _, name := range []string{"snips", "wnut17"} {
		t.Run(name, func(t *testing.T) {
			j, raw, _ := load(t, name)
			other := 0
			for _, e := range raw.Sets[0].Test {
				words, _ := data.ReadingOf(j.Data[0]).Cut(strings.Join(e.Tokens, " "))
				var got []string
				for _, w := range words {
					got = append(got, w.Text)
				}
				if !slices.Equal(got, e.Words()) {
					other++
				}
			}
			if other > 0 {
				t.Errorf("%d of %d examples are cut otherwise", other, len(raw.Sets[0].Test))
			}
		})
	}
}

func TestTrec(t *testing.T) {
	_, _, p := load(t, "trec")
	if got := sizes(p.Sets[0]); got != "4907 545 500" {
		t.Errorf("examples %s", got)
	}
	if p.Labels[0].Len() != 6 || p.Labels[1].Len() != 50 {
		t.Errorf("%d coarse and %d fine labels", p.Labels[0].Len(), p.Labels[1].Len())
	}
}

func TestReviews(t *testing.T) {
	if testing.Short() {
		t.Skip("22,000 long documents")
	}
	j, raw, p := load(t, "reviews")
	if len(p.Sets) != 16 {
		t.Fatalf("%d sets", len(p.Sets))
	}
	test := 0
	for _, s := range p.Sets {
		test += s.Test.Len()
	}
	if test != 6400 {
		t.Errorf("%d test documents", test)
	}
	all := strings.Join(duplicates(data.Audit(j, raw, p)), "\n")
	for _, want := range []string{"16 examples of dev in train of another data set of the job (",
		"20 examples of test in train of another data set of the job ("} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
}
