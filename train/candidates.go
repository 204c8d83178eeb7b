package train

import (
	"fmt"
	"math"
	"slices"

	"braid/job"
	"braid/run"
)

// Bounds on the number of candidates; see job.Cluster.Candidates.
const (
	maxOthers     = 8 // beyond the number of tasks
	maxCandidates = 32
)

// Prefer returns the candidate with the highest weighted sum of the tasks' selection scores. A task without a weight
// has 0. Of equal sums it prefers the higher sum without weights, then the earlier step. There must be a candidate.
func Prefer(candidates []run.Candidate, tasks []string, weights map[string]float64) run.Candidate {
	sum := func(c run.Candidate) (weighted, plain float64) {
		for _, t := range tasks { // in this order, because it decides between sums that round differently
			weighted += float64(weights[t] * c.Selection[t])
			plain += c.Selection[t]
		}
		return weighted, plain
	}
	best := candidates[0]
	for _, c := range candidates[1:] {
		a, plainA := sum(c)
		b, plainB := sum(best)
		if a > b || a == b && plainA > plainB {
			best = c
		}
	}
	return best
}

// candidateOf returns an evaluation as a candidate.
func candidateOf(e Evaluated) (c run.Candidate, tasks []string) {
	c = run.Candidate{Step: e.Step, Scores: map[string]float64{}, Selection: map[string]float64{}}
	for _, t := range e.Tasks {
		tasks = append(tasks, t.Task)
		c.Selection[t.Task] = t.Selection
		if !math.IsNaN(t.Main) && !math.IsInf(t.Main, 0) {
			c.Scores[t.Task] = t.Main
		}
	}
	return c, tasks
}

// consider adds an evaluation to the candidates, if it is one, and drops those that it beats. It reports whether the
// evaluation is a candidate, so that its checkpoint must be written.
func (l *loop) consider(e Evaluated) bool {
	c, tasks := candidateOf(e)
	l.state.Candidates = keepCandidates(l.state.Candidates, c, tasks, l.Job.Cluster.Candidates)
	return slices.ContainsFunc(l.state.Candidates, func(k run.Candidate) bool { return k.Step == c.Step })
}

// keepCandidates returns those of the candidates and a later one that must be kept, by ascending step. A candidate
// that another one beats or equals in all tasks is dropped; of equal ones the first is kept.
func keepCandidates(all []run.Candidate, c run.Candidate, tasks []string, kind string) []run.Candidate {
	if kind == job.CandidatesOff {
		return nil
	}
	if slices.ContainsFunc(all, func(old run.Candidate) bool { return covers(old, c, tasks) }) {
		return all
	}
	front := slices.DeleteFunc(slices.Clone(all), func(old run.Candidate) bool { return covers(c, old, tasks) })
	most := min(len(tasks)+maxOthers, maxCandidates)
	if kind == job.CandidatesTasks {
		most = 0 // only what trim keeps in any case
	}
	return trim(append(front, c), tasks, most)
}

// covers reports whether a is at least as good as b in every task.
func covers(a, b run.Candidate, tasks []string) bool {
	return !slices.ContainsFunc(tasks, func(t string) bool { return a.Selection[t] < b.Selection[t] })
}

// trim keeps the candidate with the highest mean and the best one of each task, at most maxCandidates, and fills up
// to most by descending mean.
func trim(front []run.Candidate, tasks []string, most int) []run.Candidate {
	even, keep := map[string]float64{}, map[uint64]bool{}
	for _, t := range tasks {
		even[t] = 1
	}
	keep[Prefer(front, tasks, even).Step] = true
	for _, t := range tasks {
		if len(keep) < maxCandidates {
			keep[Prefer(front, tasks, map[string]float64{t: 1}).Step] = true
		}
	}
	for len(keep) < min(most, len(front)) {
		rest := slices.DeleteFunc(slices.Clone(front), func(c run.Candidate) bool { return keep[c.Step] })
		keep[Prefer(rest, tasks, even).Step] = true
	}
	return slices.DeleteFunc(front, func(c run.Candidate) bool { return !keep[c.Step] })
}

// dropLost drops the candidates whose checkpoint is not in the directory: another host wrote it, or it could not be
// written.
func (l *loop) dropLost() {
	l.state.Candidates = slices.DeleteFunc(l.state.Candidates, func(c run.Candidate) bool {
		lost := !l.dir.Has(c.Step)
		if lost {
			l.note(run.EventLost, c.Step, fmt.Sprintf("step %d is no candidate for braid select any more: its checkpoint "+
				"is not in this directory", c.Step))
		}
		return lost
	})
}
