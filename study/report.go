package study

import (
	"encoding/json"

	"braid/job"
)

// Report is the content of study.json. Everything but Times is a function of the job, the data and the plan.
type Report struct {
	Format   int         `json:"format"`
	Kind     string      `json:"kind"` // compare
	Job      string      `json:"job"`
	JobHash  string      `json:"job_hash"`
	Seeds    int         `json:"seeds"`
	Baseline string      `json:"baseline"`
	Arms     []ReportArm `json:"arms"`
	Runs     []ReportRun `json:"runs"`
	Table    *Table      `json:"table"`
	// Unshared is Table without test examples whose text is in another task's training data; nil if there are none.
	Unshared *Table  `json:"without_shared_texts,omitempty"`
	Groups   []Group `json:"groups,omitempty"` // suggested from dev
	Times    []Time  `json:"times,omitempty"`
}

// reportFormat is the version of study.json.
const reportFormat = 1

// ReportArm describes an arm.
type ReportArm struct {
	Name  string   `json:"name"`
	Set   []string `json:"set,omitempty"`
	Bytes int64    `json:"model_bytes"` // of the models of one seed
	// Of the arm of single tasks: how many times as many examples each task saw as in the joint run, the better on dev.
	Lengths map[string]int `json:"lengths,omitempty"`
}

// ReportRun describes a run.
type ReportRun struct {
	Arm         string                        `json:"arm"`
	Task        string                        `json:"task,omitempty"`
	Times       int                           `json:"times,omitempty"`
	Seed        uint64                        `json:"seed"`
	Dir         string                        `json:"dir"`
	JobHash     string                        `json:"job_hash"`
	ModelSHA256 string                        `json:"model_sha256"`
	Steps       uint64                        `json:"steps"`
	Best        uint64                        `json:"best_step"`
	Dev         map[string]map[string]float64 `json:"dev,omitempty"`  // by task
	Test        map[string]map[string]float64 `json:"test,omitempty"` // by task
}

// Time is the time that the runs of an arm took, in seconds of one seed on average.
type Time struct {
	Arm     string  `json:"arm"`
	Seconds float64 `json:"seconds"`
}

// JSON returns the report as the content of study.json.
func (r *Report) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	return append(text, '\n'), err
}

// Hurt reports whether a task is hurt in any arm.
func (r *Report) Hurt() bool {
	for _, c := range r.Table.Contrasts {
		if c.Verdict == Hurt {
			return true
		}
	}
	return false
}

// report returns the report without tables.
func (e *evaluation) report() *Report {
	j := e.Arms[0].Job
	r := &Report{Format: reportFormat, Kind: "compare", Job: j.Name, JobHash: j.Hash(), Seeds: e.Seeds,
		Baseline: e.Baseline}
	for _, name := range e.names() {
		r.Arms = append(r.Arms, e.reportArm(name))
		r.Times = append(r.Times, Time{name, e.seconds(name)})
	}
	for i, of := range e.runs {
		s := e.results[i].Summary
		line := ReportRun{Arm: of.Arm, Task: of.Task, Times: of.Times, Seed: of.Seed, Dir: of.Dir(), JobHash: s.JobHash,
			ModelSHA256: s.ModelSHA256, Steps: s.Steps, Best: s.Best.Step,
			Dev: map[string]map[string]float64{}, Test: map[string]map[string]float64{}}
		for _, t := range of.Job.Tasks {
			if scores := s.Tasks[t.Name]; scores.Dev != nil {
				line.Dev[t.Name] = scores.Dev
			}
			if scores := s.Tasks[t.Name]; scores.Test != nil {
				line.Test[t.Name] = scores.Test
			}
		}
		r.Runs = append(r.Runs, line)
	}
	return r
}

func (e *evaluation) reportArm(name string) ReportArm {
	a := ReportArm{Name: name}
	for i, r := range e.runs {
		if r.Arm == name && e.counts(r) {
			a.Bytes += e.results[i].Bytes
		}
	}
	a.Bytes /= int64(e.Seeds)
	for _, arm := range e.Arms {
		if arm.Name == name {
			a.Set = arm.Set
		}
	}
	if name == Alone {
		a.Lengths = map[string]int{}
		for _, t := range e.tasks() {
			a.Lengths[e.Arms[0].Job.Tasks[t].Name] = e.chosen[t]
		}
	}
	return a
}

// counts reports whether a run is part of its arm: of two lengths of a task alone, one is.
func (e *evaluation) counts(r Run) bool {
	for t, task := range e.Arms[0].Job.Tasks {
		if r.Task == task.Name {
			return r.Times == e.chosen[t]
		}
	}
	return true
}

// seconds returns the mean over the seeds of the time of an arm's runs.
func (e *evaluation) seconds(name string) (sum float64) {
	for i, r := range e.runs {
		if r.Arm == name && e.counts(r) {
			sum += e.results[i].Summary.Seconds
		}
	}
	return sum / float64(e.Seeds)
}

// Group is a set of tasks that an arm suits best on dev.
type Group struct {
	Arm   string   `json:"arm"`
	Tasks []string `json:"tasks"`
}

// suggest groups the tasks by arm: the baseline for tasks that every arm hurts on dev or leaves without a shown gain,
// otherwise the arm with the largest gain that dev shows. Arms that share tasks save time and memory, so that a task
// without a shown difference goes to the first arm that does not hurt it if the baseline is Alone.
func suggest(names []string, onDev *Table) (groups []Group) {
	byTask := map[string][]Contrast{}
	var tasks []string
	for _, c := range onDev.Contrasts {
		if byTask[c.Task] == nil {
			tasks = append(tasks, c.Task)
		}
		byTask[c.Task] = append(byTask[c.Task], c)
	}
	of := map[string][]string{}
	for _, t := range tasks {
		arm := bestArm(names[0], byTask[t])
		of[arm] = append(of[arm], t)
	}
	for _, name := range names {
		if len(of[name]) > 0 {
			groups = append(groups, Group{name, of[name]})
		}
	}
	return groups
}

func bestArm(baseline string, all []Contrast) string {
	best, gain := baseline, 0.0
	for _, c := range all {
		better := c.Difference
		if job.DirectionOf(c.Metric) == job.LowerIsBetter {
			better = -better
		}
		switch {
		case c.Verdict == Gains && better > gain:
			best, gain = c.Arm, better
		case c.Verdict == NoDifference && best == baseline && baseline == Alone:
			best = c.Arm
		}
	}
	return best
}
