package nn

import (
	"fmt"

	"braid/internal/kernel"
)

// PoolKind is the way in which the rows of a sequence become one row.
type PoolKind uint8

const (
	PoolMean      PoolKind = iota // mean
	PoolMax                       // greatest element of each column (Collobert and Weston 2008)
	PoolLast                      // last step of each direction: h_n of torch
	PoolAttention                 // mean weighted by softmax(query·row) (Luong et al. 2015, dot, with a learnt query)
)

var poolNames = [...]string{"mean", "max", "last", "attention"}

// ParsePool returns the kind of a name: mean, max, last, attention.
func ParsePool(name string) (PoolKind, error) {
	for kind, n := range poolNames {
		if n == name {
			return PoolKind(kind), nil
		}
	}
	return 0, fmt.Errorf("unknown pooling %q: want one of %q", name, poolNames)
}

// String returns the kind's name.
func (k PoolKind) String() string { return poolNames[k] }

// Pool makes one row of each sequence's rows.
type Pool struct {
	Kind       PoolKind
	Width      int
	Directions int // 2: columns from W/2 on ran backward; only PoolLast uses it
}

// Specs is the query (W) of attention, and nothing for the other kinds.
func (p Pool) Specs() []Spec {
	if p.Kind != PoolAttention {
		return nil
	}
	return []Spec{{Name: "query", Shape: []int{p.Width}, Init: FanIn(p.Width)}}
}

// PoolState is the memory of one goroutine.
type PoolState struct {
	layout *Layout
	x      []float32 // of the last Forward; the caller's
	y, dx  []float32
	from   []int32   // max: (B, W) the row of each element
	share  []float32 // attention: by row, its weight in its sequence
	dScore []float32 // attention: by row, filled by Backward
	line   []float32 // attention: the scores of one sequence side by side
	logSum [1]float32
}

// Reuse makes the next Backward write dx into the given memory if it is large enough, so that
// several states can share it in turn. Reuse(nil) ends that.
func (s *PoolState) Reuse(dx []float32) { s.dx = dx }

// Forward pools.
//
//	x (N, W)  read again by Backward and Weights
//	y (B, W)  owned by s until its next Forward
func (p Pool) Forward(s *PoolState, params []Param, l *Layout, x []float32) (y []float32) {
	mustBe("pool's x", x, l.N(), p.Width)
	s.layout, s.x = l, x
	s.y = resize(s.y, l.B()*p.Width)
	switch p.Kind {
	case PoolMean:
		p.mean(s)
	case PoolMax:
		p.max(s)
	case PoolLast:
		p.last(s.x, s.y, l, false)
	case PoolAttention:
		p.attend(s, params[0].Data)
	}
	return s.y
}

// Backward returns the gradient of the last Forward's x.
//
//	dy (B, W), dx (N, W) owned by s until its next Backward
func (p Pool) Backward(s *PoolState, params []Param, dy []float32) (dx []float32) {
	l, w := s.layout, p.Width
	mustBe("pool's dy", dy, l.B(), w)
	s.dx = resize(s.dx, l.N()*w)
	switch p.Kind {
	case PoolMean:
		for r, i := range l.SeqOf {
			share := 1 / float32(l.Lengths[i])
			for j, d := range dy[int(i)*w : (int(i)+1)*w] {
				s.dx[r*w+j] = d * share
			}
		}
	case PoolMax:
		clear(s.dx)
		for at, r := range s.from {
			s.dx[int(r)*w+at%w] = dy[at]
		}
	case PoolLast:
		clear(s.dx)
		p.last(s.dx, dy, l, true)
	case PoolAttention:
		p.attendBackward(s, params[0].Data, dy)
	}
	return s.dx
}

// Weights writes a shard's gradient of the query; nothing for kinds without one.
func (p Pool) Weights(s *PoolState, shard int, grad []float32) {
	if p.Kind != PoolAttention {
		return
	}
	mustBe("pool's gradient", grad, 1, p.Width)
	clear(grad)
	for _, r := range s.layout.Rows[shard] {
		kernel.Axpy(s.dScore[r], s.row(int(r), p.Width), grad)
	}
}

func (s *PoolState) row(r, width int) []float32 { return s.x[r*width : (r+1)*width] }

func (p Pool) mean(s *PoolState) {
	w := p.Width
	clear(s.y)
	for r, i := range s.layout.SeqOf {
		kernel.AddTo(s.y[int(i)*w:(int(i)+1)*w], s.row(r, w))
	}
	for i, length := range s.layout.Lengths {
		kernel.Scale(1/float32(length), s.y[i*w:(i+1)*w])
	}
}

// max keeps the first of equal elements, as torch does.
func (p Pool) max(s *PoolState) {
	w, first := p.Width, s.layout.B()
	s.from = resize(s.from, first*w)
	copy(s.y, s.x) // rows of step 0 are the sequences in order
	for at := range s.from {
		s.from[at] = int32(at / w)
	}
	for r := first; r < s.layout.N(); r++ {
		i := int(s.layout.SeqOf[r])
		best, from := s.y[i*w:(i+1)*w], s.from[i*w:(i+1)*w]
		for j, v := range s.row(r, w) {
			if v > best[j] {
				best[j], from[j] = v, int32(r)
			}
		}
	}
}

// last copies each direction's last step from x to y, or back.
func (p Pool) last(x, y []float32, l *Layout, back bool) {
	w, forward := p.Width, p.Width
	if p.Directions == 2 {
		forward = w / 2
	}
	for i, length := range l.Lengths {
		end, start := l.At(int(length)-1, i)*w, l.At(0, i)*w
		out := y[i*w : (i+1)*w]
		if back {
			copy(x[end:end+forward], out)
			copy(x[start+forward:start+w], out[forward:])
			continue
		}
		copy(out, x[end:end+forward])
		copy(out[forward:], x[start+forward:start+w])
	}
}

func (p Pool) attend(s *PoolState, query []float32) {
	l, w := s.layout, p.Width
	s.share, s.line = resize(s.share, l.N()), resize(s.line, l.T())
	clear(s.y)
	for i, length := range l.Lengths {
		line := s.line[:length]
		for t := range line {
			line[t] = float32(kernel.Dot(s.row(l.At(t, i), w), query))
		}
		kernel.SoftmaxRows(line, line, len(line), 1, len(line), s.logSum[:])
		for t, share := range line {
			r := l.At(t, i)
			s.share[r] = share
			kernel.Axpy(share, s.row(r, w), s.y[i*w:(i+1)*w])
		}
	}
}

// attendBackward: with shares a = softmax(e) and y = Σ a x, de = a (dy·x - Σ a dy·x) and
// dx = a dy + de query.
func (p Pool) attendBackward(s *PoolState, query, dy []float32) {
	l, w := s.layout, p.Width
	s.dScore = resize(s.dScore, l.N())
	for i, length := range l.Lengths {
		d := dy[i*w : (i+1)*w]
		mean := float32(0)
		for t := range int(length) {
			r := l.At(t, i)
			along := float32(kernel.Dot(d, s.row(r, w)))
			s.dScore[r] = along
			mean += float32(s.share[r] * along)
		}
		for t := range int(length) {
			r := l.At(t, i)
			s.dScore[r] = s.share[r] * (s.dScore[r] - mean)
			out := s.dx[r*w : (r+1)*w]
			for j, v := range d {
				out[j] = float32(s.share[r]*v) + float32(s.dScore[r]*query[j])
			}
		}
	}
}
