package run

import (
	"maps"
	"slices"

	"braid/data"
	"braid/nn"
	"braid/nn/optim"
)

// State holds the scalars of a checkpoint. It has no position in the data, because the plan is a function
// of the step.
type State struct {
	Format    int    `json:"format"`
	JobHash   string `json:"job_hash"`
	Step      uint64 `json:"step"`      // steps done
	Term      uint64 `json:"term"`      // of the coordinator that wrote the checkpoint; 0: none
	Evaluated uint64 `json:"evaluated"` // steps done at the last evaluation, 0: none yet
	Waited    int    `json:"waited"`    // evaluations since the best one
	Best      Best   `json:"best"`
	Tokens    uint64 `json:"tokens"`

	// Candidates are evaluations that may replace the best one as the model, by ascending step. The directory keeps
	// their checkpoints.
	Candidates []Candidate `json:"candidates,omitempty"`

	TaskSteps map[string]uint64 `json:"task_steps"` // by task: steps that trained it, without skipped ones

	// Counts of steps that were skipped because they were not finite: all, and those since the last step that
	// was applied.
	SkippedSteps uint64 `json:"skipped_steps,omitempty"`
	SkippedInRow int    `json:"skipped_in_row,omitempty"`

	// Seconds is the total time of all resumptions, StepSeconds the part spent in steps.
	Seconds     float64 `json:"seconds"`
	StepSeconds float64 `json:"step_seconds"`

	// Methods is the state of the methods that balance tasks, by key of the job: balance, conflict.
	Methods map[string][]float64 `json:"methods,omitempty"`

	// Data identifies the training data. A run must not resume with other data.
	Data data.Digest `json:"data"`

	ParamsSHA256   string   `json:"params_sha256"`   // of the parameters in their order
	OptimizerSteps []uint64 `json:"optimizer_steps"` // by group

	OptimizerUpdates uint64 `json:"optimizer_updates,omitempty"` // of all groups, with training.average
}

// Best is the evaluation with the highest mean of the tasks' selection scores on dev.
type Best struct {
	Step  uint64              `json:"step"` // 0: none yet
	Score float64             `json:"score"`
	Tasks map[string]TaskBest `json:"tasks,omitempty"` // the best evaluation of each task

	Untrained []string `json:"untrained,omitempty"` // tasks that no step up to Step had trained
}

// TaskBest is the evaluation at which one task's main metric was best: highest, or lowest for an error.
type TaskBest struct {
	Step  uint64  `json:"step"`
	Score float64 `json:"score"`
}

// Candidate is an evaluation whose parameters may become the model. Its fields are not changed once it is made.
type Candidate struct {
	Step      uint64             `json:"step"`
	Scores    map[string]float64 `json:"scores"`    // by task: its main metric on dev; absent if it is not a number
	Selection map[string]float64 `json:"selection"` // by task: the selection score; higher is better, 1 at most
}

// Clone returns a copy that shares no memory, except that of the candidates, which do not change.
func (s State) Clone() State {
	s.Candidates = slices.Clone(s.Candidates)
	s.Best.Tasks, s.Best.Untrained = maps.Clone(s.Best.Tasks), slices.Clone(s.Best.Untrained)
	s.TaskSteps = maps.Clone(s.TaskSteps)
	s.OptimizerSteps = slices.Clone(s.OptimizerSteps)
	s.Methods = maps.Clone(s.Methods)
	for name, state := range s.Methods {
		s.Methods[name] = slices.Clone(state)
	}
	return s
}

// Checkpoint is the complete state of a training between two steps.
type Checkpoint struct {
	State
	Params    *nn.ParamSet
	Optimizer optim.State
}

// Snapshot returns a copy that shares no memory, so that it can be written while training continues. It
// copies the parameters and the optimiser state.
func (c *Checkpoint) Snapshot() *Checkpoint {
	return &Checkpoint{State: c.State.Clone(), Params: c.Params.Clone(), Optimizer: c.Optimizer.Clone()}
}
