package train

import (
	"fmt"
	"slices"

	"braid/job"
)

// fewSteps is the least number of steps in which a task learns anything.
const fewSteps = 10

// Starved describes a task that the plan trains in almost no step.
type Starved struct {
	Task      string
	Examples  int
	Steps, Of uint64 // steps that train the task, and all steps
	Sampling  string // kind of sampling
	Remedy    string
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
	return said + ": " + s.Remedy
}

// moreSteps returns the settings that give a task more steps.
func moreSteps(j *job.Job, task string) string {
	const longer = ", or train longer"
	if j.Init.Rehearse > 0 && slices.Contains(j.Init.Old, task) {
		return "raise init.rehearse" + longer
	}
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

// Starved returns the tasks that the plan trains in no step, or in fewer than a task needs although the other
// tasks have enough.
func (s *Setup) Starved() []Starved {
	tasks, _ := s.Data.Sizes()
	steps := s.Plan.Steps()
	enough := steps/uint64(len(s.Job.Tasks)) >= fewSteps
	var all []Starved
	for t, share := range s.Shares() {
		if share.Steps == 0 || share.Steps < fewSteps && enough {
			name := s.Job.Tasks[t].Name
			all = append(all, Starved{name, tasks[t], share.Steps, steps, s.Job.Training.Sampling.Kind, moreSteps(s.Job, name)})
		}
	}
	return all
}
