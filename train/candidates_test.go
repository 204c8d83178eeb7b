package train

import (
	"fmt"
	"slices"
	"testing"

	"braid/job"
	"braid/run"

	"pgregory.net/rapid"
)

// Candidates kept one by one are those that a look at all evaluations at once gives: the best of each task is among
// them, none beats another, and without a bound each evaluation is covered by one of them.
func TestKeepCandidates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tasks []string
		for i := range rapid.IntRange(1, 4).Draw(t, "tasks") {
			tasks = append(tasks, fmt.Sprint("t", i))
		}
		kind := rapid.SampledFrom([]string{job.CandidatesFront, job.CandidatesTasks}).Draw(t, "kind")
		var all, kept []run.Candidate
		for i := range rapid.IntRange(1, 40).Draw(t, "evaluations") {
			c := run.Candidate{Step: uint64(10 * (i + 1)), Selection: map[string]float64{}}
			for _, task := range tasks {
				c.Selection[task] = float64(rapid.IntRange(0, 6).Draw(t, "score")) / 8
			}
			all = append(all, c)
			before := slices.Clone(kept)
			kept = keepCandidates(kept, c, tasks, kind)
			for _, k := range kept {
				if k.Step != c.Step && !slices.ContainsFunc(before, func(b run.Candidate) bool { return b.Step == k.Step }) {
					t.Fatalf("step %d comes back at step %d, without its checkpoint", k.Step, c.Step)
				}
			}
		}
		if !slices.IsSortedFunc(kept, func(a, b run.Candidate) int { return int(a.Step) - int(b.Step) }) {
			t.Errorf("steps are not ascending: %v", kept)
		}
		for _, task := range tasks {
			best := slices.MaxFunc(all, func(a, b run.Candidate) int { return cmpFloat(a.Selection[task], b.Selection[task]) })
			if got := Prefer(kept, tasks, map[string]float64{task: 1}); got.Selection[task] != best.Selection[task] {
				t.Errorf("the best of %s has %g, and step %d has %g", task, got.Selection[task], best.Step,
					best.Selection[task])
			}
		}
		for i, a := range kept {
			for j, b := range kept {
				if i != j && covers(a, b, tasks) {
					t.Errorf("step %d covers step %d", a.Step, b.Step)
				}
			}
		}
		most := len(tasks) + 1
		if kind == job.CandidatesFront {
			most = len(tasks) + maxOthers
		}
		if len(kept) > most {
			t.Errorf("%d candidates, at most %d are kept", len(kept), most)
		}
		if kind == job.CandidatesFront && len(frontOf(all, tasks)) <= most && len(all) <= most {
			if want := frontOf(all, tasks); !slices.Equal(steps(kept), want) {
				t.Errorf("kept %v, want %v", steps(kept), want)
			}
		}
	})
}

// frontOf returns the steps that no other one covers; of equal ones the first.
func frontOf(all []run.Candidate, tasks []string) (front []uint64) {
	for i, c := range all {
		covered := false
		for j, k := range all {
			covered = covered || i != j && covers(k, c, tasks) && (!covers(c, k, tasks) || j < i)
		}
		if !covered {
			front = append(front, c.Step)
		}
	}
	return front
}

func steps(all []run.Candidate) (list []uint64) {
	for _, c := range all {
		list = append(list, c.Step)
	}
	return list
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// The number of candidates is bounded for any number of tasks, and off keeps none.
func TestCandidatesAreBounded(t *testing.T) {
	var tasks []string
	for i := range 60 {
		tasks = append(tasks, fmt.Sprint("t", i))
	}
	var kept []run.Candidate
	for i := range tasks { // each step is the best of one task
		c := run.Candidate{Step: uint64(i + 1), Selection: map[string]float64{tasks[i]: 1}}
		kept = keepCandidates(kept, c, tasks, job.CandidatesFront)
		if off := keepCandidates(kept, c, tasks, job.CandidatesOff); off != nil {
			t.Fatalf("off keeps %v", off)
		}
	}
	if len(kept) != maxCandidates || kept[0].Step != 1 {
		t.Errorf("%d candidates: %v", len(kept), steps(kept))
	}
}

// A preference weighs the tasks' scores. Of equal sums the better mean decides, then the earlier step.
func TestPrefer(t *testing.T) {
	all := []run.Candidate{
		{Step: 10, Selection: map[string]float64{"a": 0.9, "b": 0.1}},
		{Step: 20, Selection: map[string]float64{"a": 0.5, "b": 0.6}},
		{Step: 30, Selection: map[string]float64{"a": 0.9, "b": 0.2}},
		{Step: 40, Selection: map[string]float64{"a": 0.9, "b": 0.2}},
	}
	for _, c := range []struct {
		a, b float64
		want uint64
	}{{1, 0, 30}, {0, 1, 20}, {1, 1, 20}, {0.7, 0.3, 30}, {0.3, 0.7, 20}} {
		if got := Prefer(all, []string{"a", "b"}, map[string]float64{"a": c.a, "b": c.b}); got.Step != c.want {
			t.Errorf("a=%g,b=%g is step %d, want %d", c.a, c.b, got.Step, c.want)
		}
	}
}
