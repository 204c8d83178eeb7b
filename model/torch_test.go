package model

import (
	"fmt"
	"strings"
	"testing"

	"braid/data"
	"braid/gradient"
	"braid/internal/fixture"
	"braid/job"
	"braid/nn"
	"braid/nn/optim"
	"braid/plan"
)

// Thirty steps of PyTorch's two-task model from a job file: model, engine with four shards
// on two goroutines, tree, optimiser. In two fixtures the tags read the class.
func TestTrajectoriesAreTorchs(t *testing.T) {
	for _, name := range []string{"multitask_joint_adam", "multitask_sampled_adam", "multitask_sampled_sgd",
		"multitask_reads_joint_adam", "multitask_reads_sampled_adam"} {
		t.Run(name, func(t *testing.T) {
			f := fixture.Load(t, name)
			m, set := torchModel(t, f)
			e := m.engine(2)
			o := optim.New(optim.Config{Kind: f.Params["optimizer"].(string), LR: f.Number("lr"),
				Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Dense: true}, m.Params)
			var losses []float64
			for i, task := range f.Ints("task") {
				step := torchStep(i, task, f.Bool("joint"))
				g, weighed := torchGradient(t, e, []data.Set{set}, step)
				losses = append(losses, weighed...)
				o.Update(m.Params, g, 1)
				e.Pack(m.Params, nil)
				e.Release(g)
			}
			fixture.Close(t, "losses", losses, f.Tensor("losses").Data, 1e-4)
			for torch, p := range torchParams(m) {
				fixture.Close(t, torch, p.Data, f.Tensor("final."+torch).Data, 1e-4)
			}
		})
	}
}

const torchBatch, torchTime = 4, 7

func torchModel(t *testing.T, f *fixture.File) (*testModel, data.Set) {
	mode := "sampled"
	if f.Bool("joint") {
		mode = "joint"
	}
	weights, reads := f.F32("weights"), ""
	if f.Bool("reads") {
		reads = "class"
	}
	text := fmt.Sprintf(`
data: {s: {format: jsonl, train: none.jsonl}}
encoder:
  word: {dim: 6, dropout: 0, unknown: 0, features: "off", update: dense}
  lstm: {hidden: 8, layers: 1, bidirectional: false, dropout: 0}
tasks:
  - {name: class, kind: classification, data: s, field: c, pooling: mean, weight: %v}
  - {name: tag, kind: tagging, scheme: plain, data: s, field: t, weight: %v, reads: [%s]}
training: {mode: %s, batch: 4, shards: 4, epochs: 1}
`, weights[0], weights[1], reads, mode)
	j, err := job.Parse("torch.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	m := started(Spec{Job: j, Words: 20, Labels: []*data.Labels{
		data.NewLabels([]string{"0", "1", "2"}), data.NewLabels([]string{"0", "1", "2", "3", "4"})}})
	for torch, p := range torchParams(m) {
		copy(p.Data, f.F32("init."+torch))
	}
	return m, data.Set{Name: "s", Train: torchCorpus(f)}
}

// torchParams names the parameters as the fixture does.
func torchParams(m *testModel) map[string]nn.Param {
	out := map[string]nn.Param{"embedding.weight": m.Params.Groups[groupWords].Params[0]}
	for _, g := range m.Params.Groups {
		for _, p := range g.Params {
			switch {
			case g.Name == "encoder":
				out[p.Name] = p
			case g.Name != "word":
				out["head_"+strings.TrimPrefix(g.Name, "head.")+"."+p.Name] = p
			}
		}
	}
	return out
}

// torchCorpus holds every step's batch, one after the other.
func torchCorpus(f *fixture.File) *data.Corpus {
	c := &data.Corpus{Offsets: []uint32{0}, Targets: []data.Target{{Task: 0}, {Task: 1}}}
	ids, tags := f.Ints("ids"), f.Ints("tags")
	for e, n := range f.Ints("lengths") {
		for k := range n {
			c.Words = append(c.Words, uint32(ids[e*torchTime+k]))
			c.Targets[1].Tags = append(c.Targets[1].Tags, int32(tags[e*torchTime+k]))
		}
		c.Offsets = append(c.Offsets, uint32(len(c.Words)))
		c.Targets[0].Class = append(c.Targets[0].Class, int32(f.Ints("classes")[e]))
		c.Any = append(c.Any, uint32(e))
	}
	c.Targets[0].Labelled, c.Targets[1].Labelled = c.Any, c.Any
	return c
}

// torchStep gives every example of a step's batch to a shard of its own.
func torchStep(i, task int, joint bool) plan.Step {
	s := plan.Stream{Tasks: []int{task}}
	if joint {
		s.Tasks = []int{0, 1}
	}
	for k := range torchBatch {
		s.Shards = append(s.Shards, []int32{int32(i*torchBatch + k)})
	}
	return plan.Step{Step: uint64(i), Streams: []plan.Stream{s}}
}

// torchGradient is the gradient of Σ weight·(mean loss), and the mean losses, -1 where a
// task is not in the step.
func torchGradient(t *testing.T, e *Engine, sets []data.Set, step plan.Step) (*gradient.Gradient, []float64) {
	m := e.arch
	joint := m.Job.Training.Mode == "joint"
	scale := []float32{1, 1}
	for k, norm := range m.Normalisers(sets, step) {
		if joint {
			scale[k] = float32(m.Job.Tasks[k].Weight / norm)
		}
	}
	gs, err := e.Gradients(t.Context(), sets, step, scale, []gradient.Node{gradient.Root}, nil)
	if err != nil {
		t.Fatal(err)
	}
	g, losses := gs[0], []float64{-1, -1}
	for _, k := range step.Streams[0].Tasks {
		losses[k] = g.Loss[k].Sum / g.Loss[k].Weight
		if !joint {
			g.Scale(float32(m.Job.Tasks[k].Weight / g.Loss[k].Weight))
		}
	}
	return g, losses
}
