package forensics

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"braid/gradient"
	"braid/job"
	"braid/nn"
	"braid/run"
	"braid/train"
)

// ShardFigures describe the gradient of one shard of a step. Two machines compare them.
type ShardFigures struct {
	Shard    int                `json:"shard"`
	Loss     map[string]float64 `json:"loss"` // by task: sum over the examples; finite sums only
	Norm     map[string]float64 `json:"norm"` // by task: normaliser of the loss
	Checksum string             `json:"checksum"`
	Tensors  []TensorFigures    `json:"tensors"` // in the model's order; without tensors that have no gradient
}

// TensorFigures describe the gradient of one tensor.
type TensorFigures struct {
	Name     string `json:"name"` // as in the model's weights file
	Checksum string `json:"checksum"`
	Rows     int    `json:"rows,omitempty"` // of a table: number of rows with a gradient
}

// shardFigures computes the shards of the replay's next step.
func shardFigures(ctx context.Context, r *train.Replay, j *job.Job) ([]ShardFigures, error) {
	var all []ShardFigures
	params := r.Checkpoint().Params
	err := r.Shards(ctx, func(shard int, g *gradient.Gradient) {
		f := ShardFigures{Shard: shard, Loss: map[string]float64{}, Norm: map[string]float64{},
			Checksum: run.Hex(g.Checksum()),
			Tensors:  tensorFigures(params, r.Shape(), g)}
		for t, l := range g.Loss {
			if finite := l.Sum-l.Sum == 0 && l.Weight-l.Weight == 0; finite && (l.Weight != 0 || l.Sum != 0) {
				f.Loss[j.Tasks[t].Name], f.Norm[j.Tasks[t].Name] = l.Sum, l.Weight
			}
		}
		all = append(all, f)
	})
	return all, err
}

func tensorFigures(params *nn.ParamSet, shape gradient.Shape, g *gradient.Gradient) []TensorFigures {
	var all []TensorFigures
	for i, slot := range shape.Slots {
		group := params.Groups[slot.Group]
		if rows := &g.Rows[i]; len(rows.IDs) > 0 {
			all = append(all, TensorFigures{group.Name + "." + group.Params[0].Name, run.Hex(rows.Checksum()), len(rows.IDs)})
		}
		dense := g.Dense[i]
		if dense == nil {
			continue
		}
		for _, p := range group.Params {
			n := len(p.Data)
			all = append(all, TensorFigures{Name: group.Name + "." + p.Name,
				Checksum: run.Hex(gradient.ChecksumFloats(dense[:n]))})
			dense = dense[n:]
		}
	}
	return all
}

// ShardDifference describes the first difference between the shards of two replays; "" if there is none.
func ShardDifference(a, b []ShardFigures) string {
	for i := range min(len(a), len(b)) {
		x, y := &a[i], &b[i]
		for _, task := range slices.Sorted(maps.Keys(x.Loss)) {
			if x.Loss[task] != y.Loss[task] || x.Norm[task] != y.Norm[task] {
				return fmt.Sprintf("shard %d: the loss of %s is %s of %s, and %s of %s", x.Shard, task,
					exact(x.Loss[task]), exact(x.Norm[task]), exact(y.Loss[task]), exact(y.Norm[task])) +
					tensorDifference(x.Tensors, y.Tensors)
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

func tensorDifference(a, b []TensorFigures) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("; the first tensor whose gradient differs is %s (checksum %s, and %s%s)",
				a[i].Name, a[i].Checksum, b[i].Checksum, counterpart(a[i], b[i]))
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("; they have gradients of %d tensors, and of %d", len(a), len(b))
	}
	return ""
}

// counterpart describes b where it differs from a in more than the checksum.
func counterpart(a, b TensorFigures) string {
	switch {
	case a.Name != b.Name:
		return " of " + b.Name
	case a.Rows != b.Rows:
		return fmt.Sprintf(", with %d rows and %d", a.Rows, b.Rows)
	}
	return ""
}

// exact formats a number so that parsing returns the same number.
func exact(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
