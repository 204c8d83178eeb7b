package train

import (
	"context"
	"slices"

	"braid/gradient"
	"braid/job"
	"braid/model"
	"braid/nn"
	"braid/plan"
	"braid/run"
)

// Fleet computes gradients and scores: goroutines of this process, or workers elsewhere. Its methods are called
// one at a time.
type Fleet interface {
	// Gradient returns the roots of a step's gradient trees, the sums over all shards: one root, or one for each
	// task of each stream if the step is apart. It must use the values in w.Params; w.Changed names the ones that
	// differ from the previous call of Gradient or Score. The caller may change the gradients until the next call,
	// which may reuse their memory and that of the slice.
	Gradient(ctx context.Context, w Work) ([]*gradient.Gradient, error)

	// Score returns by data set the summed scores of one split; nil for a set without that split.
	Score(ctx context.Context, w ScoreWork) ([]*model.SetScore, error)

	// Workers returns the current number of goroutines or processes.
	Workers() int

	Close() error
}

// Withdrawn is the error of a Gradient or Score that found earlier results of the fleet to be wrong. Training
// restarts from a checkpoint before them.
type Withdrawn struct {
	Step uint64 // the first step, counted from 0, whose results are wrong
	Why  string
}

func (e *Withdrawn) Error() string { return e.Why }

// Reporter is a Fleet that writes to the journal.
type Reporter interface {
	News() []run.Entry       // entries since the last call
	Figures() map[string]any // fields of the last entry of a run
}

// Work is the order for the gradient of one step.
type Work struct {
	Step    plan.Step
	Scale   []float32 // by task: factor on its dLogits
	Params  *nn.ParamSet
	Changed Changed
	Waiting func(cause string) // called now and then while the call waits, on any goroutine; nil: none
}

// ScoreWork is the order for the scores of one split: blocks of model.BlockExamples examples, summed in their order.
type ScoreWork struct {
	Step     uint64 // steps done
	Split    job.Split
	Outcomes bool // the scores must have the outcomes of single examples
	Params   *nn.ParamSet
	Changed  Changed
	Waiting  func(cause string) // as in Work
}

// Changed names the parameters that differ from those of the previous call.
type Changed struct {
	All    bool
	Groups []bool     // by parameter group: all of the group
	Rows   [][]uint32 // by parameter group, for tables: rows, ascending

	// Delta holds the increments applied to the changed parameters, rounded to the job's precision. If nil,
	// send values. Ignored if All is set.
	Delta *nn.ParamSet
}

// Any reports whether any parameter differs.
func (c Changed) Any() bool {
	return c.All || slices.Contains(c.Groups, true) || slices.ContainsFunc(c.Rows,
		func(rows []uint32) bool { return len(rows) > 0 })
}

// groups returns by group whether any of its parameters differs, in dst's memory if that is large enough; nil if
// all groups do.
func (c Changed) groups(dst []bool) []bool {
	if c.All {
		return nil
	}
	dst = dst[:0]
	for i := range c.Groups {
		dst = append(dst, c.Groups[i] || len(c.Rows[i]) > 0)
	}
	return dst
}
