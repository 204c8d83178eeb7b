package run

import (
	"maps"
	"slices"

	"braid/data"
	"braid/nn"
	"braid/nn/optim"
)

// State is the scalars of a checkpoint. Who is next needs no cursor: plan is a function of
// the step.
type State struct {
	Format    int    `json:"format"`
	JobHash   string `json:"job_hash"`
	Step      uint64 `json:"step"`      // steps done
	Term      uint64 `json:"term"`      // of the coordinator that wrote it
	Evaluated uint64 `json:"evaluated"` // steps done at the last evaluation, 0: none yet
	Waited    int    `json:"waited"`    // evaluations since the best one
	Best      Best   `json:"best"`
	Tokens    uint64 `json:"tokens"`

	TaskSteps map[string]uint64 `json:"task_steps"` // by task: steps that trained it, skipped ones not counted

	// Steps that were not applied because they were not finite: in all, and those since the
	// last one that was.
	SkippedSteps uint64 `json:"skipped_steps,omitempty"`
	SkippedInRow int    `json:"skipped_in_row,omitempty"`

	// Seconds are spent in all and in steps alone, over all resumptions.
	Seconds     float64 `json:"seconds"`
	StepSeconds float64 `json:"step_seconds"`

	// Data are what this training sees. Going on with others would give a model that neither
	// these nor the others give.
	Data data.Digest `json:"data"`

	ParamsSHA256   string   `json:"params_sha256"`   // of the parameters in their order
	OptimizerSteps []uint64 `json:"optimizer_steps"` // by group
}

// Best is where the mean of the tasks' selection scores on dev was highest.
type Best struct {
	Step  uint64              `json:"step"` // 0: none yet
	Score float64             `json:"score"`
	Tasks map[string]TaskBest `json:"tasks,omitempty"` // each task's own best

	Untrained []string `json:"untrained,omitempty"` // tasks that no step had trained by then
}

// TaskBest is where one task's main metric was best, and its value: the lowest of an error.
type TaskBest struct {
	Step  uint64  `json:"step"`
	Score float64 `json:"score"`
}

// Clone returns a copy that shares no memory.
func (s State) Clone() State {
	s.Best.Tasks, s.Best.Untrained = maps.Clone(s.Best.Tasks), slices.Clone(s.Best.Untrained)
	s.TaskSteps = maps.Clone(s.TaskSteps)
	s.OptimizerSteps = slices.Clone(s.OptimizerSteps)
	return s
}

// Checkpoint is all that a training needs to go on.
type Checkpoint struct {
	State
	Params    *nn.ParamSet
	Optimizer optim.State
}

// Snapshot copies a checkpoint, so that it can be written while training goes on. Cost:
// one copy of parameters and moments.
func (c *Checkpoint) Snapshot() *Checkpoint {
	return &Checkpoint{State: c.State.Clone(), Params: c.Params.Clone(), Optimizer: c.Optimizer.Clone()}
}
