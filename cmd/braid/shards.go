package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"braid/cmd/internal/term"
	"braid/gradient"
	"braid/job"
	"braid/nn"
	"braid/run"
	"braid/train"
)

// shardFigures are one shard's part of a step: what two machines compare.
type shardFigures struct {
	Shard    int                `json:"shard"`
	Loss     map[string]float64 `json:"loss"` // by task: sums; none that is not finite
	Norm     map[string]float64 `json:"norm"` // by task: what the sums are divided by
	Checksum string             `json:"checksum"`
	Tensors  []tensorFigures    `json:"tensors"` // in the model's order; none that the step leaves alone
}

// tensorFigures are the gradient of one tensor, by the name of its weights file.
type tensorFigures struct {
	Name     string `json:"name"`
	Checksum string `json:"checksum"`
	Rows     int    `json:"rows,omitempty"` // of a table: how many are touched
}

// figuresOf computes the next step's shards.
func figuresOf(ctx context.Context, r *train.Replay, j *job.Job) ([]shardFigures, error) {
	var all []shardFigures
	params := r.Checkpoint().Params
	err := r.Shards(ctx, func(shard int, g *gradient.Gradient) {
		f := shardFigures{Shard: shard, Loss: map[string]float64{}, Norm: map[string]float64{}, Checksum: run.Hex(g.Checksum()), Tensors: tensorsOf(params, g)}
		for t, l := range g.Loss {
			if finite := l.Sum-l.Sum == 0 && l.Norm-l.Norm == 0; finite && (l.Norm != 0 || l.Sum != 0) {
				f.Loss[j.Tasks[t].Name], f.Norm[j.Tasks[t].Name] = l.Sum, l.Norm
			}
		}
		all = append(all, f)
	})
	return all, err
}

func tensorsOf(params *nn.ParamSet, g *gradient.Gradient) []tensorFigures {
	var all []tensorFigures
	for i, group := range params.Groups {
		if rows := &g.Rows[i]; len(rows.IDs) > 0 {
			all = append(all, tensorFigures{group.Name + "." + group.Params[0].Name, run.Hex(rows.Checksum()), len(rows.IDs)})
		}
		rest := g.Dense[i]
		if rest == nil {
			continue
		}
		for _, p := range group.Params {
			n := len(p.Data)
			all = append(all, tensorFigures{Name: group.Name + "." + p.Name, Checksum: run.Hex(gradient.ChecksumFloats(rest[:n]))})
			rest = rest[n:]
		}
	}
	return all
}

// printShards is the table of a step's shards.
func printShards(s streams, shards []shardFigures) {
	rows := [][]string{{"shard", "checksum", "task", "loss (sum)", "of"}}
	for _, f := range shards {
		shard, checksum := fmt.Sprint(f.Shard), f.Checksum
		if len(f.Loss) == 0 { // fewer examples than shards, or not finite
			rows = append(rows, []string{shard, checksum, "", "", ""})
		}
		for _, task := range slices.Sorted(maps.Keys(f.Loss)) {
			rows = append(rows, []string{shard, checksum, task, exact(f.Loss[task]), exact(f.Norm[task])})
			shard, checksum = "", ""
		}
	}
	term.Table(s.out, []bool{true, false, false, false, false}, rows)
}

// shardDifference says where two lists of shards differ first; "" if nowhere.
func shardDifference(a, b []shardFigures) string {
	for i := range min(len(a), len(b)) {
		x, y := &a[i], &b[i]
		for _, task := range slices.Sorted(maps.Keys(x.Loss)) {
			if x.Loss[task] != y.Loss[task] || x.Norm[task] != y.Norm[task] {
				return fmt.Sprintf("shard %d: the loss of %s is %s of %s, and %s of %s", x.Shard, task,
					exact(x.Loss[task]), exact(x.Norm[task]), exact(y.Loss[task]), exact(y.Norm[task])) + tensorDifference(x.Tensors, y.Tensors)
			}
		}
		if x.Checksum != y.Checksum {
			return fmt.Sprintf("shard %d: the losses are equal", x.Shard) + tensorDifference(x.Tensors, y.Tensors)
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("%d shards, and %d", len(a), len(b))
	}
	return ""
}

func tensorDifference(a, b []tensorFigures) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("; the first tensor whose gradient differs is %s (checksum %s, and %s%s)", a[i].Name, a[i].Checksum, b[i].Checksum, other(a[i], b[i]))
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("; they have gradients of %d tensors, and of %d", len(a), len(b))
	}
	return ""
}

// other says what is in b's place when it is not the same tensor's gradient.
func other(a, b tensorFigures) string {
	switch {
	case a.Name != b.Name:
		return " of " + b.Name
	case a.Rows != b.Rows:
		return fmt.Sprintf(", with %d rows and %d", a.Rows, b.Rows)
	}
	return ""
}
