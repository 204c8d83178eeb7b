package coordinator

import (
	"context"

	"braid/coordinator/dispatch"
	"braid/gradient"
	"braid/model"
	"braid/train"
)

// call is a running Gradient or Score.
type call struct {
	round   dispatch.Round
	step    uint64     // counted from 1, for messages
	params  train.Work // Params, Changed and Waiting
	chunks  []model.ExampleBlock
	replies chan reply
}

type reply struct {
	roots  []*gradient.Gradient
	scores []*model.SetScore
	err    error
}

// Gradient computes the gradients of one step on the workers.
func (w *workers) Gradient(ctx context.Context, work train.Work) ([]*gradient.Gradient, error) {
	c := &call{step: work.Step.Step + 1, params: work, replies: make(chan reply, 1)}
	tree := model.Tree(work.Step)
	c.round = &dispatch.GradientRound{Step: work.Step.Step, Shards: tree.S, Trees: tree.Trees, Measure: work.Step.Measure,
		Scale: gradient.AppendFloats(nil, work.Scale, gradient.F32)}
	r := w.do(ctx, c)
	return r.roots, r.err
}

// Score scores a split on the workers.
func (w *workers) Score(ctx context.Context, work train.ScoreWork) ([]*model.SetScore, error) {
	c := &call{step: work.Step, params: train.Work{Params: work.Params, Changed: work.Changed, Waiting: work.Waiting},
		replies: make(chan reply, 1)}
	c.chunks = model.ExampleBlocks(w.sets, work.Split, model.BlockExamples)
	c.round = &dispatch.ScoreRound{Step: work.Step, Split: string(work.Split), Outcomes: work.Outcomes,
		Blocks: len(c.chunks)}
	r := w.do(ctx, c)
	return r.scores, r.err
}

// do passes a call to the loop and waits for its end. After do has returned, the loop no longer reads the parameters.
func (w *workers) do(ctx context.Context, c *call) reply {
	select {
	case w.calls <- c:
	case <-w.done:
		return reply{err: w.err}
	case <-ctx.Done():
		return reply{err: ctx.Err()}
	}
	select {
	case r := <-c.replies:
		return r
	case <-w.done:
		return reply{err: w.err}
	case <-ctx.Done():
	}
	select {
	case w.ended <- c:
	case <-w.done:
	}
	return reply{err: ctx.Err()}
}

// begin publishes the changed parameters and starts the round.
func (w *workers) begin(c *call) {
	w.call = c
	w.step = c.step
	for _, g := range w.last {
		w.answers.pool.Put(g)
	}
	w.last = nil
	w.spent = spent{}
	version := w.publisher.begin(c.params.Params, c.params.Changed)
	effects := w.machine.Step(w.now(), "", dispatch.Begin{Round: c.round, Version: version})
	w.stats.rounds.Store(int64(w.machine.Rounds()))
	w.answers.begin(w.machine.Number(), c)
	w.act(effects)
}

// finish ends the round and releases the parameters.
func (w *workers) finish() {
	w.call = nil
	w.publisher.release()
	w.act(w.machine.Step(w.now(), "", dispatch.End{}))
	w.answers.end()
}

// reply ends the call with a result.
func (w *workers) reply(r reply) {
	c := w.call
	if c == nil {
		return
	}
	if w.last = r.roots; r.roots != nil {
		w.stats.times.add(w.spent)
	}
	w.finish()
	c.replies <- r
}
