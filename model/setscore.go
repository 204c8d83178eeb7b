package model

import (
	"math"

	"braid/gradient"
	"braid/task"
)

// SetScore is the score of one data set's examples for all tasks that read the data set. Scores of
// blocks of examples are added in the order of the blocks, since sums of floats depend on it.
type SetScore struct {
	Set      int
	tasks    []setTask
	outcomes bool // outcomes are kept, except those of a block that are too many bytes

	// Joint counts the examples that carry a label of every task, if two or more tasks have labels;
	// JointRight counts those of them with every label right.
	Joint, JointRight uint64
}

type setTask struct {
	task  int
	seen  uint64 // examples with a label
	loss  gradient.Loss
	score *task.Score

	outcomes *task.Outcomes // nil if they are not kept
}

// NewSetScore returns the score of no examples, which keeps outcomes or not.
func (a *Architecture) NewSetScore(set int, outcomes bool) *SetScore {
	s := &SetScore{Set: set, outcomes: outcomes}
	for _, t := range a.Job.TasksOf(set) {
		labels := 0
		if l := a.Labels[t]; l != nil {
			labels = len(l.Names())
		}
		x := setTask{task: t, score: task.NewScore(a.Job.Tasks[t], labels)}
		if outcomes {
			x.outcomes = task.NewOutcomes(a.Job.Tasks[t], labels)
		}
		s.tasks = append(s.tasks, x)
	}
	return s
}

// Of returns a task's metrics and mean loss. ok is false if no example carries a label of the task.
func (s *SetScore) Of(t int) (metrics map[string]float64, loss float64, ok bool) {
	for _, x := range s.tasks {
		if x.task == t && x.seen > 0 {
			return x.score.Metrics(), x.loss.Sum / max(x.loss.Weight, math.SmallestNonzeroFloat64), true
		}
	}
	return nil, 0, false
}

// JointAccuracy returns the share of examples with a label of every task that have all of them right.
// It returns false if there are no such examples.
func (s *SetScore) JointAccuracy() (float64, bool) {
	if s.Joint == 0 {
		return 0, false
	}
	return float64(s.JointRight) / float64(s.Joint), true
}

// Add adds the score of the next block of examples.
func (s *SetScore) Add(o *SetScore) {
	for i, x := range o.tasks {
		s.tasks[i].seen += x.seen
		s.tasks[i].loss.Sum += x.loss.Sum
		s.tasks[i].loss.Weight += x.loss.Weight
		s.tasks[i].score.Add(x.score)
		if have := s.tasks[i].outcomes; have != nil && x.outcomes != nil {
			have.Append(x.outcomes)
		} else {
			s.tasks[i].outcomes = nil
		}
	}
	s.Joint += o.Joint
	s.JointRight += o.JointRight
}

// Finite reports whether every loss and every sum is finite.
func (s *SetScore) Finite() bool {
	for _, x := range s.tasks {
		if x.loss.Sum-x.loss.Sum != 0 || !x.score.Finite() {
			return false
		}
	}
	return true
}
