package study

import (
	"errors"
	"fmt"
	"slices"

	"braid/job"
	"braid/run"
)

// Names of the arms that every comparison can have.
const (
	Alone    = "alone"    // every task alone
	Together = "together" // the job as it is
)

// Arm is a job with several tasks that takes part in a comparison.
type Arm struct {
	Name string
	Set  []string // keys that differ from the job file, as KEY=VALUE
	Job  *job.Job
}

// Comparison is the plan of a comparison.
type Comparison struct {
	Arms     []Arm     // the first is Together
	Seeds    int       // two at least; run i of an arm has the seed of the arm's job plus i
	Baseline string    // Alone, or the name of one of Arms
	Shares   [][]Share // by seed and task, of the job that is Together
}

// Run is one training of a study.
type Run struct {
	Arm   string
	Task  string // of an arm of single tasks; empty: all tasks
	Times int    // of an arm of single tasks: see alone
	Seed  uint64
	Job   *job.Job

	Until  uint64 // the run pauses after this number of steps; 0: it is trained to its end
	NoTest bool   // the run must not read the test split
}

// Dir returns the name of the run's directory. Runs of the same job have the same.
func (r *Run) Dir() string { return fmt.Sprintf("%.16s-seed%d", r.Job.Hash(), r.Seed) }

// String describes the run for people.
func (r *Run) String() string {
	what := r.Arm
	if r.Task != "" {
		what += " " + r.Task
	}
	if r.Times > 1 {
		what += fmt.Sprintf(" ×%d", r.Times)
	}
	return fmt.Sprintf("%s, seed %d", what, r.Seed)
}

// Result holds the results of a finished run.
type Result struct {
	Diverged string // why training ended, if a loss or a gradient was not finite; the other fields are then empty
	Bytes    int64  // of the model's parameters on disk

	Evaluations []run.Metric  // on dev, in the order of the steps
	Summary     *run.Summary  // nil if the run is paused
	Outcomes    *run.Outcomes // nil if the run is paused
}

// Runs returns the runs of a comparison by seed, so that early results come from all arms.
func (c *Comparison) Runs() ([]Run, error) {
	if len(c.tasks()) == 0 {
		return nil, errors.New("no task with test examples is in all arms: keep one of them in every arm")
	}
	var all []Run
	for i := range c.Seeds {
		for _, a := range c.Arms {
			j := *a.Job
			j.Seed += uint64(i)
			all = append(all, Run{Arm: a.Name, Seed: j.Seed, Job: &j})
		}
		if c.Baseline != Alone {
			continue
		}
		for _, t := range c.tasks() {
			task, s := c.Arms[0].Job.Tasks[t], c.Shares[i][t]
			for _, times := range c.lengths(t) {
				j, err := alone(c.Arms[0].Job, task.Name, s, times)
				if err != nil {
					return nil, err
				}
				j.Seed += uint64(i)
				all = append(all, Run{Arm: Alone, Task: task.Name, Times: times, Seed: j.Seed, Job: j})
			}
		}
	}
	return all, nil
}

// lengths returns the lengths of the arms of a task alone. Early stopping needs dev examples.
func (c *Comparison) lengths(task int) []int {
	if c.Shares[0][task].Dev {
		return []int{1, longer}
	}
	return []int{1}
}

// tasks returns the indexes of the tasks that can be compared: those with test examples that all arms have.
func (c *Comparison) tasks() (all []int) {
	for t, task := range c.Arms[0].Job.Tasks {
		lacks := func(a Arm) bool { return !slices.Contains(taskNames(a.Job), task.Name) }
		if c.Shares[0][t].Test && !slices.ContainsFunc(c.Arms, lacks) {
			all = append(all, t)
		}
	}
	return all
}

// names returns the names of the arms of the table, the baseline first.
func (c *Comparison) names() []string {
	names := []string{c.Baseline}
	for _, a := range c.Arms {
		if a.Name != c.Baseline {
			names = append(names, a.Name)
		}
	}
	return names
}

// evaluation holds the results of a comparison's runs.
type evaluation struct {
	*Comparison
	runs    []Run
	results []Result // by run
	chosen  []int    // by task: the length of the arm of single tasks that is better on dev
}

// of returns the results of an arm for a task, by seed.
func (e *evaluation) of(arm string, t int) (found []Result) {
	name := e.Arms[0].Job.Tasks[t].Name
	for i, r := range e.runs {
		if r.Arm == arm && (r.Task == "" || r.Task == name && r.Times == e.chosen[t]) {
			found = append(found, e.results[i])
		}
	}
	return found
}

// choose picks the better length of every arm of single tasks, by the mean on dev.
func (e *evaluation) choose() {
	tasks := e.Arms[0].Job.Tasks
	e.chosen = make([]int, len(tasks))
	for t := range tasks {
		metric, best := tasks[t].Metric, 0.0
		for _, times := range e.lengths(t) {
			was := e.chosen[t]
			e.chosen[t] = times
			score := meanOn(job.Dev, e.of(Alone, t), tasks[t].Name, metric)
			if was > 0 && !better(metric, score, best) {
				e.chosen[t] = was
				continue
			}
			best = score
		}
	}
}

func better(metric string, a, b float64) bool {
	if job.DirectionOf(metric) == job.LowerIsBetter {
		return a < b
	}
	return a > b
}

// meanOn returns the mean of a metric over results.
func meanOn(split job.Split, results []Result, task, metric string) float64 {
	sum := 0.0
	for _, r := range results {
		s := r.Summary.Tasks[task]
		if split == job.Dev {
			sum += s.Dev[metric]
		} else {
			sum += s.Test[metric]
		}
	}
	return sum / float64(max(len(results), 1))
}

// measured returns the outcomes of all arms on a split. without is by task; nil: no example is left out.
func (e *evaluation) measured(split job.Split, without [][]uint32) (all []Measured, err error) {
	j := e.Arms[0].Job
	for _, t := range e.tasks() {
		if split == job.Dev && !e.Shares[0][t].Dev {
			continue
		}
		m := Measured{Task: j.Tasks[t].Name, Metric: j.Tasks[t].Metric}
		if without != nil {
			m.Without = without[t]
		}
		for _, arm := range e.names() {
			var s Sample
			for _, r := range e.of(arm, t) {
				o := r.Outcomes.Of(m.Task, split)
				if o == nil {
					return nil, fmt.Errorf("arm %s: a run has no outcomes of task %s on %s: its answers have too many labels",
						arm, m.Task, split)
				}
				s = append(s, o)
			}
			m.Samples = append(m.Samples, s)
		}
		all = append(all, m)
	}
	return all, nil
}

// Evaluate computes the report of a comparison from the results of its runs. without holds by task the test examples
// that stand in another task's training data.
func (c *Comparison) Evaluate(runs []Run, results []Result, without [][]uint32) (*Report, error) {
	e := &evaluation{Comparison: c, runs: runs, results: results}
	e.choose()
	r := e.report()
	test, err := e.measured(job.Test, nil)
	if err != nil {
		return nil, err
	}
	if r.Table, err = Tabulate(c.names(), test); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(without, func(texts []uint32) bool { return len(texts) > 0 }) {
		if test, err = e.measured(job.Test, without); err != nil {
			return nil, err
		}
		if r.Unshared, err = Tabulate(c.names(), test); err != nil {
			return nil, err
		}
	}
	dev, err := e.measured(job.Dev, nil)
	if err != nil || len(dev) == 0 {
		return r, err
	}
	onDev, err := Tabulate(c.names(), dev)
	if err != nil {
		return nil, err
	}
	r.Groups = suggest(c.names(), onDev)
	return r, nil
}
