package train

import (
	"fmt"
	"time"

	"braid/job"
	"braid/run"
)

// Event is something that a training says of itself, as a value: Started, Stepped,
// Evaluated, Checkpointed, Unsaved, Skipped, Withdrew, Waiting, Finished.
type Event interface{ event() }

// Started is said once, before the first step.
type Started struct {
	Job     string
	Dir     string
	Step    uint64 // steps done already: above 0 after a resume
	Steps   uint64 // in all
	Params  int
	Words   int
	Shards  int
	Workers int
}

// Stepped is said after every step.
type Stepped struct {
	Step    uint64 // steps done
	Steps   uint64
	Tasks   []int // indexes of the step's tasks
	Loss    []float64
	Norm    float64
	Rate    float64
	Tokens  int
	Took    time.Duration
	Compute time.Duration // part of Took: the fleet's
	Apply   time.Duration // part of Took: weighing, clipping, checking, the optimiser's
	Workers int
	Skipped error // why the step was not applied; nil: it was
}

// Evaluated is said after every evaluation.
type Evaluated struct {
	Step   uint64
	Steps  uint64
	Split  job.Split
	Tasks  []TaskScore
	Joint  map[string]float64 // joint_accuracy by data set
	Mean   float64            // of the selection scores of the tasks' main metrics
	Best   bool
	Waited int // evaluations since the best one
	Took   time.Duration
}

// TaskScore is one task's part of an evaluation.
type TaskScore struct {
	Task    string
	Metric  string  // the main one
	Main    float64 // its value
	Loss    float64 // mean
	Metrics map[string]float64
}

// Checkpointed is said when a checkpoint is on disk.
type Checkpointed struct{ Step uint64 }

// Unsaved is said when a checkpoint could not be written. The training goes on, unless it
// was the last attempt, and the next checkpoint that is due is the next attempt.
type Unsaved run.Attempt

func (e Unsaved) String() string {
	mend := "the next one that is due is tried; free space in the run directory"
	if e.Last {
		mend = "the run ends"
	}
	return fmt.Sprintf("CHECKPOINT NOT WRITTEN, %d in a row: %v: %s", e.InARow, e.Err, mend)
}

// Skipped is said of a checkpoint that could not be used at a resume.
type Skipped struct {
	Step uint64
	Why  error
}

// Withdrew is said when the fleet took back what it had given: training goes on from Step.
type Withdrew struct {
	Step uint64
	Why  string
}

// Waiting is said of a fleet that cannot go on: what for, how long already, until when.
type Waiting struct{ What string }

// Finished is the last event of a training that ran to its end.
type Finished struct{ Summary *run.Summary }

func (Started) event()      {}
func (Stepped) event()      {}
func (Evaluated) event()    {}
func (Checkpointed) event() {}
func (Unsaved) event()      {}
func (Skipped) event()      {}
func (Withdrew) event()     {}
func (Waiting) event()      {}
func (Finished) event()     {}
