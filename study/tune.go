package study

import (
	"errors"
	"fmt"

	"braid/job"

	"gonum.org/v1/gonum/stat"
)

// Tuning searches values of a job's keys: successive halving over points, then cross-validation of the best ones
// against the job as it is. Its runs come in stages. The caller trains the runs of Next and passes their results to
// Take, until Next returns none.
type Tuning struct {
	Load   func(set []string) (*job.Job, error) // the job with other values
	Steps  func(*job.Job) (uint64, error)       // length of a job
	Points [][]string                           // values of the job's keys, see Points
	Folds  int
	Prefer Preference

	trials []Trial
	alive  []int // points
	stage  int   // 0 to rungCount-1: a rung; rungCount: cross-validation; then the end
	runs   []Run // of the current stage
}

// Trial holds the scores of a point.
type Trial struct {
	Point  int       `json:"point"`
	Set    []string  `json:"set,omitempty"`
	Rungs  []float64 `json:"rungs"`           // score on dev after each rung that the point reached
	Folds  []float64 `json:"folds,omitempty"` // score by fold; nil for a point that is no finalist
	Mean   float64   `json:"mean,omitempty"`  // over the folds
	Gain   float64   `json:"gain,omitempty"`  // mean difference from point 0
	StdErr float64   `json:"standard_error,omitempty"`

	// Diverged is the reason for which a training of the point ended early. Its score is diverged.
	Diverged string `json:"diverged,omitempty"`
}

// diverged is the score of a training that ended because its loss was not finite: no selection score is lower.
const diverged = -1

// Next returns the runs of the next stage; none after the last one.
func (t *Tuning) Next() ([]Run, error) {
	if t.trials == nil {
		for i, set := range t.Points {
			t.trials = append(t.trials, Trial{Point: i, Set: set, Rungs: []float64{}})
			t.alive = append(t.alive, i)
		}
	}
	t.runs = nil
	switch {
	case t.stage < rungCount:
		return t.nextRung()
	case t.stage == rungCount:
		return t.nextFolds()
	}
	return nil, nil
}

func (t *Tuning) nextRung() ([]Run, error) {
	for _, p := range t.alive {
		j, err := t.load(t.Points[p])
		if err != nil {
			return nil, err
		}
		steps, err := t.Steps(j)
		if err != nil {
			return nil, err
		}
		until := rung(t.stage, steps, uint64(j.Training.EvaluateEvery))
		if until == steps {
			until = 0
		}
		t.runs = append(t.runs, Run{Arm: fmt.Sprintf("point %d", p), Seed: j.Seed, Job: j, Until: until, NoTest: true})
	}
	return t.runs, nil
}

// nextFolds returns the runs of the finalists and of point 0 on every fold.
func (t *Tuning) nextFolds() ([]Run, error) {
	if t.alive[0] != 0 {
		t.alive = append([]int{0}, t.alive...)
	}
	if len(t.alive) == 1 {
		return nil, nil // point 0 is the only finalist
	}
	for fold := range t.Folds {
		for _, p := range t.alive {
			set := append([]string(nil), t.Points[p]...)
			j, err := t.load(set)
			if err != nil {
				return nil, err
			}
			for _, d := range j.Data {
				set = append(set, fmt.Sprintf("data.%s.fold=%d/%d", d.Name, fold+1, t.Folds))
			}
			if j, err = t.load(set); err != nil {
				return nil, err
			}
			t.runs = append(t.runs, Run{Arm: fmt.Sprintf("point %d, fold %d", p, fold+1), Seed: j.Seed, Job: j, NoTest: true})
		}
	}
	return t.runs, nil
}

// load returns the job with other values and without test data.
func (t *Tuning) load(set []string) (*job.Job, error) {
	j, err := t.Load(set)
	if err != nil {
		return nil, err
	}
	return j.WithoutTest(), nil
}

var errNoScore = errors.New("no evaluation on dev: give the data sets a dev split")

// Take takes the results of the runs of Next, in their order.
func (t *Tuning) Take(results []Result) error {
	scores := make([]float64, len(results))
	for i, r := range results {
		of := &t.runs[i]
		if r.Diverged != "" {
			p := t.alive[i%len(t.alive)]
			if p == 0 {
				return fmt.Errorf("%s: %s", of, r.Diverged)
			}
			t.trials[p].Diverged, scores[i] = r.Diverged, diverged
			continue
		}
		score, ok := t.Prefer.score(taskNames(of.Job), r.Evaluations, of.Until)
		if !ok {
			return fmt.Errorf("%s: %w", of, errNoScore)
		}
		scores[i] = score
	}
	if t.stage < rungCount {
		for i, p := range t.alive {
			t.trials[p].Rungs = append(t.trials[p].Rungs, scores[i])
		}
		keep := (len(t.alive) + eta - 1) / eta
		if t.stage == rungCount-1 {
			keep = finalists
		}
		t.alive = promote(t.alive, scores, max(keep, finalists))
	} else {
		t.fold(scores)
	}
	t.stage++
	return nil
}

// fold takes the scores of the folds: by fold, then by finalist.
func (t *Tuning) fold(scores []float64) {
	for i, score := range scores {
		trial := &t.trials[t.alive[i%len(t.alive)]]
		trial.Folds = append(trial.Folds, score)
	}
	first := t.trials[0].Folds
	for _, p := range t.alive {
		trial := &t.trials[p]
		gains := make([]float64, len(trial.Folds))
		for k := range gains {
			gains[k] = trial.Folds[k] - first[k]
		}
		trial.Mean = stat.Mean(trial.Folds, nil)
		trial.Gain = stat.Mean(gains, nil)
		trial.StdErr = stat.StdErr(stat.StdDev(gains, nil), float64(len(gains)))
	}
}

// Chosen returns the point with the highest gain over point 0 in cross-validation if that is more than one standard
// error of the gain, else 0. Source: the rule of Breiman et al. 1984, for the gain.
func (t *Tuning) Chosen() int {
	best := 0
	for _, p := range t.alive {
		if c := &t.trials[p]; c.Gain > c.StdErr && c.Gain > t.trials[best].Gain {
			best = p
		}
	}
	return best
}

func taskNames(j *job.Job) []string {
	var names []string
	for _, t := range j.Tasks {
		names = append(names, t.Name)
	}
	return names
}

// Stage describes the stage of the last Next for people.
func (t *Tuning) Stage() string {
	if t.stage < rungCount {
		return fmt.Sprintf("rung %d of %d", t.stage+1, rungCount)
	}
	return fmt.Sprintf("cross-validation of %d points", len(t.alive))
}

// First returns the first run of a tuning: the job as it is, up to the first rung.
func (t *Tuning) First() (Run, error) {
	one := Tuning{Load: t.Load, Steps: t.Steps, Points: [][]string{nil}}
	runs, err := one.Next()
	if err != nil {
		return Run{}, err
	}
	return runs[0], nil
}

// Whole returns the time of a whole training, given that of some steps of First.
func (t *Tuning) Whole(first Run, seconds float64, steps uint64) (float64, error) {
	all, err := t.Steps(first.Job)
	if err != nil || steps == 0 {
		return seconds, err
	}
	return seconds * float64(all) / float64(steps), nil
}

// Affordable returns the number of points for which there is time, given in trainings of the whole job. Of n points,
// the rungs take n/9 trainings, then n/3 times 2/9, then n/9 times 2/3; cross-validation takes one for each fold and
// finalist.
func Affordable(trainings float64, folds int) int {
	const reserve = 0.85 // for reading the data, and trainings that end after the others
	return min(maxPoints, int((reserve*trainings-float64((finalists+1)*folds))*27/7))
}

// maxPoints bounds the points that Affordable gives a small job.
const maxPoints = 81
