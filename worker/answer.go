package worker

import (
	"context"
	"time"

	"braid/gradient"
	"braid/protocol"
)

// answer sends one node's gradient chunk by chunk against credit, while the remaining parts are computed.
type answer struct {
	writer gradient.Writer
	head   protocol.Node
}

// begin prepares the answer for another node. The place of a chunk depends on the gradient alone, so that a second
// answer supplies the chunks that the first one lost.
func (a *answer) begin(ctx context.Context, c *computer, t task, node uint32, began time.Time) {
	o := t.Order
	a.head = protocol.Node{Term: o.Term, Round: o.Round, Step: o.Step, Node: node}
	a.writer.Precision, a.writer.Room, a.writer.Limit = t.job.travels, protocol.Room, t.chunk
	a.writer.Send = func(buf []byte, last bool) error {
		count, err := c.credit.take(ctx, c.beat, func(count uint64) {
			_ = c.publish(protocol.Frame(&protocol.Mark{Term: o.Term, Count: count}))
		})
		if err != nil {
			return err
		}
		a.head.Count, a.head.Last, a.head.Nanos = count, last, time.Since(began).Nanoseconds()
		// A chunk that cannot be sent counts as lost: the coordinator repeats the order.
		_ = protocol.Window(buf, protocol.Room, len(buf), &a.head, c.publish)
		a.head.Index++
		return nil
	}
	a.writer.Begin()
}

// write writes one range of a gradient, or the losses and the slots without ranges if r is zero: see
// model.PartDone.
func (a *answer) write(g *gradient.Gradient, r gradient.Range, ranged []bool) {
	if r != (gradient.Range{}) {
		a.writer.Dense(r.Slot, r.Lo, g.Dense[r.Slot][r.Lo:r.Hi])
		return
	}
	a.writer.Losses(g.Loss)
	for i, d := range g.Dense {
		if !ranged[i] {
			a.writer.Dense(i, 0, d)
			a.writer.Rows(i, g.Rows[i])
		}
	}
}
