package train

import (
	"fmt"
	"time"

	"braid/job"
	"braid/run"
)

// Event is an event of a training: Started, Stepped, Evaluated, Checkpointed, Unsaved, Skipped, Withdrew, Waiting
// or Finished.
type Event interface{ event() }

// Started is the first event.
type Started struct {
	Job     string
	Dir     string
	Step    uint64 // steps done; above 0 after a resume
	Steps   uint64 // of the whole training
	Params  int    // numbers
	Words   int    // ids of the vocabulary
	Shards  int
	Workers int
}

// Stepped follows each step.
type Stepped struct {
	Step     uint64 // steps done
	Steps    uint64
	Tasks    []int     // indexes of the step's tasks
	Loss     []float64 // mean loss of each of Tasks
	GradNorm float64   // before clipping
	Rate     float64   // learning rate
	Tokens   int       // of the step
	Took     time.Duration
	Compute  time.Duration // part of Took: in the fleet
	Apply    time.Duration // part of Took: scaling, clipping, checking, updating
	Workers  int
	Skipped  error // why the step was not applied; nil if it was
}

// Evaluated follows each evaluation.
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

// TaskScore holds the scores of one task.
type TaskScore struct {
	Task      string
	Metric    string  // the main metric
	Main      float64 // value of Metric
	Selection float64 // selection score of Main; see job.Task.Metric
	Loss      float64 // mean
	Metrics   map[string]float64
}

// Checkpointed follows a checkpoint that is on disk.
type Checkpointed struct{ Step uint64 }

// Unsaved follows a checkpoint that could not be written. Unless this was the last attempt, training continues and
// the next checkpoint is the next attempt.
type Unsaved run.Attempt

func (e Unsaved) String() string {
	next := "the next checkpoint is tried; free space in the run directory"
	if e.Last {
		next = "the run ends"
	}
	return fmt.Sprintf("CHECKPOINT NOT WRITTEN, %d in a row: %v: %s", e.InARow, e.Err, next)
}

// Skipped names a checkpoint that a resume could not use.
type Skipped struct {
	Step uint64
	Why  error
}

// Withdrew follows a withdrawal of results by the fleet. Training continues from Step.
type Withdrew struct {
	Step uint64
	Why  string
}

// Waiting is a wait of the fleet. Cause names the cause, the time so far and the limit.
type Waiting struct{ Cause string }

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
