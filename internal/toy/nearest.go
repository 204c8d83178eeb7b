package toy

import (
	"slices"

	"braid/data"
	"braid/internal/kernel"
	"braid/job"
	"braid/nn"
	"braid/task"
)

// nearest is a decoder with a point for each class: the answer is the class whose point is nearest.
//
//	logit[k] = -½ |x - point[k]|²
//	loss     = ln Σ exp logit - logit[gold]
//
// Class weights and label smoothing do not apply.
// Source: Snell, Swersky and Zemel 2017 (prototypical networks), with points that are parameters.
type nearest struct {
	width, k int
	perWord  bool
}

func newNearest(s task.DecoderSpec) task.Decoder {
	return &nearest{s.Width, s.Classes(), s.Task.Of().Per == job.PerWord}
}

func (d *nearest) Specs() []nn.Spec {
	return []nn.Spec{{Name: "points", Shape: []int{d.k, d.width}, Init: nn.Uniform(0.5)}}
}

func (d *nearest) NewWeights() task.DecoderWeights { return new(nearestWeights) }

func (d *nearest) NewPass() task.DecoderPass { return &nearestPass{nearest: d} }

// Normaliser counts the known labels of an example: of its words, or of the text.
func (d *nearest) Normaliser(c *data.Corpus, t *data.Target, e uint32) float64 {
	if !d.perWord {
		return d.weight(t.Class[e])
	}
	n := 0.0
	for _, class := range t.Tags[c.Offsets[e]:c.Offsets[e+1]] {
		n += d.weight(class)
	}
	return n
}

func (d *nearest) weight(class int32) float64 {
	if class < 0 || int(class) >= d.k {
		return 0
	}
	return 1
}

func (d *nearest) Products(n int) int { return n * d.width * d.k }

// nearestWeights is the points where they are.
type nearestWeights struct{ points []float32 }

func (w *nearestWeights) Pack(params []nn.Param, _ bool) { w.points = params[0].Data }

type nearestPass struct {
	*nearest
	w       *nearestWeights
	layout  *nn.Layout
	x       []float32
	logits  []float32 // (rows, K)
	p       []float32 // (rows, K) softmax of logits
	logSum  []float32 // (rows)
	dLogits []float32 // (rows, K)
	dx      []float32
	rows    []int32 // of one text
}

func (p *nearestPass) Forward(w task.DecoderWeights, l *nn.Layout, x []float32) {
	p.w, p.layout, p.x = w.(*nearestWeights), l, x
	rows := len(x) / p.width
	p.logits, p.p, p.logSum = grow(p.logits, rows*p.k), grow(p.p, rows*p.k), grow(p.logSum, rows)
	p.dLogits = grow(p.dLogits, rows*p.k)
	for r := range rows {
		for k := range p.k {
			sum := float32(0)
			for i, v := range p.row(p.x, r, p.width) {
				d := v - p.w.points[k*p.width+i]
				sum += float32(d * d)
			}
			p.logits[r*p.k+k] = -sum / 2
		}
	}
	kernel.SoftmaxRows(p.p, p.logits, p.k, rows, p.k, p.logSum)
}

func (p *nearestPass) Loss(t *task.Targets, shard int, scale float32) (sum, normaliser float64) {
	for _, r := range p.shard(shard) {
		d, gold := p.row(p.dLogits, int(r), p.k), t.Known[r]
		if gold < 0 {
			clear(d)
			continue
		}
		copy(d, p.row(p.p, int(r), p.k))
		d[gold]--
		kernel.Scale(scale, d)
		sum += float64(p.logSum[r]) - float64(p.logits[int(r)*p.k+int(gold)])
		normaliser++
	}
	return sum, normaliser
}

// Backward: the gradient of logit k by x is point[k] - x.
func (p *nearestPass) Backward(_ task.DecoderWeights, room []float32) (dx []float32) {
	if cap(room) < len(p.x) {
		p.dx = grow(p.dx, len(p.x))
		room = p.dx
	}
	dx = room[:len(p.x)]
	clear(dx)
	for r := range len(p.x) / p.width {
		for k, d := range p.row(p.dLogits, r, p.k) {
			for i, v := range p.row(p.x, r, p.width) {
				dx[r*p.width+i] += float32(d * (p.w.points[k*p.width+i] - v))
			}
		}
	}
	return dx
}

// Write: the gradient of logit k by point[k] is x - point[k].
func (p *nearestPass) Write(shard int, grad []float32) {
	clear(grad)
	for _, r := range p.shard(shard) {
		for k, d := range p.row(p.dLogits, int(r), p.k) {
			for i, v := range p.row(p.x, int(r), p.width) {
				grad[k*p.width+i] += float32(d * (v - p.w.points[k*p.width+i]))
			}
		}
	}
}

// shard returns a shard's rows.
func (p *nearestPass) shard(shard int) []int32 {
	if p.perWord {
		return p.layout.Rows[shard]
	}
	return p.layout.Seqs[shard]
}

// Decode takes the class of the nearest point, the first of equals.
func (p *nearestPass) Decode(i int, a *task.Decoded) {
	a.Classes = a.Classes[:0]
	for _, r := range p.text(i) {
		best := 0
		for k, logit := range p.row(p.logits, int(r), p.k) {
			if logit > p.logits[int(r)*p.k+best] {
				best = k
			}
		}
		a.Classes = append(a.Classes, int32(best))
	}
}

func (p *nearestPass) Probabilities(i int, a *task.Decoded) {
	p.Decode(i, a)
	a.Probabilities = a.Probabilities[:0]
	for w, r := range p.text(i) {
		if row := p.row(p.p, int(r), p.k); p.perWord {
			a.Probabilities = append(a.Probabilities, row[a.Classes[w]])
		} else {
			a.Probabilities = append(a.Probabilities, row...)
		}
	}
}

// text returns the rows of text i.
func (p *nearestPass) text(i int) []int32 {
	p.rows = p.rows[:0]
	if !p.perWord {
		p.rows = append(p.rows, int32(i))
		return p.rows
	}
	for w := range int(p.layout.Lengths[i]) {
		p.rows = append(p.rows, int32(p.layout.At(w, i)))
	}
	return p.rows
}

func (p *nearestPass) row(x []float32, r, n int) []float32 { return x[r*n : (r+1)*n] }

func grow(x []float32, n int) []float32 { return slices.Grow(x[:0], n)[:n] }
