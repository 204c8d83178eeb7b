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
	Task          string
	Examples      int
	Steps, Of     uint64
	Sampling      string
	proportionate bool
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
	if s.proportionate {
		return said + ": set training.sampling.kind to temperature or uniform, or train longer"
	}
	return said + ": raise its share in training.sampling, or train longer"
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
			kind := j.Training.Sampling.Kind
			all = append(all, Starved{j.Tasks[t].Name, tasks[t], share.Steps, planner.Steps(), kind, kind == "proportional" || kind == "annealed"})
		}
	}
	return all, nil
}
