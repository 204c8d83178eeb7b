package train

import (
	"fmt"

	"braid/data"
	"braid/job"
	"braid/plan"
)

// fewSteps is how many steps a task needs at least to learn something.
const fewSteps = 10

// Starved is a task that the plan gives almost no step, while the others have enough.
type Starved struct {
	Task      string
	Examples  int
	Steps, Of uint64
	Sampling  string // the kind
	Mend      string
}

func (s Starved) String() string {
	said := fmt.Sprintf("task %s: none of the %d steps trains it", s.Task, s.Of)
	switch {
	case s.Steps == 1:
		said = fmt.Sprintf("task %s: 1 of the %d steps trains it", s.Task, s.Of)
	case s.Steps > 1:
		said = fmt.Sprintf("task %s: %d of the %d steps train it", s.Task, s.Steps, s.Of)
	}
	said += fmt.Sprintf(" (it has %d examples, and sampling is %s)", s.Examples, s.Sampling)
	return said + ": " + s.Mend
}

// moreSteps says how a task gets more steps under a kind of sampling.
func moreSteps(j *job.Job, task string) string {
	const longer = ", or train longer"
	switch s := j.Training.Sampling; {
	case s.Kind == "proportional", s.Kind == "annealed":
		return "set training.sampling.kind to temperature or uniform" + longer
	case s.Kind == "explicit":
		return fmt.Sprintf("raise tasks.%s.probability", task) + longer
	case s.Kind == "temperature":
		return "raise training.sampling.temperature, set training.sampling.cap" + longer
	}
	return "train longer"
}

// FindStarved returns the tasks of a job that its plan leaves out, or nearly.
func FindStarved(j *job.Job, p *data.Prepared) ([]Starved, error) {
	tasks, sets := p.Sizes()
	planner, err := plan.New(j, plan.Sizes{Tasks: tasks, Sets: sets})
	if err != nil {
		return nil, err
	}
	var all []Starved
	for t, share := range planner.Shares() {
		enough := planner.Steps()/uint64(len(j.Tasks)) >= fewSteps
		if share.Steps == 0 || share.Steps < fewSteps && enough {
			name := j.Tasks[t].Name
			all = append(all, Starved{name, tasks[t], share.Steps, planner.Steps(), j.Training.Sampling.Kind, moreSteps(j, name)})
		}
	}
	return all, nil
}
