package plan

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"braid/job"
)

// A task and a data set that are added at any place do not change the order of the examples
// of others: the n-th batch of a task stays the same, and in joint mode a step stays the same
// for the other data sets.
func TestOrdersAreKeyedByName(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		mode := rapid.SampledFrom([]string{"sampled", "joint"}).Draw(rt, "mode")
		a := testJob(mode, "uniform", 8, 2, 3)
		sizes := Sizes{Tasks: []int{30, 17, 20}, Sets: []int{30, 17}}
		b, more := *a, sizes
		at := rapid.IntRange(0, 3).Draw(rt, "place of the new task")
		setAt := rapid.IntRange(0, 2).Draw(rt, "place of the new data set")
		b.Tasks = insert(a.Tasks, at, job.Task{Name: "new", Data: "new"})
		b.Data = insert(a.Data, setAt, job.DataSet{Name: "new"})
		more.Tasks, more.Sets = insert(sizes.Tasks, at, 25), insert(sizes.Sets, setAt, 25)
		want, got := batchesByName(rt, a, sizes, 6), batchesByName(rt, &b, more, 6)
		for name, batches := range want {
			if !reflect.DeepEqual(got[name], batches) {
				rt.Errorf("%s: the batches of %s are %v, and with another task %v", mode, name, batches, got[name])
			}
		}
	})
}

func insert[E any](s []E, at int, e E) []E {
	return append(append(append([]E(nil), s[:at]...), e), s[at:]...)
}

// batchesByName lists the first n batches of every task, or in joint mode of every data set.
func batchesByName(t rapid.TB, j *job.Job, sizes Sizes, n int) map[string][]string {
	p := planner(t, j, sizes)
	got := map[string][]string{}
	counters := len(sizes.Tasks)
	if p.joint() {
		counters = len(sizes.Sets)
	}
	for step, full := uint64(0), 0; full < counters; step++ {
		for _, s := range p.At(step).Streams {
			name := j.Tasks[s.Tasks[0]].Name
			if p.joint() {
				name = j.Data[s.Set].Name
			}
			if len(got[name]) < n {
				if got[name] = append(got[name], fmt.Sprint(s.Shards)); len(got[name]) == n {
					full++
				}
			}
		}
	}
	return got
}
