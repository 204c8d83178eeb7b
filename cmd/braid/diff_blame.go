package main

import (
	"context"
	"fmt"
	"strings"

	"braid/forensics"
	"braid/internal/plain"
)

// step explains the first step whose records differ.
func (d *runsDiff) step(ctx context.Context, n uint64) error {
	a, b := d.A, d.B
	differ := strings.Join(a.Steps[n].Differences(b.Steps[n]), ", ")
	plain.Fprintf(d.s.out, "step %d is the first that differs: %s\n\n", n, differ)
	printRecords(d.s, a.Steps[n], b.Steps[n], a.Dir, b.Dir)
	plain.Fprintln(d.s.out)
	equal, at, change, err := d.FirstCheckpoint(d.unusable)
	if err != nil {
		return err
	}
	if change != nil {
		plain.Fprintf(d.s.out, "checkpoints of the same step: %d equal, then that of step %d differs in %s\n", equal, at,
			change)
	}
	blame := d.BlameStep(ctx, n)
	d.screen.Wipe()
	if blame.A != nil {
		d.printReplay(a, blame.A, n)
		d.printReplay(b, blame.B, n)
		d.printShards(blame)
	}
	return differError(a.Dir, b.Dir, "step %d (%s): %s", n, differ, blame.Verdict)
}

// printReplay prints the outcome of the replay of step n of one run.
func (d *runsDiff) printReplay(r *forensics.RecordedRun, replayed *forensics.ReplayedStep, n uint64) {
	for _, skipped := range replayed.Skipped {
		plain.Fprintf(d.s.out, "skipped: %s: %s\n", r.Dir, skipped)
	}
	verdict := "as recorded"
	if names := r.Steps[n].Differences(&replayed.Line); names != nil {
		verdict = "not as recorded: " + strings.Join(names, ", ")
	}
	plain.Fprintf(d.s.out, "replayed from %s of %s: checksum %s, %s\n", startOf(replayed), r.Dir, replayed.Line.Checksum,
		verdict)
}

// printShards prints the first shard that differs between the two replays. If none differs and the cause is
// not found, it prints the shards, for a comparison with another machine.
func (d *runsDiff) printShards(blame *forensics.StepBlame) {
	if blame.ShardDifference != "" {
		plain.Fprintf(d.s.out, "first difference between the shards of the replays: %s\n", blame.ShardDifference)
		return
	}
	if !blame.Explained {
		plain.Fprintf(d.s.out, "\nshards as computed here, for comparison with another machine:\n")
		printShards(d.s, blame.A.Shards)
	}
}

// checkpoint explains a tensor that differs although all records are equal.
func (d *runsDiff) checkpoint(ctx context.Context, at uint64, change *forensics.TensorChange) error {
	a, b := d.A, d.B
	plain.Fprintf(d.s.out, "all steps that both recorded are equal; the checkpoint of step %d is the first that differs\n",
		at)
	blame, err := d.BlameCheckpoint(ctx, at)
	d.screen.Wipe()
	verdict := ""
	switch {
	case err != nil:
		verdict = "the step could not be replayed: " + err.Error()
	case len(blame.Agrees) == 0:
		verdict = fmt.Sprintf("a replay from %s of %s agrees with neither", startOf(blame.Replayed), a.Dir)
	default:
		verdict = fmt.Sprintf("a replay from %s of %s agrees with %s: the update or the file of the other was altered",
			startOf(blame.Replayed), a.Dir, blame.Agrees[0])
	}
	return differError(a.Dir, b.Dir, "checkpoint of step %d, %s: %s", at, change, verdict)
}
