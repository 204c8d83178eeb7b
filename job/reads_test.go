package job

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const readsJob = `
data: {d: {format: jsonl, train: t}}
tasks:
  - {name: slots, kind: tagging, field: a, reads: [intent, themes]}
  - {name: intent, kind: classification, field: b}
  - {name: themes, kind: multilabel, field: c, reads: [intent]}
  - {name: price, kind: regression, field: e, reads: [themes]}
`

func TestReadOrder(t *testing.T) {
	j, err := Parse("a.yaml", []byte(readsJob), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(j.ReadOrder(), j.ReadsOf(0), j.ReadsOf(1)); got != "[1 2 0 3] [1 2] []" {
		t.Error(got)
	}
	again, err := Parse("b.yaml", j.YAML(), nil)
	if err != nil || !slices.Equal(again.Tasks[0].Reads, j.Tasks[0].Reads) || again.Hash() != j.Hash() {
		t.Errorf("%v\n%s", err, j.YAML())
	}
	off, err := Parse("a.yaml", []byte(readsJob), []string{"tasks.slots.reads=[]", "tasks.price.reads=[intent]"})
	if err != nil || len(off.Tasks[0].Reads) != 0 || !slices.Equal(off.Tasks[3].Reads, []string{"intent"}) ||
		off.Hash() == j.Hash() {
		t.Errorf("%v, %+v", err, off)
	}
}

// A list of reads that cannot be followed is refused at its place.
func TestRefusedReads(t *testing.T) {
	for set, want := range map[string]string{
		"tasks.slots.reads=intnt": `task slots reads "intnt", and there is no such task: did you mean "intent"? ` +
			"It can be intent, themes",
		"tasks.slots.reads=": `task slots reads "", and there is no such task: write one of intent, themes`,
		"tasks.slots.reads=[price]": "task slots reads price, a regression task, which gives a text no probabilities: " +
			"read a task of kind classification or multilabel",
		"tasks.price.reads=slots": "task price reads slots, a tagging task, which gives a text no probabilities: " +
			"read a task of kind classification or multilabel",
		"tasks.slots.reads=themes,intent,themes": "task slots reads themes twice: name it once",
		"tasks.intent.reads=intent":              "intent reads intent: remove one of these reads",
		"tasks.intent.reads=themes":              "intent reads themes reads intent: remove one of these reads",
	} {
		_, err := Parse("a.yaml", []byte(readsJob), []string{set})
		if want = "--set " + set + ": " + want; err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", set, err, want)
		}
	}
	file := strings.Replace(readsJob, "themes]}", "temes]}", 1)
	_, err := Parse("a.yaml", []byte(file), nil)
	if err == nil || !strings.HasPrefix(err.Error(), "a.yaml:4:51: task slots") {
		t.Error(err)
	}
}

// Every task reads all before it: the number of paths is no matter.
func TestManyReads(t *testing.T) {
	b, names := []byte("data: {d: {format: jsonl, train: t}}\ntasks:\n"), []string{}
	for i := range 100 {
		b = fmt.Appendf(b, "  - {name: t%d, kind: classification, field: f, reads: [%s]}\n", i, strings.Join(names, ", "))
		names = append(names, fmt.Sprint("t", i))
	}
	j, err := Parse("a.yaml", b, nil)
	if err != nil || !slices.IsSorted(j.ReadOrder()) || len(j.ReadOrder()) != 100 {
		t.Fatal(err)
	}
	_, err = Parse("a.yaml", b, []string{"tasks.t0.reads=t99"})
	if err == nil || err.Error() != "--set tasks.t0.reads=t99: t0 reads t99 reads t0: remove one of these reads" {
		t.Error(err)
	}
}

// For any reads between tasks, either every task follows those that it reads, or a cycle is named that exists.
func TestReadsOrCycle(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(rt, "tasks")
		var b strings.Builder
		b.WriteString("data: {d: {format: jsonl, train: t}}\ntasks:\n")
		reads := map[string]bool{} // "a reads b"
		for i := range n {
			var names []string
			for k := range n {
				if rapid.IntRange(0, 4).Draw(rt, "reads") == 0 {
					names = append(names, fmt.Sprint("t", k))
					reads[fmt.Sprintf("t%d reads t%d", i, k)] = true
				}
			}
			fmt.Fprintf(&b, "  - {name: t%d, kind: classification, field: f, reads: [%s]}\n", i, strings.Join(names, ", "))
		}
		j, err := Parse("a.yaml", []byte(b.String()), nil)
		if err != nil {
			_, cycle, _ := strings.Cut(err.Error(), ": ")
			cycle, _, _ = strings.Cut(cycle, ": ")
			along := strings.Split(cycle, " reads ")
			for i := range along[1:] {
				if step := along[i] + " reads " + along[i+1]; !reads[step] {
					rt.Fatalf("%v: %q is not in\n%s", err, step, b.String())
				}
			}
			if len(along) < 2 || along[0] != along[len(along)-1] {
				rt.Fatalf("%v is no cycle of\n%s", err, b.String())
			}
			return
		}
		order := j.ReadOrder()
		for i := range n {
			at := slices.Index(order, i)
			for _, read := range j.ReadsOf(i) {
				if k := slices.Index(order, read); k < 0 || k >= at {
					rt.Fatalf("order %v of\n%s", order, b.String())
				}
			}
		}
		if len(order) != n {
			rt.Fatalf("order %v of\n%s", order, b.String())
		}
	})
}
