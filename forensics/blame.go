package forensics

import (
	"context"
	"fmt"
	"slices"
)

// StepBlame explains why the records of a step differ between two runs.
type StepBlame struct {
	Verdict         string
	A, B            *ReplayedStep // of each run; nil if the step was not replayed
	ShardDifference string        // between A and B; "" if there is none
	Explained       bool          // both records agree with their replays
}

// BlameStep replays step n from a checkpoint of each run and finds the run with which the replays agree.
// n is a step that both runs have recorded and whose records differ.
func (c *Comparison) BlameStep(ctx context.Context, n uint64) *StepBlame {
	names := c.A.Steps[n].Differences(c.B.Steps[n])
	switch {
	case slices.Contains(names, "task") || slices.Contains(names, "tokens"):
		return &StepBlame{Verdict: "the runs trained on different examples: their data differ"}
	case !slices.Contains(names, "loss") && !slices.Contains(names, "checksum") && c.A.Steps[n].Checksum != "" &&
		c.B.Steps[n].Checksum != "":
		if !c.SameJob {
			return &StepBlame{Verdict: "equal gradients but different updates, as the jobs specify"}
		}
		// The gradients are equal: the update or the record differs.
	}
	a, err := c.A.Replay(ctx, ReplayRequest{Step: n, Workers: c.Workers, Shards: true, Status: c.Status})
	if err != nil {
		return &StepBlame{Verdict: "the step could not be replayed: " + err.Error()}
	}
	c.B.shareData(c.A)
	b, err := c.B.Replay(ctx, ReplayRequest{Step: n, Workers: c.Workers, Shards: true, Status: c.Status})
	if err != nil {
		return &StepBlame{Verdict: "the step could not be replayed: " + err.Error()}
	}
	agreeA, agreeB := c.A.Steps[n].Differences(&a.Line) == nil, c.B.Steps[n].Differences(&b.Line) == nil
	s := &StepBlame{A: a, B: b, ShardDifference: ShardDifference(a.Shards, b.Shards), Explained: agreeA && agreeB}
	equal := a.Line.Differences(&b.Line) == nil
	switch {
	case s.Explained && !c.SameJob:
		s.Verdict = "each record agrees with its own job"
	case s.Explained:
		s.Verdict = fmt.Sprintf("each record agrees with its own parameters, which already differ before the step: "+
			"an update at or before step %d differed, not this gradient", max(a.From, b.From))
	case agreeA && equal:
		s.Verdict = c.accuse(c.A, c.B, n, b.From, names)
	case agreeB && equal:
		s.Verdict = c.accuse(c.B, c.A, n, a.From, names)
	case agreeA:
		s.Verdict = faultyCheckpoint(c.A, c.B)
	case agreeB:
		s.Verdict = faultyCheckpoint(c.B, c.A)
	default:
		s.Verdict = fmt.Sprintf("the replay agrees with neither: run braid replay --step %d --json FILE on both "+
			"machines and compare the files", n)
	}
	return s
}

func faultyCheckpoint(right, wrong *RecordedRun) string {
	return fmt.Sprintf("the replay agrees with %s; from the checkpoint of %s it agrees with neither: that checkpoint "+
		"or this machine is faulty",
		right.Dir, wrong.Dir)
}

// accuse returns the verdict on the run whose record of step n no replay confirms. from is the step of the
// checkpoint at which its replay started; names are the fields of the record that differ.
func (c *Comparison) accuse(right, wrong *RecordedRun, n, from uint64, names []string) string {
	verdict := fmt.Sprintf("the replay agrees with %s and not with %s: ", right.Dir, wrong.Dir)
	a, b := c.A.Steps[n+1], c.B.Steps[n+1]
	switch {
	case a != nil && b != nil && a.Differences(b) == nil:
		// A different gradient or update would have changed the next step.
		return verdict + fmt.Sprintf("step %d is equal again, so the record was altered", n+1)
	case !slices.Contains(names, "checksum") && !slices.Contains(names, "loss"):
		return verdict + "equal gradients, so the update differed or the record was altered"
	case !slices.Contains(names, "checksum"):
		return verdict + "equal gradients, so the record was altered"
	case from == n-1:
		return verdict + fmt.Sprintf("equal parameters, but a different gradient in %s", wrong.Dir)
	}
	return verdict + fmt.Sprintf("a different gradient in %s, or a different update after step %d (the nearest "+
		"checkpoint; "+
		"cluster.keep keeps more)", wrong.Dir, from)
}

// CheckpointBlame explains why the checkpoints of a step differ where all records are equal.
type CheckpointBlame struct {
	Replayed *ReplayedStep // in run A
	Agrees   []string      // directories of the runs whose checkpoint equals the replayed state
}

// BlameCheckpoint replays run A up to a step and compares the state with both checkpoints of that step.
func (c *Comparison) BlameCheckpoint(ctx context.Context, step uint64) (*CheckpointBlame, error) {
	replayed, err := c.A.Replay(ctx, ReplayRequest{Step: step, Workers: c.Workers, Status: c.Status})
	if err != nil {
		return nil, err
	}
	blame := &CheckpointBlame{Replayed: replayed}
	state := replayed.State
	for _, r := range []*RecordedRun{c.A, c.B} {
		s, tensors, err := r.Reader.Tensors(step)
		if err == nil && FirstTensor(tensors, state.Tensors()) == nil &&
			slices.Equal(s.OptimizerSteps, state.Optimizer.Steps) {
			blame.Agrees = append(blame.Agrees, r.Dir)
		}
	}
	return blame, nil
}
