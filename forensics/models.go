package forensics

import (
	"bytes"
	"encoding/json"

	"braid/model"
	"braid/nn"
	"braid/run"
)

// ModelDifference describes the first difference between two models: weights, vocabulary, labels; ""
// if there is none. It does not compare the jobs.
func ModelDifference(a, b *model.Bundle) string {
	switch change := FirstTensor(weights(a.Params), weights(b.Params)); {
	case change != nil:
		return change.String()
	case !equalJSON(a.Vocab, b.Vocab):
		return "the weights are equal, the vocabularies are not"
	case !equalJSON(a.Labels, b.Labels):
		return "the weights are equal, the labels are not"
	}
	return ""
}

func equalJSON(a, b any) bool {
	x, err := json.Marshal(a)
	y, other := json.Marshal(b)
	return err == nil && other == nil && bytes.Equal(x, y)
}

// weights lists parameters in the model's order, named as in its weights file.
func weights(ps *nn.ParamSet) []run.Tensor {
	var all []run.Tensor
	for _, g := range ps.Groups {
		for _, p := range g.Params {
			shape := make([]uint64, len(p.Shape))
			for i, n := range p.Shape {
				shape[i] = uint64(n)
			}
			all = append(all, run.Tensor{Name: g.Name + "." + p.Name, Shape: shape, Data: p.Data})
		}
	}
	return all
}
