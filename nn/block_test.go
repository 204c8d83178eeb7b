package nn

import (
	"fmt"
	"sync"
	"testing"

	"braid/internal/kernel"
)

// block is an encoder and a head over a block of shards: the work of one goroutine in a step,
// without package model.
type block struct {
	table Embedding
	lstm  LSTM
	pool  Pool
	head  Linear
	loss  CrossEntropy

	word, encoder, attention, decoder *Group

	packed     LSTMPacked
	packedHead LinearPacked
	embedded   EmbeddingState
	recurrent  LSTMState
	pooled     PoolState
	decoded    LinearState
	scored     CrossEntropyState
	dLogits    []float32
	x          []float32
	grad       [3][]float32 // encoder, query, head
	ids        []uint32
	rows       []float32
}

func newBlock(lstm LSTM, pool PoolKind, words, classes int) *block {
	b := &block{table: Embedding{Rows: words, Dim: lstm.In}, lstm: lstm, pool: Pool{pool, lstm.Out(), lstm.Directions()},
		head: Linear{lstm.Out(), classes}, loss: CrossEntropy{Classes: classes}}
	b.word, b.encoder = NewTable("word", b.table.Spec()), NewGroup("encoder", b.lstm.Specs())
	b.attention, b.decoder = NewGroup("pool", b.pool.Specs()), NewGroup("head", b.head.Specs())
	for i, g := range []*Group{b.word, b.encoder, b.attention, b.decoder} {
		copy(g.Data, randoms(uint64(i), len(g.Data), 0.2))
	}
	for i, g := range []*Group{b.encoder, b.attention, b.decoder} {
		b.grad[i] = make([]float32, len(g.Data))
	}
	b.pack()
	return b
}

func (b *block) pack() {
	b.lstm.Pack(&b.packed, b.encoder.Params, true)
	b.head.Pack(&b.packedHead, b.decoder.Params, true)
}

// run computes forward, backward and every shard's weight gradients; after is called
// after each shard's.
func (b *block) run(l *Layout, ids []uint32, target []int32, masks *Masks, after func(shard int, sum float64)) {
	b.x = b.table.Forward(&b.embedded, b.word.Data, ids)
	h := b.lstm.Forward(&b.recurrent, &b.packed, l, b.x, masks)
	logits := b.head.Forward(&b.decoded, &b.packedHead, b.pool.Forward(&b.pooled, b.attention.Params, l, h))
	b.dLogits = resize(b.dLogits, len(logits))
	b.loss.Probabilities(&b.scored, logits)
	sums := [64]float64{}
	for s := range l.S() {
		sums[s], _ = b.loss.Loss(&b.scored, logits, target, l.Seqs[s], 1, b.dLogits)
	}
	dh := b.pool.Backward(&b.pooled, b.attention.Params, b.head.Backward(&b.decoded, &b.packedHead, b.dLogits))
	dx := b.lstm.Backward(&b.recurrent, &b.packed, dh)
	for s := range l.S() {
		b.lstm.Weights(&b.recurrent, s, b.grad[0])
		b.pool.Weights(&b.pooled, s, b.grad[1])
		b.head.Weights(&b.decoded, l.Seqs[s], b.grad[2])
		b.ids, b.rows = b.table.Weights(&b.embedded, dx, l.Rows[s], b.ids[:0], b.rows[:0])
		if after != nil {
			after(s, sums[s])
		}
	}
}

// examples are sequences of words with a class, an id and a shard.
type examples struct {
	words   [][]uint32
	class   []int32
	shard   []int32
	numbers []uint64
}

func someExamples(n, shards, words, classes int) examples {
	var e examples
	for i := range n {
		sequence := make([]uint32, 1+(i*7+3)%11)
		for t := range sequence {
			sequence[t] = uint32((i*31 + t*17) % words)
		}
		e.words = append(e.words, sequence)
		e.class = append(e.class, int32(i%classes))
		e.shard = append(e.shard, int32(i*shards/n)&^1|int32(i%2)) // shards interleave
		e.numbers = append(e.numbers, uint64(1000+i))
	}
	return e
}

// lay puts the examples of shards lo to hi in a layout.
func (e examples) lay(lo, hi int32) (l *Layout, ids []uint32, target []int32, masks *Masks) {
	var pick []int
	var lengths, shard []int32
	for i, s := range e.shard {
		if s >= lo && s < hi {
			pick = append(pick, i)
			lengths, shard = append(lengths, int32(len(e.words[i]))), append(shard, s-lo)
		}
	}
	l = sortedLayout(lengths, shard, int(hi-lo))
	ids = make([]uint32, l.N())
	masks = &Masks{Seed: 5, Step: 6}
	for i, of := range SortOrder(lengths, shard) {
		example := pick[of]
		target = append(target, e.class[example])
		masks.IDs = append(masks.IDs, e.numbers[example])
		for t, id := range e.words[example] {
			ids[l.At(t, i)] = id
		}
	}
	return l, ids, target, masks
}

// A shard's gradient has the same bits whatever block it is computed in, whatever kernel
// form computes it: the promise that everything above rests on.
func TestShardsBitsDoNotDependOnTheBlock(t *testing.T) {
	const shards = 8
	e := someExamples(37, shards, 50, 4)
	for i, s := range e.shard {
		if s == 5 {
			e.shard[i] = 4 // shard 5 is empty, as when a last batch is short
		}
	}
	for _, lstm := range []LSTM{
		{In: 17, Hidden: 19, Layers: 1},
		{In: 8, Hidden: 16, Layers: 2, Bidirectional: true, Dropout: 0.3},
		{In: 8, Hidden: 16, Layers: 2, Bidirectional: true, Dropout: 0.3, Locked: true, Recurrent: 0.3},
	} {
		t.Run(fmt.Sprintf("%+v", lstm), func(t *testing.T) {
			want := map[int]string{}
			was := kernel.Form()
			defer kernel.Use(was)
			for _, form := range kernel.Forms() {
				if err := kernel.Use(form); err != nil {
					t.Fatal(err)
				}
				for _, size := range []int32{1, 2, 4, 8} {
					for lo := int32(0); lo < shards; lo += size {
						l, ids, target, masks := e.lay(lo, lo+size)
						b := newBlock(lstm, PoolAttention, 50, 4)
						b.run(l, ids, target, masks, func(shard int, sum float64) {
							got := fmt.Sprint(sum, b.grad, b.ids, b.rows)
							if s := int(lo) + shard; want[s] == "" {
								want[s] = got
							} else if want[s] != got {
								t.Errorf("%s: shard %d has other bits in a block of %d", form, s, size)
							}
						})
					}
				}
			}
		})
	}
}

func TestSteadyStepAllocatesNothing(t *testing.T) {
	for _, lstm := range []LSTM{
		{In: 16, Hidden: 24, Layers: 1},
		{In: 16, Hidden: 24, Layers: 2, Bidirectional: true, Dropout: 0.3},
		{In: 16, Hidden: 24, Layers: 2, Bidirectional: true, Dropout: 0.3, Locked: true, Recurrent: 0.3},
	} {
		e := someExamples(24, 4, 50, 5)
		l, ids, target, masks := e.lay(0, 4)
		small, idsSmall, targetSmall, masksSmall := e.lay(1, 2)
		b := newBlock(lstm, PoolMax, 50, 5)
		reset := new(Layout)
		step := func() {
			b.pack()
			reset.Reset(l.Lengths, l.Shard, 4)
			b.run(reset, ids, target, masks, nil)
			reset.Reset(small.Lengths, small.Shard, 1)
			b.run(reset, idsSmall, targetSmall, masksSmall, nil)
		}
		step()
		if n := testing.AllocsPerRun(10, step); n != 0 {
			t.Errorf("%+v: %v allocations a step", lstm, n)
		}
	}
}

// BenchmarkStep is forward, backward and weight gradients of an LSTM, the encoder's part
// of a step, in blocks of S shards on as many goroutines; GFLOP/s counts the six products.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct{ d, h, batch, time, shards, threads int }{
		{128, 256, 64, 32, 8, 1}, {128, 256, 64, 32, 8, 2},
		{100, 100, 64, 32, 8, 1}, {100, 100, 64, 32, 8, 2},
		{64, 64, 32, 20, 8, 1}, {64, 64, 32, 20, 8, 2},
	} {
		b.Run(fmt.Sprintf("D=%d,H=%d,B=%d,T=%d/threads=%d", c.d, c.h, c.batch, c.time, c.threads), func(b *testing.B) {
			m := LSTM{In: c.d, Hidden: c.h, Layers: 1}
			g := NewGroup("encoder", m.Specs())
			copy(g.Data, randoms(1, len(g.Data), 0.05))
			lengths, shard := make([]int32, c.batch/c.threads), make([]int32, c.batch/c.threads)
			for i := range lengths {
				lengths[i], shard[i] = int32(c.time), int32(i*c.shards/c.batch)
			}
			l := NewLayout(lengths, shard, c.shards/c.threads)
			x, dy := randoms(1, l.N()*c.d, 1), randoms(2, l.N()*c.h, 1)
			var p LSTMPacked
			states, grads := make([]LSTMState, c.threads), make([][]float32, c.threads)
			for i := range grads {
				grads[i] = make([]float32, len(g.Data))
			}
			b.ReportAllocs()
			for b.Loop() {
				m.Pack(&p, g.Params, true)
				var all sync.WaitGroup
				for i := range c.threads {
					all.Go(func() {
						s := &states[i]
						m.Forward(s, &p, l, x, nil)
						m.Backward(s, &p, dy)
						for shard := range l.S() {
							m.Weights(s, shard, grads[i])
						}
					})
				}
				all.Wait()
			}
			tokens := float64(l.N()*c.threads) * float64(b.N)
			seconds := b.Elapsed().Seconds()
			b.ReportMetric(tokens/seconds, "tokens/s")
			b.ReportMetric(6*4*float64(c.h)*float64(c.d+c.h)*tokens/seconds/1e9, "GFLOP/s")
		})
	}
}

func BenchmarkDropout(b *testing.B) {
	const width = 256
	e := someExamples(64, 1, 50, 2)
	l, _, _, masks := e.lay(0, 1)
	x := make([]float32, l.N()*width)
	b.SetBytes(int64(len(x) * 4))
	for b.Loop() {
		Dropout{P: 0.3}.Apply(x, x, l, width, masks)
	}
}
