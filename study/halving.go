package study

import (
	"cmp"
	"slices"

	"braid/run"
)

// eta is the factor of successive halving: each rung trains three times as long as the one before, and a third of the
// points continues.
// Source: Jamieson and Talwalkar 2016.
const eta = 3

// finalists is the number of points that cross-validation compares with point 0.
const finalists = 3

// rungCount is the number of rungs.
const rungCount = 3

// rung returns the steps of a job after which rung n compares the points: a ninth, a third and all of its schedule, the
// first two rounded up to an evaluation.
func rung(n int, steps, evaluateEvery uint64) uint64 {
	part := uint64(1)
	for range rungCount - 1 - n {
		part *= eta
	}
	at := (steps + part - 1) / part
	if part > 1 {
		at = (at + evaluateEvery - 1) / evaluateEvery * evaluateEvery
	}
	return min(at, steps)
}

// Preference holds the weights of the tasks in the score of a point, by name. A task without a weight has none.
type Preference map[string]float64

// score returns the weighted mean of the tasks' selection scores at the evaluation whose model a run keeps, among the
// evaluations up to a step, 0 for no limit. ok is false without an evaluation.
func (p Preference) score(tasks []string, evaluations []run.Metric, until uint64) (score float64, ok bool) {
	for _, e := range evaluations {
		if until > 0 && e.Step > until || !e.Best {
			continue
		}
		sum, weights := 0.0, 0.0
		for _, t := range tasks {
			if s, has := e.Selection[t]; has {
				sum += p[t] * s
				weights += p[t]
			}
		}
		if weights > 0 {
			score, ok = sum/weights, true
		}
	}
	return score, ok
}

// promote returns the indexes of the points with the highest scores, ascending. Of equal points it returns the earlier
// ones.
func promote(points []int, scores []float64, keep int) []int {
	order := make([]int, len(points))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	var kept []int
	for _, i := range order[:min(max(keep, 1), len(order))] {
		kept = append(kept, points[i])
	}
	slices.Sort(kept)
	return kept
}
