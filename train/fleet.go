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

// Fleet is whoever computes. Its methods are called from one goroutine, one at a time.
type Fleet interface {
	// Gradient returns the root of the tree for one step: sums over all shards. Params
	// hold the values to use; Changed says what differs from the last call of Gradient or
	// Score. The caller may change the gradient until the next call, which may reuse it.
	Gradient(ctx context.Context, w Work) (*gradient.Gradient, error)
	// Score sums the scores of one split of every data set; nil for a set without it.
	Score(ctx context.Context, w ScoreWork) ([]*model.SetScore, error)
	// Workers is how many take part at the moment: goroutines or processes.
	Workers() int
	Close() error
}

// Withdrawn is the error of a Gradient or Score that found numbers given for earlier steps
// to be wrong: training goes back to before them.
type Withdrawn struct {
	Step uint64 // the first step, counted from 0, whose numbers are not to be trusted
	Why  string
}

func (e *Withdrawn) Error() string { return e.Why }

// Reporter is a Fleet that has something to tell the journal.
type Reporter interface {
	News() []run.Entry       // since it was last asked
	Figures() map[string]any // for the last entry of a run
}

// Work is one step's gradient.
type Work struct {
	Step    plan.Step
	Scale   []float32 // by task: factor on its dLogits, before the sums
	Params  *nn.ParamSet
	Changed Changed
	Waiting func(what string) // told now and then while the call waits, on any goroutine; nil: nobody listens
}

// ScoreWork is one split to score: chunks of ChunkExamples, summed in chunk order.
type ScoreWork struct {
	Step    uint64 // steps done
	Split   job.Split
	Params  *nn.ParamSet
	Changed Changed
	Waiting func(what string) // as in Work
}

// ChunkExamples is how many examples are scored together; part of the order of sums.
const ChunkExamples = 256

// Changed says which parameters differ from those of the call before.
type Changed struct {
	All    bool
	Groups []bool     // by group: all of it
	Rows   [][]uint32 // by group, of tables: these rows, ascending

	// By is what was added to the parameters that differ, in numbers of the job's precision;
	// nil: their values must be told. Without a meaning where All is set.
	By *nn.ParamSet
}

// Any says whether anything does.
func (c Changed) Any() bool {
	return c.All || slices.Contains(c.Groups, true) || slices.ContainsFunc(c.Rows, func(rows []uint32) bool { return len(rows) > 0 })
}

// groups says by group whether anything in it has changed, in dst's memory; nil is everything.
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
