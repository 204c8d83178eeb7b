package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"braid/internal/plain"
	"braid/run"
)

// step explains the first step whose records differ.
func (p *pair) step(ctx context.Context, n uint64) error {
	x, y := p.a.steps[n], p.b.steps[n]
	names := x.Differences(y)
	plain.Fprintf(p.s.out, "step %d is the first that differs: %s\n\n", n, strings.Join(names, ", "))
	printRecords(p.s, x, y, p.A, p.B)
	plain.Fprintln(p.s.out)
	if err := p.sayCheckpoints(); err != nil {
		return err
	}
	verdict := p.blame(ctx, n, names)
	p.screen.Wipe()
	return differError(p.A, p.B, "step %d (%s): %s", n, strings.Join(names, ", "), verdict)
}

func (p *pair) sayCheckpoints() error {
	equal, at, change, err := p.firstCheckpoint()
	if err == nil && change != nil {
		plain.Fprintf(p.s.out, "checkpoints of the same step: %d equal, then that of step %d differs in %s\n", equal, at, change)
	}
	return err
}

// blame takes the step again from both runs' checkpoints, and says who is to blame.
func (p *pair) blame(ctx context.Context, n uint64, names []string) string {
	switch {
	case slices.Contains(names, "task") || slices.Contains(names, "tokens"):
		return "they trained on other examples: the data are not the same"
	case !slices.Contains(names, "loss") && !slices.Contains(names, "checksum") && p.a.steps[n].Checksum != "" && p.b.steps[n].Checksum != "":
		if !p.same {
			return "the same gradient, and another update, as the jobs say"
		}
		// The gradient is the same: what follows it, or the record, is not.
	}
	a, err := p.a.take(ctx, wish{step: n, workers: p.Workers, shards: true}, p.screen.Status)
	if err != nil {
		return "it was not taken again: " + err.Error()
	}
	p.b.share(p.a)
	b, err := p.b.take(ctx, wish{step: n, workers: p.Workers, shards: true}, p.screen.Status)
	if err != nil {
		return "it was not taken again: " + err.Error()
	}
	p.screen.Wipe()
	p.sayAgain(n, a, b)
	mine, theirs := p.a.steps[n].Differences(&a.line) == nil, p.b.steps[n].Differences(&b.line) == nil
	equal := a.line.Differences(&b.line) == nil
	p.sayShards(a, b, mine && theirs)
	switch {
	case mine && theirs && !p.same:
		return "each is what its own job gives"
	case mine && theirs:
		return fmt.Sprintf("each is what its own parameters give, and these differ before the step already: an update of a step up to %d differed, not this gradient", max(a.from, b.from))
	case mine && equal:
		return p.accuse(p.A, p.B, n, b.from, names)
	case theirs && equal:
		return p.accuse(p.B, p.A, n, a.from, names)
	case mine:
		return fmt.Sprintf("the recomputation agrees with %s; from the checkpoint of %s it agrees with neither: that checkpoint is not sound, or this machine is not", p.A, p.B)
	case theirs:
		return fmt.Sprintf("the recomputation agrees with %s; from the checkpoint of %s it agrees with neither: that checkpoint is not sound, or this machine is not", p.B, p.A)
	}
	return fmt.Sprintf("the recomputation agrees with neither: run braid replay --step %d --json FILE on both machines and compare the files", n)
}

// accuse words the verdict on the run whose record nobody can repeat.
func (p *pair) accuse(right, wrong string, n, from uint64, names []string) string {
	said := fmt.Sprintf("the recomputation agrees with %s and not with %s", right, wrong)
	x, y := p.a.steps[n+1], p.b.steps[n+1]
	switch {
	case x != nil && y != nil && x.Differences(y) == nil:
		// Another gradient or update would have changed what follows.
		return said + fmt.Sprintf(": step %d is equal again, so it is the record that was altered", n+1)
	case !slices.Contains(names, "checksum") && !slices.Contains(names, "loss"):
		return said + ": the same gradient, and another update or an altered record"
	case !slices.Contains(names, "checksum"):
		return said + ": the same gradient, so the record was altered"
	case from == n-1:
		return said + fmt.Sprintf(": the same parameters, and another gradient in %s", wrong)
	}
	return said + fmt.Sprintf(": another gradient in %s, or an update after step %d (its nearest checkpoint; more with cluster.keep)", wrong, from)
}

// share gives a run the data that another of the same job and files has read.
func (p *past) share(o *past) {
	if p.data != nil || o.data == nil || p.job.Hash() != o.job.Hash() {
		return
	}
	for i, d := range p.job.Data {
		if p.job.Path(d.Train) != o.job.Path(o.job.Data[i].Train) {
			return
		}
	}
	p.data = o.data
}

func (p *pair) sayAgain(n uint64, a, b *again) {
	for _, side := range []struct {
		name     string
		a        *again
		recorded *run.Metric
	}{{p.A, a, p.a.steps[n]}, {p.B, b, p.b.steps[n]}} {
		for _, skipped := range side.a.skipped {
			plain.Fprintf(p.s.out, "skipped: %s: %s\n", side.name, skipped)
		}
		verdict := "as recorded"
		if names := side.recorded.Differences(&side.a.line); names != nil {
			verdict = "not as recorded: " + strings.Join(names, ", ")
		}
		plain.Fprintf(p.s.out, "taken again %s of %s: checksum %s, %s\n", side.a.start(), side.name, side.a.line.Checksum, verdict)
	}
}

// sayShards names the first shard that differs between the two recomputations; without
// one, the shards are what another machine can be compared with.
func (p *pair) sayShards(a, b *again, explained bool) {
	if where := shardDifference(a.shards, b.shards); where != "" {
		plain.Fprintf(p.s.out, "first shard of the recomputations that differs: %s\n", where)
		return
	}
	if !explained {
		plain.Fprintf(p.s.out, "\nits shards, as computed here, to compare with another machine:\n")
		printShards(p.s, a.shards)
	}
}

// checkpoint explains a tensor that differs where all records are equal.
func (p *pair) checkpoint(ctx context.Context, at uint64, change *tensorChange) error {
	plain.Fprintf(p.s.out, "all steps that both recorded are equal; the checkpoint of step %d is the first that differs\n", at)
	verdict := p.blameCheckpoint(ctx, at)
	p.screen.Wipe()
	return differError(p.A, p.B, "checkpoint of step %d, %s: %s", at, change, verdict)
}

// blameCheckpoint computes the state at a step again, and says with whom it agrees.
func (p *pair) blameCheckpoint(ctx context.Context, at uint64) string {
	again, err := p.a.take(ctx, wish{step: at, workers: p.Workers}, p.screen.Status)
	if err != nil {
		return "it was not computed again: " + err.Error()
	}
	state := again.replay.Checkpoint()
	var agree []string
	for _, r := range []*past{p.a, p.b} {
		s, tensors, err := r.view.Tensors(at)
		if err == nil && firstTensor(tensors, state.Tensors()) == nil && slices.Equal(s.OptimizerSteps, state.Optimizer.Steps) {
			agree = append(agree, r.dir)
		}
	}
	p.screen.Wipe()
	said := fmt.Sprintf("computed again %s of %s", again.start(), p.A)
	if len(agree) == 0 {
		return said + " it agrees with neither"
	}
	return said + " it agrees with " + agree[0] + ": the other's update or file was altered"
}
