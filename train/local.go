package train

import (
	"context"

	"braid/data"
	"braid/gradient"
	"braid/model"
	"braid/nn"
)

// local is a fleet of goroutines in this process.
type local struct {
	engine  *model.Engine
	sets    []data.Set
	threads int
	last    []*gradient.Gradient // that the caller holds
	roots   []gradient.Node      // memory of the arguments of engine
	changed []bool               // memory of Changed.groups
}

// Local returns a fleet of goroutines in this process, at least one.
func Local(a *model.Architecture, sets []data.Set, threads int) Fleet {
	threads = max(threads, 1)
	return &local{engine: model.NewEngine(a, threads), sets: sets, threads: threads,
		changed: make([]bool, len(a.ParamShape().Slots))}
}

func (l *local) Gradient(ctx context.Context, w Work) ([]*gradient.Gradient, error) {
	for _, g := range l.last {
		l.engine.Release(g)
	}
	l.last = l.last[:0]
	l.pack(w.Params, w.Changed)
	l.roots = model.Tree(w.Step).AppendRoots(l.roots[:0])
	roots, err := l.engine.Gradients(ctx, l.sets, w.Step, w.Scale, l.roots, nil)
	if err != nil {
		return nil, err
	}
	l.last = append(l.last, roots...)
	return l.last, nil
}

func (l *local) Score(ctx context.Context, w ScoreWork) ([]*model.SetScore, error) {
	l.pack(w.Params, w.Changed)
	chunks := model.ExampleBlocks(l.sets, w.Split, model.BlockExamples)
	scores, err := l.engine.Scores(ctx, l.sets, chunks, w.Outcomes)
	if err != nil {
		return nil, err
	}
	return SumScores(len(l.sets), chunks, scores), nil
}

// pack packs the changed groups for the engine.
func (l *local) pack(ps *nn.ParamSet, c Changed) {
	groups := c.groups(l.changed)
	if groups != nil {
		l.changed = groups
	}
	l.engine.Pack(ps, groups)
}

// SumScores returns by data set the sums of the scores of chunks, in the order of the chunks.
func SumScores(sets int, chunks []model.ExampleBlock, scores []*model.SetScore) []*model.SetScore {
	sums := make([]*model.SetScore, sets)
	for i, c := range chunks {
		if sums[c.Set] == nil {
			sums[c.Set] = scores[i]
			continue
		}
		sums[c.Set].Add(scores[i])
	}
	return sums
}

// Spent returns how the goroutines spent their time.
func (l *local) Spent() model.Spent { return l.engine.Spent() }

func (l *local) Workers() int { return l.threads }

func (l *local) Close() error { return nil }
